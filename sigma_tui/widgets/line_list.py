"""A list of any length that draws only the lines on the screen."""

from collections.abc import Callable
from typing import ClassVar, Self

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sigma_tui.keys.actions import bindings

LineDrawer = Callable[[int, int], Text | list[Segment]]
"""Draws a line: index and width in cells → text, without markup."""
LINES_KEPT = 1_000
"""Lines that are kept as they were drawn, so that scrolling back draws nothing."""


class LineList(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines drawn on demand, with a cursor. A million of them cost what a screenful costs.

    Textual's keys for scrolling are not inherited: ← and → would hide what a pane does with them.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor", "line-list--empty"}
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]

    cursor: reactive[int] = reactive(0, repaint=False)

    class AboutLine(Message, no_dispatch=None):
        """Something happened on a line. Subclasses say ``no_dispatch=None``, or Textual sets it."""

        def __init__(self, lines: "LineList", index: int) -> None:
            super().__init__()
            self.lines, self.index = lines, index

        @property
        def no_dispatch(self) -> bool:  # type: ignore[override]  # of some messages, not of all
            """Whether the line is gone: others may be shown before anybody hears of it, and then
            nobody does."""
            return self.index >= self.lines.count

        @property
        def control(self) -> "LineList":
            """The list that sent it."""
            return self.lines

    class Moved(AboutLine, no_dispatch=None):
        """The cursor is on another line."""

    class Chosen(AboutLine, no_dispatch=None):
        """Enter or a double click on a line."""

    class Fitted(Message):
        """The lines have another width: the list has, or a scrollbar came or went."""

        def __init__(self, lines: "LineList") -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> "LineList":
            """The list that sent it."""
            return self.lines

    def __init__(
        self,
        *,
        id: str | None = None,
        empty: str | Text = "",
        cursor: bool = True,
        at_once: bool = False,
    ) -> None:
        """at_once: a single click chooses, where that can do no harm."""
        super().__init__(id=id)
        self.empty = empty
        self._at_once = at_once
        self.with_cursor = cursor
        self.count = 0
        self._draw: LineDrawer = lambda _index, _width: Text("")
        self._drawn: dict[int, list[Segment]] = {}
        self._drawn_width = 0
        self._shared: tuple[int, Style] | None = None
        self._wrapped: tuple[tuple[str | Text, int], list[Text]] = ("", 0), []

    def show(self, count: int, draw: LineDrawer, *, cursor: int | None = None) -> None:
        """Shows other lines; the cursor stays where it was unless a place is given. Only those
        that look different are painted again."""
        before, count_before, cursor_before = self._drawn, self.count, self.cursor
        self.count, self._draw, self._drawn = count, draw, {}
        self.virtual_size = Size(0, max(1, count))
        self.set_reactive(LineList.cursor, self._within(self.cursor if cursor is None else cursor))
        self._follow()
        if not count or not count_before or self._width != self._drawn_width:
            self.refresh()
        else:
            self._refresh_changed(before, {cursor_before, self.cursor})

    def say(self, empty: str | Text) -> None:
        """The text that stands where there are no lines."""
        self.empty = empty
        self.refresh()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Paints regions again; without any, all lines are drawn anew: colours may differ."""
        if not regions:
            self._drawn = {}
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    @property
    def _width(self) -> int:
        """Cells of a line: what the scrollbar leaves."""
        return self.scrollable_content_region.width

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some lines in one go: what they share is looked up once, a fifth of a picture's time."""
        self._shared = self._width, self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._shared = None

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, style = self._shared or (self._width, self.rich_style)
        index = y + self.scroll_offset.y
        if not self.count:
            return self._empty_line(index, width)
        if index >= self.count:
            return Strip.blank(width, style)
        if index == self.cursor and self.with_cursor:
            chosen = self.get_component_rich_style("line-list--cursor")
            style += Style(bgcolor=chosen.bgcolor, bold=self.has_focus or None)
        return Strip(Segment.apply_style(self._line(index, width), style), width)

    def _line(self, index: int, width: int) -> list[Segment]:
        """A line without cursor and background, drawn once."""
        if width != self._drawn_width or len(self._drawn) >= LINES_KEPT:
            self._drawn, self._drawn_width = {}, width
        line = self._drawn.get(index)
        if line is None:
            drawn = self._draw(index, width)
            parts = list(drawn.render(self.app.console)) if isinstance(drawn, Text) else drawn
            line = Segment.adjust_line_length(parts, width)
            self._drawn[index] = line
        return line

    def _refresh_changed(self, before: dict[int, list[Segment]], always: set[int]) -> None:
        top, width = self.scroll_offset.y, self._width
        for index in range(top, top + self.size.height):
            now = self._line(index, width) if index < self.count else None
            if index in always or now != before.get(index):
                self.refresh(Region(0, index - top, width, 1))

    def _empty_line(self, index: int, width: int) -> Strip:
        style = self.get_component_rich_style("line-list--empty")
        if self._wrapped[0] != (self.empty, width):
            text = Text(self.empty) if isinstance(self.empty, str) else self.empty
            lines = text.wrap(self.app.console, max(1, width - 1))
            self._wrapped = (self.empty, width), list(lines)
        _, wrapped = self._wrapped
        if index >= len(wrapped):
            return Strip.blank(width, self.rich_style)
        line = Text(" ") + wrapped[index]
        strip = Strip(line.render(self.app.console), line.cell_len)
        return strip.crop_extend(0, width, None).apply_style(style)

    def watch_cursor(self, before: int, now: int) -> None:
        """Redraws the two lines that changed."""
        for index in (before, now):
            self.refresh(Region(0, index - self.scroll_offset.y, self.size.width, 1))
        self._follow()
        if self.count:
            self.post_message(self.Moved(self, now))

    def on_resize(self) -> None:
        """The cursor stays in sight, also of lines that came before the first layout."""
        self._follow()
        self._fit()

    def watch_show_vertical_scrollbar(self) -> None:
        """Textual tells of a new size only, not of a scrollbar that takes some of it."""
        self._fit()

    def _fit(self) -> None:
        self.call_after_refresh(self.post_message, self.Fitted(self))

    def on_focus(self) -> None:
        """The cursor line looks different with the focus."""
        self._refresh_cursor()

    def on_blur(self) -> None:
        """And without it."""
        self._refresh_cursor()

    def _refresh_cursor(self) -> None:
        self.refresh(Region(0, self.cursor - self.scroll_offset.y, self.size.width, 1))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses: the click that only brings the focus
        must not change anything."""
        inside = event.get_content_offset(self)  # a list may have a border
        index = -1 if inside is None else inside.y + self.scroll_offset.y
        if 0 <= index < self.count:
            self.cursor = index
            if event.chain > 1 or self._at_once:
                self.action_choose()

    def action_step(self, by: int) -> None:
        """Moves the cursor by lines."""
        self.cursor = self._within(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Moves the cursor by screenfuls."""
        self.cursor = self._within(self.cursor + by * max(1, self.size.height - 1))

    def action_end(self, last: int) -> None:
        """Moves the cursor to the first or last line."""
        self.cursor = self._within((self.count - 1) * last)

    def action_choose(self) -> None:
        """Chooses the line under the cursor."""
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def _within(self, index: int) -> int:
        return max(0, min(index, self.count - 1))

    def _follow(self) -> None:
        height, top = self.size.height, self.scroll_offset.y
        if not height:
            return
        # By force: whether a scrollbar is needed is settled by the next layout only.
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)
