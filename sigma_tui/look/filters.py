"""What is done to every line on its way to a terminal of sixteen colours."""

from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

GREY = RichColor.parse("white")
"""Number 7: what terminals call white is a light grey, their bright white is white."""


class SixteenColours(LineFilter):
    """Every colour as the nearest of the terminal's sixteen, by number; dim text is grey."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same text; background: not needed, as every segment has its own by now."""
        del background
        return [
            segment
            if segment.style is None
            else Segment(segment.text, _of_sixteen(segment.style), segment.control)
            for segment in segments
        ]


@lru_cache(2048)
def _of_sixteen(style: Style) -> Style:
    def nearest(colour: RichColor | None) -> RichColor | None:
        return colour and colour.downgrade(ColorSystem.STANDARD)

    front = GREY if style.dim else nearest(style.color)
    return style + Style(color=front, bgcolor=nearest(style.bgcolor), dim=False)
