"""One of a few things is meant: which?"""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from sigma_tui.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList


class ChooseScreen(ModalScreen[int | None]):
    """Returns the place of what was chosen, or None. choices: a line of data each."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, title: str, choices: Sequence[str]) -> None:
        super().__init__()
        self._title, self._choices = title, choices

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical(id="choose-box") as box:
            box.border_title = Text(visible(self._title))
            box.border_subtitle = "enter or a double click takes it · esc leaves"
            yield LineList(id="choose-lines")

    def on_mount(self) -> None:
        """As high as there are choices."""
        lines = self.query_one(LineList)
        lines.styles.height = min(len(self._choices), 16)
        lines.show(len(self._choices), self._draw)
        lines.focus()

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        self.dismiss(message.index)

    def _draw(self, index: int, width: int) -> Text:
        line = Text(" ", end="")
        line.append_text(column(self._choices[index], width - 2))
        return line
