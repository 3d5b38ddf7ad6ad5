"""A long text that draws only the lines on the screen."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class TextLines(ScrollView, can_focus=True):
    """Scrolled by arrows, pages and the wheel. wrapped: gives the lines for a width in cells.

    They are wrapped when they are first painted, so that no picture is without them, and anew for
    another width; what is looked at stays as far down as it was.
    """

    def __init__(self, wrapped: Callable[[int], Sequence[Text]], *, id: str) -> None:
        super().__init__(id=id)
        self._wrapped = wrapped
        self._text: Sequence[Text] = ()
        self._width = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some lines, for the width that there is now."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width, self._text = width, self._wrapped(width)
            self.call_later(self._measure)  # not while it is painted
        return super().render_lines(crop)

    def _measure(self) -> None:
        self.virtual_size = Size(0, len(self._text))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, index = self.size.width, y + self.scroll_offset.y
        if index >= len(self._text):
            return Strip.blank(width, self.rich_style)
        segments = self._text[index].render(self.app.console, end="")
        strip = Strip(Segment.apply_style(segments, self.rich_style))
        return strip.crop_extend(0, width, self.rich_style)
