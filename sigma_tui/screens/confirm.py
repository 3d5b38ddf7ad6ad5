"""A question before something goes for good: data, a run, what was entered."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from sigma_tui.look.text import visible


class ConfirmScreen(ModalScreen[bool]):
    """Returns whether somebody said yes; nothing is done by enter alone.

    title: the question. said: what goes and what stays. yes: what yes does, in two words. no: what
    no does, in one; stays: the same as a sentence after the key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,escape", "answer(False)", show=False),
    ]
    AUTO_FOCUS = "#no"

    def __init__(
        self,
        title: str,
        said: Text,
        yes: str,
        *,
        no: str = "keep",
        stays: str = "keeps everything",
    ) -> None:
        super().__init__()
        self._title, self._said, self._yes = title, said, yes
        self._no, self._stays = no, stays

    def compose(self) -> ComposeResult:
        """The question and two answers."""
        with Vertical(id="confirm-box") as box:
            box.border_title = Text(visible(self._title))
            box.border_subtitle = f"y {self._yes} · esc {self._stays}"
            yield Static(self._said, id="confirm-said")
            with Horizontal(id="confirm-buttons"):
                yield Button(f"esc {self._no}", id="no", compact=True)
                yield Button(f"y {self._yes}", id="yes", compact=True, variant="error")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Leaves with an answer."""
        self.dismiss(yes)
