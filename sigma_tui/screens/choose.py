"""Choose one of a few things, each with a sentence that says what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

Value = TypeVar("Value")

LONGEST = 16
"""Lines after which the list scrolls."""


@dataclass(frozen=True)
class Choice(Generic[Value]):
    """value: what is returned. name, hint: shown as text, whatever is in them. style: of the
    name."""

    value: Value
    name: str
    hint: str = ""
    style: str = ""


class ChooseScreen(ModalScreen[Choice[Value] | None]):
    """Returns the choice, or None if it was left.

    now: the value that the cursor begins on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(
        self, title: str, choices: Sequence[Choice[Value]], now: Value | None = None
    ) -> None:
        super().__init__()
        self._title, self._choices = title, list(choices)
        values = [choice.value for choice in self._choices]
        self._first = values.index(now) if now in values else 0

    def compose(self) -> ComposeResult:
        """The choices, one a line."""
        with Vertical(id="choose-box") as box:
            box.border_title = self._title
            box.border_subtitle = "↑ ↓ · enter or a click takes it · esc leaves"
            yield LineList(id="choose-lines", at_once=True)

    def on_mount(self) -> None:
        """Shows them."""
        lines = self.query_one(LineList)
        lines.styles.height = max(1, min(LONGEST, len(self._choices)))
        lines.show(len(self._choices), self._draw, cursor=self._first)
        lines.focus()

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        self.dismiss(self._choices[message.index])

    def _draw(self, index: int, width: int) -> Text:
        choice = self._choices[index]
        longest = max(cell_len(visible(one.name)) for one in self._choices)
        room = min(longest + 1, width // 2) if choice.hint else width - 2
        line = Text(" ")
        line.append_text(column(choice.name, room, choice.style or "bold"))
        line.append(" ")
        line.append_text(column(choice.hint, max(0, width - room - 3), "dim"))
        return line
