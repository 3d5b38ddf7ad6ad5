"""vim's keys for moving about, in every list, map and text that arrow keys move."""

from textual import events
from textual.screen import Screen
from textual.widgets import Input, TextArea

from sigma_tui.keys.keymap import VIM


class VimKeys:
    """Turns vim's keys into the arrow keys that they stand for, wherever no action has them."""

    def __init__(self) -> None:
        self._first_g = False

    def turned(self, event: events.Key, screen: Screen[object]) -> events.Key | None:
        """The key press to go on with; None after the first g of two."""
        first_g, self._first_g = self._first_g, False
        key = event.key
        writes = isinstance(screen.focused, Input | TextArea)
        if writes or (key not in VIM and key != "g") or key in screen.active_bindings:
            return event
        if key != "g":
            return events.Key(VIM[key], None)
        if first_g:
            return events.Key("home", None)
        self._first_g = True
        return None
