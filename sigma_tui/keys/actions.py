"""The one registry of actions: keys, footer, palette, help and docs/keys.md all come from it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from textual.binding import Binding

from sigma_tui.keys.scopes import NAMED_AS, SCREEN_OF, Scope, together

FOR_A_WHILE = frozenset({"stop", "steer_done", "tour_step", "tour_leave"})
"""Actions that work only while the model plays or the tour goes on (``check_action``), before all
others with their key."""


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    id: the method is ``action_<id>``. key: as Textual names it. shown: the key as people read it.
    title: for footer and palette. help: one sentence. scope: where the key works; ``whatif`` is
    the explorer and where two runs are compared, ``sides`` that and where two scenarios are
    compared, ``map`` the map's screen and the explorer's pane, ``tour`` the demo's explorer.
    footer: whether the footer shows it. room: whether it does where it has room left.
    """

    id: str
    key: str
    shown: str
    title: str
    help: str
    scope: Scope
    footer: bool = True
    room: bool = False

    @cached_property
    def name(self) -> str:
        """What settings call it: scope and title, such as ``explorer.find-user``. What works in the
        explorer is called by it, even if it works elsewhere too."""
        scope = NAMED_AS.get(self.scope, self.scope)
        return f"{scope}.{re.sub('[^a-z0-9]+', '-', self.title.casefold()).strip('-')}"

    @property
    def plain_id(self) -> str:
        """The id without arguments."""
        return self.id.partition("(")[0]

    @property
    def method(self) -> str:
        """The method that carries it out."""
        return f"action_{self.plain_id}"


ACTIONS: tuple[Action, ...] = (
    Action("help", "question_mark", "?", "help", "Keys, words and the paper.", "app"),
    Action("toggle_look", "T", "T", "dark/light", "Switch between dark and light.", "app", False),
    Action(
        "command_palette", "ctrl+p", "ctrl+p", "commands", "Every action by its name.", "app",
        False, room=True,
    ),
    Action("leave", "q", "q", "quit", "Leave the app; nothing is lost.", "app"),
    Action("back", "escape", "esc", "back", "Back to the screen before; from the first one, home.",
           "app", False),
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
        "maximise", "z", "z", "full screen",
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
        "usual_sizes", "backslash", "\\", "usual sizes", "Give all panes their usual sizes.",
        "app", False,
    ),
    Action("settings", "comma", ",", "settings", "See and change settings.",
           "app", False, room=True),
    Action(
        "choose_theme", "f6", "f6", "theme", "Choose a theme; each is shown as you walk over it.",
        "app", False,
    ),
    Action("step(-1)", "up", "↑", "line up", "Go up a line.", "list", False),
    Action("step(1)", "down", "↓", "line down", "Go down a line.", "list", False),
    Action("page(-1)", "pageup", "pgup", "page up", "Go up a screenful.", "list", False),
    Action("page(1)", "pagedown", "pgdn", "page down", "Go down a screenful.", "list", False),
    Action("end(0)", "home", "home", "first line", "Go to the first line.", "list", False),
    Action("end(1)", "end", "end", "last line", "Go to the last line.", "list", False),
    Action("choose", "enter", "enter", "choose", "Take the line under the cursor.", "list", False),
    Action("open", "enter", "enter", "open", "Explore the run, or open the dataset, under the "
           "cursor.", "home"),
    Action("import_data", "i", "i", "import", "Import a file of your own.", "home"),
    Action("open_demo", "d", "d", "demo", "Explore the built-in demo: simulated readers.", "home"),
    Action("go_on", "c", "c", "where I was", "Open the last run with its user and edits.", "home"),
    Action("remove", "x", "x", "remove", "Remove the run or dataset under the cursor; asks first.",
           "home", False, room=True),
    Action("pane('home-runs')", "1", "1", "runs", "Go to the runs.", "home", False),
    Action("pane('home-datasets')", "2", "2", "datasets", "Go to the datasets.", "home", False),
    Action("refresh", "R", "R", "refresh", "Read datasets and runs again.",
           "home", False),
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
    Action("train", "t", "t", "train", "Train a model: choose data, model and settings.", "home"),
    Action(
        "watch", "w", "w", "curves", "See how the run under the cursor is or was trained.", "home",
        False, room=True,
    ),
    Action("pane('datasets')", "1", "1", "dataset", "Go to the datasets, outside of a text field.",
           "train", False),
    Action("pane('models')", "2", "2", "model", "Go to the models, outside of a text field.",
           "train", False),
    Action("pane('presets')", "3", "3", "preset", "Go to the presets, outside of a text field.",
           "train", False),
    Action("pane('settings')", "4", "4", "own settings", "Go to settings of your own, outside of a "
           "text field.", "train", False),
    Action("start_training", "f5", "F5", "start", "Start the training as it is chosen.", "train"),
    Action(
        "explore_run", "enter", "enter", "explore", "Explore the best epoch of this run so far.",
        "training",
    ),
    Action(
        "stop", "s", "s", "stop", "Stop after the step under way; everything is kept.", "training"
    ),
    Action(
        "go_on", "c", "c", "continue", "Go on where the training stopped, to the same result.",
        "training",
    ),
    Action(
        "train_again", "e", "e", "change", "Change settings of this run and train it anew.",
        "training",
    ),
    Action("note", "n", "n", "note", "Keep a note with this run.", "training"),
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
    Action(
        "pane('timeline')", "5", "5", "timeline", "Go to the timeline.", "explorer", False
    ),
    Action(
        "pane('map')", "6", "6", "map pane", "Go to the map beside the list; where it has no room "
        "there, it opens on a screen of its own.", "explorer", False,
    ),
    Action("add", "a", "a", "add", "Find an item by its title and add it at the end.", "whatif"),
    Action("undo", "u", "u", "undo", "Take the last edit back.", "whatif"),
    Action("redo", "U", "U", "redo", "Do the edit again that was taken back.",
           "whatif", False, room=True),
    Action("reset", "X", "X", "reset", "Back to the original sequence.",
           "whatif", False, room=True),
    Action("next_user", "n", "n", "next", "Go to the next user of the list.",
           "whatif", False, room=True),
    Action("previous_user", "p", "p", "previous", "Go to the user before.",
           "whatif", False, room=True),
    Action("random_user", "R", "R", "random user", "Go to a user of the list at random.", "whatif",
           False),
    Action("new_user", "N", "N", "new user", "Start from an empty sequence.",
           "whatif", False, room=True),
    Action(
        "filter", "slash", "/", "find user", "Filter the users by id; enter opens the one who is "
        "called exactly so, else the first.", "whatif", False, room=True,
    ),
    Action(
        "steer", "w", "w", "steer", "Raise and lower intensities with ← and →: a re-weighing of "
        "the prior, p′(v) ∝ p(v) · Σ p(k|v) w′/w.", "explorer",
    ),
    Action(
        "diversify", "y", "y", "diversify", "Trade relevance for diversity: a slider over the "
        "curve of what it costs.", "explorer",
    ),
    Action(
        "play", "P", "P", "play", "The model goes on by itself, an item at a time; again to pause.",
        "explorer", False, room=True,
    ),
    Action(
        "stop", "escape", "esc", "stop", "Stop playing; undo takes all of it back at once.",
        "explorer", False,
    ),
    Action(
        "steer_done", "escape", "esc", "done", "End steering; intensities stay as they are set.",
        "explorer", False,
    ),
    Action(
        "fewer", "left_square_bracket", "[", "fewer", "Show fewer recommendations.", "whatif",
        False,
    ),
    Action(
        "more", "right_square_bracket", "]", "more", "Show more recommendations.", "whatif",
        False,
    ),
    Action(
        "export", "e", "e", "export", "Write all of it, a pane or a picture into a file for "
        "others.", "explorer", False, room=True,
    ),
    Action(
        "copy_pane", "Y", "Y", "copy pane", "Send the pane with the focus to the terminal's "
        "clipboard.", "explorer", False,
    ),
    Action("scenarios", "S,ctrl+s", "S", "scenarios", "Keep the edits under a name; open, compare, "
           "delete and export what was kept.", "explorer", False, room=True),
    Action("bring_in", "B", "B", "bring in", "Find an item, and the smallest change that would "
           "bring it into the list.", "explorer", False, room=True),
    Action("compare", "v", "v", "compare", "Compare with another run on the same data.",
           "explorer", False, room=True),
    Action("smallest_change", "c", "c", "send out", "The smallest change that would send "
           "the recommendation out of the list.", "recommendations"),
    Action(
        "categories", "C", "C", "categories", "What each category is about, and its name.",
        "explorer", False, room=True,
    ),
    Action("map", "M", "M", "map", "Items, interests and the list in two dimensions.", "explorer",
           False, room=True),
    Action("look_up", "F", "F", "find item", "Find an item by its title and open it.", "explorer",
           False, room=True),
    Action(
        "sort", "s", "s", "sort", "Sort by length, entropy, diversity of the list or rank of the "
        "held-out item.", "users",
    ),
    Action("remove", "d", "d", "remove", "Take the item under the cursor out.", "sequence"),
    Action("mute", "space", "space", "mute", "Hide the item from the model.", "sequence"),
    Action("move(-1)", "K", "K", "earlier", "Move the item one place earlier.",
           "sequence", False, room=True),
    Action("move(1)", "J", "J", "later", "Move the item one place later.",
           "sequence", False, room=True),
    Action("insert", "i", "i", "insert", "Add an item before the cursor.",
           "sequence", False, room=True),
    Action(
        "repeat", "full_stop", ".", "repeat", "Add the item under the cursor once more, behind it.",
        "sequence", False, room=True,
    ),
    Action("replace", "r", "r", "replace", "Put another item in this place.",
           "sequence", False, room=True),
    Action(
        "until_here", "t", "t", "until here", "Cut after the cursor: the list of that day, and "
        "the rank of what really came next.", "sequence",
    ),
    Action(
        "only_interest", "f", "f", "alone", "List items of this interest alone, or all again.",
        "interests",
    ),
    Action(
        "steer_by(-1)", "left", "←", "lower", "While steering: lower the intensity.", "interests",
    ),
    Action(
        "steer_by(1)", "right", "→", "raise", "While steering: raise the intensity.", "interests",
    ),
    Action(
        "steer_back", "0", "0", "reset", "Take all steering back.", "interests",
    ),
    Action("step(-1)", "left", "←", "before", "One step back in time.", "timeline"),
    Action("step(1)", "right", "→", "after", "One step on in time.", "timeline"),
    Action("step(-100000)", "home", "home", "first", "The first step.",
           "timeline", False, room=True),
    Action("step(100000)", "end", "end", "last", "The last step.", "timeline", False, room=True),
    Action(
        "go_there", "enter", "enter", "go there", "Cut the sequence after this step: the list of "
        "that day, and the rank of what really came next.", "timeline",
    ),
    Action(
        "take", "plus", "+", "take", "Add the recommendation to the sequence.", "recommendations"
    ),
    Action("tour", "g", "g", "tour", "Be shown around in six steps.", "tour", False),
    Action("tour_step(1)", "right", "→", "next step", "Go on with the tour.", "tour", False),
    Action("tour_step(-1)", "left", "←", "step before", "Go back in the tour.", "tour", False),
    Action(
        "tour_leave", "escape", "esc", "leave the tour", "Leave the tour; edits stay and can be "
        "undone.", "tour", False,
    ),
    Action("mark_run", "space", "space", "mark", "Mark a run to compare it with another.", "home",
           False, room=True),
    Action("compare_runs", "v", "v", "compare", "Compare the run under the cursor with the marked "
           "one, or with one to choose.", "home", False, room=True),
    Action("compare_pane('users')", "1", "1", "users", "Go to the users.", "compare", False),
    Action("compare_pane('sequence')", "2", "2", "sequence", "Go to the sequence.", "compare",
           False),
    Action("compare_pane('metrics')", "6", "6", "all users", "Go to the metrics over all users.",
           "compare", False),
    Action("measure", "m", "m", "measure", "Rank every user's held-out item with both runs; again "
           "to stop.", "compare", False, room=True),
    Action("take_compared", "plus", "+", "take", "Add the recommendation under the cursor to the "
           "sequence.", "compare", False, room=True),
    Action("side('first')", "3", "3", "list A", "Go to the left list.", "sides", False),
    Action("side('second')", "4", "4", "list B", "Go to the right list.", "sides", False),
    Action("side('agreement')", "5", "5", "agreement", "Go to what both lists have in common.",
           "sides", False),
    Action("swap", "x", "x", "swap", "Change sides.", "sides", False, room=True),
    Action(
        "hide", "h", "h", "hide", "Never recommend this item to this person.", "recommendations",
        False, room=True,
    ),
    Action(
        "show_hidden", "H", "H", "show hidden", "Recommend hidden items again.", "recommendations",
        False,
    ),
    Action(
        "only", "f", "f", "only", "List one category alone: a learned one, or of the metadata.",
        "recommendations", False, room=True,
    ),
    Action("diversity_by(-1)", "left", "←", "relevant", "A little more relevant.", "diversity"),
    Action("diversity_by(1)", "right", "→", "diverse", "A little more diverse.", "diversity"),
    Action("diversity_off", "0", "0", "off", "Back to the order of scores.",
           "diversity", False, room=True),
    Action("diversify_done", "enter", "enter", "done", "Leave the slider as it is.", "diversity"),
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
    Action("map_zoom(-1)", "minus", "-", "zoom out", "Zoom out around the cursor.",
           "map", False, room=True),
    Action("map_whole", "0", "0", "whole map", "The whole map again.", "map", False, room=True),
    Action("map_mark(1)", "n", "n", "next", "Go to the next recommendation.", "whole-map"),
    Action("map_mark(-1)", "p", "p", "previous", "Go to the recommendation before.",
           "whole-map", False, room=True),
    Action("map_light", "c", "c", "category", "Show one category after the other alone.", "map"),
    Action("map_axes", "x", "x", "axes", "Look along the next two axes.", "map"),
    Action("map_find", "f", "f", "find item", "Find an item by its title and go there.", "map"),
    Action("map_open", "enter", "enter", "details", "Everything about the nearest item.", "map"),
    Action("map_take", "a", "a", "add", "Add the nearest item to the sequence.", "whole-map"),
    Action("map_categories", "C", "C", "categories", "What each category is about.", "whole-map",
           False, room=True),
    Action("map_go('left')", "left", "←", "left", "Move the cursor to the left.", "map", False),
    Action("map_go('right')", "right", "→", "right", "Move the cursor to the right.", "map",
           False),
    Action("map_go('up')", "up", "↑", "up", "Move the cursor up.", "map", False),
    Action("map_go('down')", "down", "↓", "down", "Move the cursor down.", "map", False),
)  # fmt: skip


IF_ROOM = frozenset(action.name for action in ACTIONS if action.room)
"""Names of actions that a footer with room left shows too."""


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


def collisions(key_of: Callable[[Action], str]) -> Iterator[tuple[Action, Action]]:
    """Pairs of actions that share a key where both work. Enter may: a list hands it on to its
    screen. So may what works only for a while."""
    by_key: dict[str, list[Action]] = {}
    for action in ACTIONS:
        for key in key_of(action).split(","):
            by_key.setdefault(key, []).append(action)
    for key, actions in by_key.items():
        for first, second in combinations(actions, 2):
            handed_on = key == "enter" and "list" in (first.scope, second.scope)
            for_a_while = {first.plain_id, second.plain_id} & FOR_A_WHILE
            if together(first.scope, second.scope) and not handed_on and not for_a_while:
                yield first, second
