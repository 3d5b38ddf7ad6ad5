"""The one registry of actions: keys, footer, command palette and help all come from it."""

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Scope = Literal[
    "app", "home", "explorer", "users", "sequence", "recommendations", "categories", "item", "map"
]


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    id: the method is ``action_<id>``. key: as Textual names it. shown: the key as people read it.
    title: for footer and palette. help: one sentence. scope: where the key works; ``users``,
    ``sequence`` and ``recommendations`` are panes of the explorer.
    footer: whether the footer shows it.
    """

    id: str
    key: str
    shown: str
    title: str
    help: str
    scope: Scope
    footer: bool = True


ACTIONS: tuple[Action, ...] = (
    Action("help", "question_mark", "?", "help", "Keys, words and the paper.", "app"),
    Action("toggle_look", "T", "T", "dark/light", "Switch between dark and light.", "app", False),
    Action(
        "command_palette", "ctrl+p", "ctrl+p", "commands", "Every action by its name.", "app",
        False,
    ),
    Action("leave", "q", "q", "quit", "Leave the app; nothing is lost.", "app"),
    Action("back", "escape", "esc", "back", "Back to the screen before.", "app", False),
    Action("open", "enter", "enter", "explore", "Explore the run under the cursor.", "home"),
    Action("open_demo", "d", "d", "demo", "Explore the built-in demo: simulated readers.", "home"),
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
    Action("next_user", "n", "n", "next user", "Go to the next user of the list.", "explorer",
           False),
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
    Action(
        "categories", "C", "C", "categories", "What each category is about, and its name.",
        "explorer", False,
    ),
    Action("map", "M", "M", "map", "Items, interests and the list in two dimensions.", "explorer"),
    Action("look_up", "f", "f", "find item", "Find an item by its title and open it.", "explorer",
           False),
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
    Action("open_item('sequence')", "enter", "enter", "details of the sequence's item",
           "Everything about the item under the cursor.", "sequence", False),
    Action("open_item('recommendations')", "enter", "enter", "details of the recommendation",
           "Everything about the recommendation under the cursor.", "recommendations", False),
    Action("category_name", "r", "r", "name it", "Give the category a name of your own, kept with "
           "the run; an empty one brings back the name from metadata.", "categories"),
    Action("category_map", "M", "M", "map", "Show its items alone on the map.", "categories"),
    Action("category_find", "f", "f", "find item", "Find an item by its title and open it.",
           "categories"),
    Action("category_pane('categories')", "1", "1", "categories list", "Go to the categories.",
           "categories", False),
    Action("category_pane('members')", "2", "2", "typical items", "Go to the typical items; enter "
           "opens one.", "categories", False),
    Action("item_take", "plus", "+", "take", "Add the item at the end of the sequence.", "item"),
    Action("item_map", "M", "M", "map", "Show the item on the map.", "item"),
    Action("item_categories", "C", "C", "categories", "What each category is about.", "item"),
    Action("item_before", "b", "b", "item before", "Back to the item that was looked at before.",
           "item"),
    Action("item_pane('membership')", "1", "1", "the item's categories", "Go to the item's "
           "categories; enter opens one.", "item", False),
    Action("item_pane('neighbours')", "2", "2", "nearest items", "Go to the nearest items; enter "
           "opens one.", "item", False),
    Action("item_pane('holders')", "3", "3", "who has it", "Go to the users who have it; enter "
           "explores one.", "item", False),
    Action("map_zoom(1)", "plus,equals_sign", "+", "zoom in", "Zoom in around the cursor; the "
           "mouse wheel does it where the pointer is.", "map"),
    Action("map_zoom(-1)", "minus", "-", "zoom out", "Zoom out around the cursor.", "map", False),
    Action("map_whole", "0", "0", "whole map", "The whole map again.", "map", False),
    Action("map_mark(1)", "n", "n", "next", "Go to the next recommendation.", "map"),
    Action("map_mark(-1)", "p", "p", "previous", "Go to the recommendation before.", "map",
           False),
    Action("map_light", "c", "c", "category", "Show one category after the other alone.", "map"),
    Action("map_axes", "x", "x", "axes", "Look along the next two axes.", "map"),
    Action("map_find", "f", "f", "find item", "Find an item by its title and go there.", "map"),
    Action("map_open", "enter", "enter", "details", "Everything about the nearest item.", "map"),
    Action("map_take", "a", "a", "add", "Add the nearest item to the sequence.", "map"),
    Action("map_categories", "C", "C", "categories", "What each category is about.", "map",
           False),
    Action("map_go('left')", "left", "←", "left", "Move the cursor to the left.", "map", False),
    Action("map_go('right')", "right", "→", "right", "Move the cursor to the right.", "map",
           False),
    Action("map_go('up')", "up", "↑", "up", "Move the cursor up.", "map", False),
    Action("map_go('down')", "down", "↓", "down", "Move the cursor down.", "map", False),
)  # fmt: skip


def bindings(*scopes: Scope) -> list[Binding]:
    """Textual's bindings for some scopes; an action of a pane is carried out by its screen."""
    panes = ("users", "sequence", "recommendations")
    return [
        Binding(
            action.key,
            f"screen.{action.id}" if action.scope in panes else action.id,
            action.title,
            show=action.footer,
            key_display=action.shown,
        )
        for action in ACTIONS
        if action.scope in scopes
    ]
