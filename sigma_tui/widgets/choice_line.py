"""One of a few, side by side: arrows or a click choose."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static


class ChoiceLine(Static, can_focus=True):
    """Shows all choices, as many lines as they take; the chosen one is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
    ]

    class Chosen(Message):
        """Another one was chosen."""

        def __init__(self, line: "ChoiceLine", index: int) -> None:
            super().__init__()
            self.line, self.index = line, index

        @property
        def control(self) -> "ChoiceLine":
            """The line that sent it."""
            return self.line

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._choices: tuple[str, ...] = ()
        self._index = 0

    @property
    def index(self) -> int:
        """The chosen one."""
        return self._index

    def offer(self, choices: Sequence[str], index: int = 0) -> None:
        """Shows other choices, without a message."""
        self._choices, self._index = tuple(choices), index
        self._draw()

    def action_step(self, by: int) -> None:
        """The next one, or the one before; after the last comes the first."""
        if self._choices:
            self.action_choose((self._index + by) % len(self._choices))

    def action_choose(self, index: int) -> None:
        """This one."""
        if index != self._index:
            self._index = index
            self._draw()
            self.post_message(self.Chosen(self, index))

    def on_focus(self) -> None:
        """The chosen one is brighter with the focus."""
        self._draw()

    def on_blur(self) -> None:
        """And quieter without it."""
        self._draw()

    def _draw(self) -> None:
        line = Text(end="")
        for index, choice in enumerate(self._choices):
            chosen = index == self._index
            look = ("bold reverse" if self.has_focus else "reverse") if chosen else ""
            style = Style.parse(look) + Style(meta={"@click": f"choose({index})"})
            line.append(f" {choice} ".replace(" ", "\N{NO-BREAK SPACE}"), style)
            line.append(" ")
        self.update(line)
