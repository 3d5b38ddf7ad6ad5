"""The one registry of actions: keys, footer, command palette and help all come from it."""

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Scope = Literal[
    "app", "home", "import", "dataset", "explorer", "users", "sequence", "recommendations"
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
    Action("open", "enter", "enter", "open", "Explore the run, or open the dataset, under the "
           "cursor.", "home"),
    Action("import_data", "i", "i", "import", "Import a file of your own.", "home"),
    Action("open_demo", "d", "d", "demo", "Explore the built-in demo: simulated readers.", "home"),
    Action("remove", "x", "x", "remove", "Remove the run or dataset under the cursor; asks first.",
           "home"),
    Action("list('runs')", "1", "1", "runs", "Go to the runs.", "home", False),
    Action("list('datasets')", "2", "2", "datasets", "Go to the datasets.", "home", False),
    Action("refresh", "R", "R", "refresh", "Read datasets and runs again.", "home"),
    Action("pane('file')", "f1", "F1", "file", "Go to the file that is imported.", "import"),
    Action("pane('columns')", "f2", "F2", "columns", "Go to what the columns mean.", "import"),
    Action("pane('rules')", "f3", "F3", "rules", "Go to the rules, each with what it keeps.",
           "import"),
    Action("pane('rows')", "f4", "F4", "first rows", "Go to the first rows as they will be read.",
           "import"),
    Action("begin", "f5", "F5", "import", "Import what is chosen.", "import"),
    Action("pane('users')", "1", "1", "users", "Go to the users.", "dataset", False),
    Action("pane('detail')", "2", "2", "detail", "Go to what the user had, or who had the item.",
           "dataset", False),
    Action("pane('items')", "3", "3", "items", "Go to the items.", "dataset", False),
    Action("pane('plots')", "4", "4", "plots", "Go to the plots.", "dataset", False),
    Action("pane('about')", "5", "5", "about", "Go to period, source, rules and categories.",
           "dataset", False),
    Action("explore", "e", "e", "explore", "Open the user in the explorer.", "dataset"),
    Action("train", "t", "t", "train", "Train a model on this dataset.", "dataset"),
    Action("find", "slash", "/", "find", "Search the users, or the items if you are there.",
           "dataset"),
    Action("sort", "s", "s", "sort", "Sort the users by file order or length.", "dataset"),
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
