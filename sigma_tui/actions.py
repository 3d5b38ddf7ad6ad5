"""The one registry of actions: keys, footer, palette, help and docs/keys.md all come from it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from textual.binding import Binding

Scope = Literal["app", "list", "home", "explorer", "users", "sequence", "recommendations"]
PLACES: Mapping[Scope, str] = {
    "app": "everywhere",
    "list": "in every list",
    "home": "on the home screen",
    "explorer": "in the explorer",
    "users": "in the users pane",
    "sequence": "in the sequence pane",
    "recommendations": "in the recommendations pane",
}
"""Where the keys of a scope work, as people say it."""
SCREEN_OF: Mapping[Scope, Scope] = {
    "users": "explorer",
    "sequence": "explorer",
    "recommendations": "explorer",
}
"""Scopes that are panes, and their screens."""


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    id: the method is ``action_<id>``. key: as Textual names it. shown: the key as people read it.
    title: for footer and palette. help: one sentence. scope: where the key works. footer: whether
    the footer shows it.
    """

    id: str
    key: str
    shown: str
    title: str
    help: str
    scope: Scope
    footer: bool = True

    @property
    def name(self) -> str:
        """What settings call it: scope and title, such as ``explorer.find-user``."""
        return f"{self.scope}.{re.sub('[^a-z0-9]+', '-', self.title.casefold()).strip('-')}"

    @property
    def method(self) -> str:
        """The method that carries it out."""
        return f"action_{self.id.partition('(')[0]}"


ACTIONS: tuple[Action, ...] = (
    Action("help", "question_mark", "?", "help", "Keys, words and the paper.", "app"),
    Action("toggle_look", "T", "T", "dark/light", "Switch between dark and light.", "app", False),
    Action(
        "command_palette", "ctrl+p", "ctrl+p", "commands", "Every action by its name.", "app",
        False,
    ),
    Action("leave", "q", "q", "quit", "Leave the app; nothing is lost.", "app"),
    Action("back", "escape", "esc", "back", "Back to the screen before.", "app", False),
    Action("focus_next", "tab", "tab", "next pane", "Go to the next control.", "app", False),
    Action(
        "focus_previous", "shift+tab", "shift+tab", "pane before",
        "Go to the control before.", "app", False,
    ),
    Action(
        "jump", "semicolon", ";", "jump",
        "Show a letter on every pane and control; the letter goes there.", "app", False,
    ),
    Action(
        "maximise", "F", "F", "full screen",
        "Let the pane with the focus fill the screen, or end that.", "app", False,
    ),
    Action(
        "stretch(-1, 0)", "less_than_sign", "<", "narrower", "Make the pane narrower.", "app", False
    ),
    Action(
        "stretch(1, 0)", "greater_than_sign", ">", "wider", "Make the pane wider.", "app", False
    ),
    Action(
        "stretch(0, -1)", "left_curly_bracket", "{", "lower", "Make the pane lower.", "app", False
    ),
    Action(
        "stretch(0, 1)", "right_curly_bracket", "}", "taller", "Make the pane taller.", "app", False
    ),
    Action(
        "usual_sizes", "equals_sign", "=", "usual sizes", "Give all panes their usual sizes.",
        "app", False,
    ),
    Action("settings", "comma", ",", "settings", "See and change settings.", "app", False),
    Action(
        "choose_theme", "f3", "f3", "theme", "Choose a theme; each is shown as you walk over it.",
        "app", False,
    ),
    Action("step(-1)", "up", "↑", "line up", "Go up a line.", "list", False),
    Action("step(1)", "down", "↓", "line down", "Go down a line.", "list", False),
    Action("page(-1)", "pageup", "pgup", "page up", "Go up a screenful.", "list", False),
    Action("page(1)", "pagedown", "pgdn", "page down", "Go down a screenful.", "list", False),
    Action("end(0)", "home", "home", "first line", "Go to the first line.", "list", False),
    Action("end(1)", "end", "end", "last line", "Go to the last line.", "list", False),
    Action("choose", "enter", "enter", "choose", "Take the line under the cursor.", "list", False),
    Action("open", "enter", "enter", "explore", "Explore the run under the cursor.", "home"),
    Action("open_demo", "d", "d", "demo", "Explore the built-in demo: simulated readers.", "home"),
    Action("go_on", "w", "w", "where I was", "Open the last run with its user and edits.", "home"),
    Action("pane('home-runs')", "1", "1", "runs", "Go to the runs.", "home", False),
    Action("pane('home-datasets')", "2", "2", "datasets", "Go to the datasets.", "home", False),
    Action("refresh", "R", "R", "refresh", "Read datasets and runs again.", "home"),
    Action("pane('users')", "1", "1", "users", "Go to the users.", "explorer", False),
    Action("pane('sequence')", "2", "2", "sequence", "Go to the sequence.", "explorer", False),
    Action("pane('interests')", "3", "3", "interests", "Go to the interests.", "explorer", False),
    Action(
        "pane('recommendations')",
        "4",
        "4",
        "recommendations",
        "Go to the recommendations.",
        "explorer",
        False,
    ),
    Action("add", "a", "a", "add", "Find an item by its title and add it at the end.", "explorer"),
    Action("undo", "u", "u", "undo", "Take the last edit back.", "explorer"),
    Action("redo", "U", "U", "redo", "Do the edit again that was taken back.", "explorer", False),
    Action("reset", "X", "X", "reset", "Back to the original sequence.", "explorer", False),
    Action("next_user", "n", "n", "next", "Go to the next user of the list.", "explorer"),
    Action("previous_user", "p", "p", "previous", "Go to the user before.", "explorer", False),
    Action("new_user", "N", "N", "new user", "Start from an empty sequence.", "explorer", False),
    Action("filter", "slash", "/", "find user", "Filter the users by id.", "explorer", False),
    Action(
        "fewer", "left_square_bracket", "[", "fewer", "Show fewer recommendations.", "explorer",
        False,
    ),
    Action(
        "more", "right_square_bracket", "]", "more", "Show more recommendations.", "explorer",
        False,
    ),
    Action("sort", "s", "s", "sort", "Sort by file order, length or entropy.", "users"),
    Action("remove", "d", "d", "remove", "Take the item under the cursor out.", "sequence"),
    Action("mute", "space", "space", "mute", "Hide the item from the model.", "sequence"),
    Action("move(-1)", "K", "K", "earlier", "Move the item one place earlier.", "sequence", False),
    Action("move(1)", "J", "J", "later", "Move the item one place later.", "sequence", False),
    Action("insert", "i", "i", "insert", "Add an item before the cursor.", "sequence", False),
    Action("replace", "r", "r", "replace", "Put another item in this place.", "sequence"),
    Action(
        "until_here", "t", "t", "until here", "Cut after the cursor: the list of that day, and "
        "the rank of what really came next.", "sequence",
    ),
    Action(
        "take", "plus", "+", "take", "Add the recommendation to the sequence.", "recommendations"
    ),
)  # fmt: skip


def bindings(*scopes: Scope) -> list[Binding]:
    """Textual's bindings for some scopes; an action of a pane is carried out by its screen. A
    keymap finds each by its name."""
    return [
        Binding(
            action.key,
            f"screen.{action.id}" if action.scope in SCREEN_OF else action.id,
            action.title,
            show=action.footer,
            key_display=action.shown,
            id=action.name,
        )
        for action in ACTIONS
        if action.scope in scopes
    ]


def together(first: Scope, second: Scope) -> bool:
    """Whether keys of both scopes may be heard at the same time."""
    return (
        first == second
        or bool({first, second} & {"app", "list"})
        or SCREEN_OF.get(first) == second
        or SCREEN_OF.get(second) == first
    )


def collisions(key_of: Callable[[Action], str]) -> Iterator[tuple[Action, Action]]:
    """Pairs of actions that share a key where both work. Enter may: a list hands it on to its
    screen."""
    for first, second in combinations(ACTIONS, 2):
        key = key_of(first)
        handed_on = key == "enter" and "list" in (first.scope, second.scope)
        if key == key_of(second) and together(first.scope, second.scope) and not handed_on:
            yield first, second
