"""The keys of what has the focus, in the last line of a screen.

Textual's own footer makes a widget of every key, and all of them anew whenever the focus moves or a
screen opens: two to three frames on a usual screen. This is one line of text.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

MORE = "…"
"""Stands where keys have no room."""


@dataclass(frozen=True)
class Key:
    """key: as Textual names it. shown: as people read it. enabled: whether it does anything now."""

    key: str
    shown: str
    title: str
    enabled: bool

    @property
    def width(self) -> int:
        """Cells, with a blank between key and title."""
        return cell_len(self.shown) + 1 + cell_len(self.title)


class KeyLine(Widget):
    """One key after the other with what it does; a click presses it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--hover"}

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._back: Key | None = None
        self._hovered: Key | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is shown, or would be if there were room."""
        return self._keys

    def on_mount(self) -> None:
        """Listens to its screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._listen)

    def on_unmount(self) -> None:
        """And no more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _listen(self, screen: "Screen[object]") -> None:
        if not self.is_attached or not self.app.app_focus:
            return
        keys: dict[str, Key] = {}  # of several keys for an action the first one is told
        back = None
        for one in screen.active_bindings.values():
            shown = self.app.get_key_display(one.binding)
            key = Key(one.binding.key, shown, one.binding.description, one.enabled)
            if one.binding.show:
                keys.setdefault(one.binding.action, key)
            elif one.binding.action == "back" and screen not in self.app.screen_stack[:2]:
                back = key
        told = tuple(keys.values())
        if (told, back) != (self._keys, self._back):
            self._keys, self._back, self._hovered = told, back, None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """As many keys as there is room for."""
        base = self.rich_style
        blank = Style(bgcolor=base.bgcolor)
        key_style = base + self.get_component_rich_style("key-line--key")
        hovered = self.get_component_rich_style("key-line--hover")
        placed, parts = self._placed(), []
        for key, _ in placed if y == 0 else ():
            over = hovered if key is self._hovered else Style(dim=not key.enabled or None)
            parts += [
                Segment(key.shown, key_style + over),
                Segment(f" {key.title}", base + over),
                Segment(" ", blank),
            ]
        if y == 0 and len(placed) < len(self._keys):
            parts.append(Segment(MORE, base))
        return Strip(parts).adjust_cell_length(self.size.width, blank)

    def on_click(self, event: events.Click) -> None:
        """Presses the key under the mouse."""
        key = self._key_at(event.x)
        if key is not None and key.enabled:
            self.app.simulate_key(key.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The key under the mouse stands out."""
        self._hover(self._key_at(event.x))

    def on_leave(self) -> None:
        """None does."""
        self._hover(None)

    def _hover(self, key: Key | None) -> None:
        if key is not self._hovered:
            self._hovered = key
            self.refresh()

    def _placed(self) -> list[tuple[Key, int]]:
        """The keys that are seen, each with the cell that it begins at."""
        width = self.size.width
        whole = sum(key.width + 1 for key in self._keys) - 1
        room = width if whole <= width else width - len(MORE) - 1
        placed, at = [], 0
        for key in self._keys:
            if at + key.width > room:
                break
            placed.append((key, at))
            at += key.width + 1
        if self._back is not None and at + self._back.width <= room == width:  # if there is room
            placed.append((self._back, at))
        return placed

    def _key_at(self, x: int) -> Key | None:
        return next((key for key, at in self._placed() if at <= x < at + key.width), None)
