"""A line of text about a run, typed by a person."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from engine.training.note import LONGEST


class NoteScreen(ModalScreen[str | None]):
    """Returns the note, which may be empty, or None. title: plain text; note: the present one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, note: str) -> None:
        super().__init__()
        self._note = note

    def compose(self) -> ComposeResult:
        """One line to type in."""
        with Vertical(id="note-box") as box:
            box.border_title = "Note, kept with the run"
            box.border_subtitle = "enter keeps it · empty removes it · esc leaves"
            yield Input(self._note, placeholder="what you tried, and why …", max_length=LONGEST)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)
