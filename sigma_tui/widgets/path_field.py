"""A line to type a path in, with what it may go on to under it."""

from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from sigma_tui.beside.newest import Finder
from sigma_tui.look.text import TYPED
from sigma_tui.typed.paths import Completion, common_start, completions, undressed
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

LONGEST = 4096
"""Characters of a path, as on most systems."""
LINES = 8
"""Completions that are seen at once."""
UNITS = ("B", "kB", "MB", "GB", "TB")


class Completions(LineList):
    """A menu: it holds no focus."""

    can_focus = False


class PathField(Vertical):
    """Completes while one types: ↑ ↓ choose, enter or a click takes, tab goes as far as all go."""

    DEFAULT_CSS: ClassVar[str] = """
    PathField { height: 1; }
    PathField Completions {
        overlay: screen; constrain: none inside; display: none; width: 1fr;
        border: round $primary; background: $surface;
    }
    PathField.-open Completions { display: block; }
    """

    class Changed(Message):
        """Another path is typed."""

        def __init__(self, field: "PathField", text: str) -> None:
            super().__init__()
            self.field, self.text = field, text

        @property
        def control(self) -> "PathField":
            """The field that sent it."""
            return self.field

    class Entered(Message):
        """Enter, with nothing left to complete."""

        def __init__(self, field: "PathField") -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> "PathField":
            """The field that sent it."""
            return self.field

    class Completed(Message):
        """What a text may go on to."""

        def __init__(self, text: str, found: list[Completion]) -> None:
            super().__init__()
            self.text, self.found = text, found

    def __init__(self, *, id: str, placeholder: str) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder
        self._found: list[Completion] = []
        self._finder: Finder[str, list[Completion]] = Finder(completions, self._tell)

    @property
    def input(self) -> Input:
        """The line."""
        return self.query_one(Input)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.input.value

    @property
    def offered(self) -> list[str]:
        """The completions that are open, by name."""
        return [one.name for one in self._found] if self.has_class("-open") else []

    def compose(self) -> ComposeResult:
        """The line, and the menu that lies over what is below it."""
        yield Input(
            placeholder=self._placeholder,
            max_length=LONGEST,
            restrict=TYPED,
            compact=True,
            select_on_focus=False,
        )
        yield Completions(at_once=True)

    def on_unmount(self) -> None:
        """Ends the thread that reads directories."""
        self._finder.close()

    def put(self, text: str) -> None:
        """Shows a path that was not typed, without telling of it."""
        with self.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = len(text)
        self._close()

    def on_key(self, event: events.Key) -> None:
        """Keys for the menu while it is open; tab completes before it leaves."""
        if not self.has_class("-open"):
            if event.key == "down" and self.input.has_focus:
                event.stop()
                self._finder.ask(self.text)
            return
        menu = self.query_one(Completions)
        if event.key in ("down", "up"):
            menu.action_step(1 if event.key == "down" else -1)
        elif event.key in ("pagedown", "pageup"):
            menu.action_page(1 if event.key == "pagedown" else -1)
        elif event.key == "escape":
            self._close()
        elif event.key == "tab":
            further = common_start(self._found)
            self._take(further if len(further) > len(undressed(self.text)) else self._chosen)
        else:
            return
        event.stop()

    def on_descendant_blur(self) -> None:
        """The menu belongs to the focus."""
        self._close()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.input.has_focus:
            self._finder.ask(event.value)
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.has_class("-open"):
            self._take(self._chosen)
        else:
            self.post_message(self.Entered(self))

    @on(LineList.Chosen)
    def _clicked(self, message: LineList.Chosen) -> None:
        message.stop()
        self._take(self._chosen)
        self.input.focus()

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        message.stop()

    def _tell(self, text: str, found: list[Completion]) -> None:
        """Called from the thread that reads directories."""
        self.post_message(self.Completed(text, found))

    @on(Completed)
    def _offer(self, message: Completed) -> None:
        message.stop()
        if message.text != self.text or not self.input.has_focus:
            return  # more was typed while this was on its way
        self._found = message.found
        whole = [one.text for one in message.found] == [undressed(message.text)]
        if whole or not message.found:
            self._close()
            return
        menu = self.query_one(Completions)
        menu.styles.height = min(LINES, len(message.found)) + 2
        menu.border_subtitle = "↑↓ choose · enter takes · tab completes · esc closes"
        menu.show(len(message.found), self._draw, cursor=0)
        self.add_class("-open")

    @property
    def _chosen(self) -> str:
        return self._found[self.query_one(Completions).cursor].text

    def _take(self, text: str) -> None:
        """Goes on with a directory; a file is complete."""
        self._close()
        if text != self.text:
            self.input.value = text
        self.input.cursor_position = len(text)

    def _close(self) -> None:
        self.remove_class("-open")

    def _draw(self, index: int, width: int) -> Text:
        one = self._found[index]
        size = "" if one.size is None else f"{human_size(one.size)} "
        line = Text(" ", end="")
        line.append_text(column(one.name, width - len(size) - 1))
        line.append(size, "dim")
        return line


def human_size(count: int) -> str:
    """Bytes as people write them."""
    size, unit = float(count), 0
    while size >= 1000 and unit + 1 < len(UNITS):
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {UNITS[unit]}"
