"""A long text that draws only the lines on the screen."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class TextLines(ScrollView, can_focus=True):
    """Lines that are wrapped already, scrolled by arrows, pages and the wheel."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._text: Sequence[Text] = ()

    def show(self, lines: Sequence[Text]) -> None:
        """Shows other lines; what is looked at stays as far down as it was."""
        self._text = lines
        self.virtual_size = Size(0, len(lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, index = self.size.width, y + self.scroll_offset.y
        if index >= len(self._text):
            return Strip.blank(width, self.rich_style)
        segments = self._text[index].render(self.app.console, end="")
        strip = Strip(Segment.apply_style(segments, self.rich_style))
        return strip.crop_extend(0, width, self.rich_style)
