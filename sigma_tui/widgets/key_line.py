"""The keys of what has the focus, in the last line of a screen.

Textual's own footer makes a widget of every key, and all of them anew whenever the focus moves or a
screen opens: two to three frames on a usual screen. This is one line of text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from sigma_tui.keys.actions import IF_ROOM

if TYPE_CHECKING:
    from textual.screen import Screen

MORE = "…"
"""Stands where keys have no room."""


@dataclass(frozen=True)
class Key:
    """key: as Textual names it. shown: as people read it. enabled: whether it does anything now.
    everywhere: whether it is one of the app's, such as help, which are seen always."""

    key: str
    shown: str
    title: str
    enabled: bool
    everywhere: bool = False

    @property
    def width(self) -> int:
        """Cells, with a blank between key and title."""
        return cell_len(self.shown) + (1 + cell_len(self.title) if self.title else 0)


DOTS = Key("", MORE, "", enabled=False)


class KeyLine(Widget):
    """One key after the other with what it does; a click presses it. Where room is left, keys that
    are less needed are told too."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--hover"}

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._more: tuple[Key, ...] = ()
        self._back: Key | None = None
        self._hovered: Key | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is shown, or would be if there were room, without what only fills it."""
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
        more: dict[str, Key] = {}
        back = None
        for one in screen.active_bindings.values():
            shown = self.app.get_key_display(one.binding)
            character = " " if shown == "space" else shown if len(shown) == 1 else None
            if screen.focused is not None and screen.focused.check_consume_key(
                one.binding.key, character
            ):
                continue  # here it is a letter
            name = one.binding.id or ""
            key = Key(
                one.binding.key,
                shown,
                one.binding.description,
                one.enabled,
                name.startswith("app."),
            )
            if one.binding.show:
                keys.setdefault(one.binding.action, key)
            elif name in IF_ROOM:
                more.setdefault(one.binding.action, key)
            elif one.binding.action == "back" and screen not in self.app.screen_stack[:2]:
                back = key
        told = tuple(keys.values()), tuple(more.values()), back
        if told != (self._keys, self._more, self._back):
            self._keys, self._more, self._back = told
            self._hovered = None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """As many keys as there is room for."""
        base = self.rich_style
        blank = Style(bgcolor=base.bgcolor)
        key_style = base + self.get_component_rich_style("key-line--key")
        hovered = self.get_component_rich_style("key-line--hover")
        parts: list[Segment] = []
        for key, _ in self._placed() if y == 0 else ():
            over = hovered if key is self._hovered else Style(dim=not key.enabled or None)
            parts += [
                Segment(key.shown, base if key is DOTS else key_style + over),
                Segment(f" {key.title}" if key.title else "", base + over),
                Segment(" ", blank),
            ]
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
        placed, at = [], 0
        for key in self._chosen():
            placed.append((key, at))
            at += key.width + 1
        return placed

    def _chosen(self) -> list[Key]:
        """Those that there is room for: the app's own last and always, dots where any is left
        out; else the way back, and as many as fit of those that are less needed."""
        own = [key for key in self._keys if not key.everywhere]
        app = [key for key in self._keys if key.everywhere]
        room = self.size.width + 1  # there is a blank between two
        if _length(self._keys) > room:
            room -= _length([DOTS])
            app = _fitting(app, room)
            return [*_fitting(own, room - _length(app)), DOTS, *app]
        room -= _length(self._keys)
        back = _fitting([self._back] if self._back is not None else [], room)
        room -= _length(back)
        more = []
        for key in self._more:
            if key.width + 1 <= room:
                more.append(key)
                room -= key.width + 1
        return [*own, *more, *app, *back]

    def _key_at(self, x: int) -> Key | None:
        return next((key for key, at in self._placed() if at <= x < at + key.width), None)


def _length(keys: Sequence[Key]) -> int:
    """Cells of keys, with a blank after each."""
    return sum(key.width + 1 for key in keys)


def _fitting(keys: Sequence[Key], room: int) -> list[Key]:
    """The first ones that fit."""
    ends = accumulate(key.width + 1 for key in keys)
    return [key for key, end in zip(keys, ends, strict=True) if end <= room]
