"""Jump mode: a letter on every pane and control; the letter goes there."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The home row first."""


class JumpScreen(ModalScreen[Widget | None]):
    """Returns the widget whose letter was pressed, or None. targets: what can take the focus."""

    def __init__(self, targets: Sequence[Widget]) -> None:
        super().__init__()
        self._targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        """A letter at the upper left corner of each, and what they are for."""
        for letter, target in self._targets.items():
            label = Static(f" {letter} ", classes="jump-letter", markup=False)
            label.styles.offset = target.region.offset
            yield label
        yield Static("press a letter to go there · esc leaves", id="jump-hint", markup=False)

    def on_key(self, event: events.Key) -> None:
        """A letter goes there; anything else leaves."""
        event.stop()
        self.dismiss(self._targets.get(event.key))

    def on_click(self, event: events.Click) -> None:
        """A click on a letter goes there as well."""
        for target in self._targets.values():
            x, y = target.region.offset
            if event.screen_y == y and x <= event.screen_x < x + 3:
                self.dismiss(target)
                return
        self.dismiss(None)
