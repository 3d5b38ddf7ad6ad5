"""A name of one's own for a category."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from engine.explore.own_names import LONGEST_NAME
from sigma_tui.look.text import visible


class NamingScreen(ModalScreen[str | None]):
    """Returns the name, or None if nothing was changed. letter, name: of the category as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, letter: str, name: str) -> None:
        super().__init__()
        self._letter, self._name_before = letter, visible(name)

    def compose(self) -> ComposeResult:
        """A line to type in."""
        with Vertical(id="naming-box") as box:
            box.border_title = f"Name of {self._letter}"
            box.border_subtitle = "enter keeps it · empty: from metadata · esc leaves"
            yield Input(self._name_before, id="naming-text", max_length=LONGEST_NAME)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self.dismiss(None if event.value == self._name_before else event.value)
