"""Which key does what: the registry's keys, a person's own, and vim's for moving about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from sigma_tui.keys.actions import ACTIONS, Action, collisions
from sigma_tui.keys.scopes import PLACES, Scope

VIM: Mapping[str, str] = {
    "h": "left",
    "j": "down",
    "k": "up",
    "l": "right",
    "G": "end",
    "ctrl+d": "pagedown",
    "ctrl+u": "pageup",
}
"""vim's keys and the keys that they stand for; ``gg`` stands for home."""
NEVER_ARRIVE: Mapping[str, str] = {
    "ctrl+enter": "terminals send enter for it",
    "ctrl+m": "terminals send enter for it",
    "ctrl+j": "terminals send enter for it",
    "ctrl+i": "terminals send tab for it",
    "ctrl+h": "terminals send backspace for it",
    "ctrl+s": "terminals stop their output on it",
    "ctrl+q": "it always leaves the app",
    "ctrl+c": "it copies what is selected",
}
"""Keys that cannot be given to an action, and why."""


@dataclass(frozen=True)
class Keymap:
    """changed: keys as Textual names them, by the name of the action. vim: whether vim's keys move
    about too; where an action has such a key, the action keeps it."""

    changed: Mapping[str, str] = field(default_factory=dict)
    vim: bool = False

    def key(self, action: Action) -> str:
        """The key of an action, as Textual names it."""
        return self.changed.get(action.name, action.key)

    def shown(self, action: Action) -> str:
        """The key of an action, as people read it."""
        from textual.keys import format_key

        key = self.changed.get(action.name)
        if key is None:
            return action.shown
        modifiers, plus, last = key.rpartition("+")
        return f"{modifiers}{plus}{format_key(last)}"


def read_keymap(table: Mapping[str, object], *, vim: bool = False) -> tuple[Keymap, list[str]]:
    """A person's keys and a sentence about each that cannot be.

    table: keys by names of actions, as the settings have them: ``"explorer.add" = "A"``.
    """
    known = {action.name: action for action in ACTIONS}
    changed: dict[str, str] = {}
    wrong = []
    for name, value in table.items():
        trouble = _trouble(name, value)
        if trouble:
            wrong.append(trouble)
        else:
            changed[name] = _named(str(value))
    while True:
        keymap = Keymap(changed, vim)
        pair = next(collisions(keymap.key), None)
        if pair is None:
            return keymap, wrong
        order = list(changed)  # who comes later loses; usual keys do not collide
        other, lost = sorted(
            pair, key=lambda one: order.index(one.name) if one.name in changed else -1
        )
        del changed[lost.name]
        wrong.append(
            f"keymap: {table[lost.name]!r} is already the key of “{other.title}” "
            f"{PLACES[other.scope]}, so “{lost.title}” keeps {known[lost.name].shown!r}."
        )


def keymap_of(app: App[Any]) -> Keymap:
    """The keys of an app, for texts that name one."""
    keymap = getattr(app, "keymap", None)
    return keymap if isinstance(keymap, Keymap) else Keymap()


def shown_key(app: App[Any], name: str) -> str:
    """The key of the action of that name, as people read it."""
    action = next(action for action in ACTIONS if action.name == name)
    return keymap_of(app).shown(action)


def scopes_on(screen: Screen[Any]) -> frozenset[Scope]:
    """The scopes whose keys a screen itself has, without those of its panes."""
    return _scopes_on(type(screen))


def going_to(screen: Screen[Any], pane: str) -> Action | None:
    """The action of a screen that goes to one of its panes. pane: its id."""
    scopes = scopes_on(screen)
    found = (one for one in ACTIONS if one.scope in scopes and one.id.endswith(f"('{pane}')"))
    return next(found, None)


def pane_keys(screen: Screen[Any], panes: Iterable[str]) -> dict[str, str]:
    """Panes of a screen by the keys that go to them, as people read them."""
    keymap = keymap_of(screen.app)
    going = ((going_to(screen, pane), pane) for pane in panes)
    return {keymap.shown(action): pane for action, pane in going if action is not None}


@cache
def _scopes_on(kind: type[Screen[Any]]) -> frozenset[Scope]:
    names = {
        binding.id
        for base in kind.__mro__
        for binding in vars(base).get("BINDINGS", ())
        if isinstance(binding, Binding)
    }
    return frozenset(action.scope for action in ACTIONS if action.name in names)


def _trouble(name: str, value: object) -> str:
    """Why a line of the settings cannot be; empty if it can."""
    from difflib import get_close_matches

    names = [action.name for action in ACTIONS]
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else "; `sigma-tui keys` lists the names."
        return f"keymap: there is no action {name!r}{hint}"
    if not isinstance(value, str) or not _is_key(_named(value)):
        return f"keymap: {value!r} is no key for {name}, such as A, f5, ctrl+t or space."
    why = NEVER_ARRIVE.get(_named(value))
    return f"keymap: {value} cannot be the key of {name}: {why}." if why else ""


def _named(key: str) -> str:
    """A key as Textual names it: ``?`` is ``question_mark``."""
    from textual.keys import _character_to_key

    modifiers, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    return f"{modifiers}{plus}{_character_to_key(last) if len(last) == 1 else last}"


def _is_key(key: str) -> bool:
    """Whether a terminal may send it: a character, a named key, or one with ctrl, alt or shift."""
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

    *modifiers, last = key.split("+")
    named = {item.value for item in Keys} | {"space", *KEY_NAME_REPLACEMENTS.values()}
    character = key_to_character(last)
    known = last in named or (character is not None and character.isprintable())
    return known and set(modifiers) <= {"ctrl", "alt", "shift"}
