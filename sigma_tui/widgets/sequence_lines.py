"""Lines that can be dragged to another place with the mouse."""

from textual import events

from sigma_tui.widgets.line_list import LineList


class SequenceLines(LineList):
    """While a line is dragged the cursor shows where it would go."""

    class Dragged(LineList.AboutLine, no_dispatch=None):
        """A line was let go on another one. start: the line it was taken from."""

        def __init__(self, lines: LineList, start: int, index: int) -> None:
            super().__init__(lines, index)
            self.start = start

    dragged: int | None = None
    """The line that is being dragged."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Takes a line up; it is a drag only when the mouse moves to another line."""
        index = event.y + self.scroll_offset.y
        if event.button == 1 and 0 <= index < self.count:
            self.dragged = index
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follows the mouse, beyond the edges by scrolling."""
        if self.dragged is None or not event.button:
            return
        beyond = -1 if event.y < 0 else int(event.y >= self.size.height)
        index = event.y + self.scroll_offset.y if not beyond else self.cursor + beyond
        self.cursor = max(0, min(int(index), self.count - 1))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Lets it go."""
        start, self.dragged = self.dragged, None
        self.release_mouse()
        index = event.y + self.scroll_offset.y
        if start is not None and start != self.cursor and start != index:
            self.post_message(self.Dragged(self, start, self.cursor))

    def on_leave(self) -> None:
        """Nothing is left hanging when the app loses the mouse."""
        if self.app.mouse_captured is not self:
            self.dragged = None
