"""From the labels that a person types to the item ids that the explorer takes, and back.

Shared by the commands that ask a model about one sequence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import QuestionError
from engine.explore.versions import Version
from sigma_tui.typed.edit_words import edit_from

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


@dataclass(frozen=True)
class Asked:
    """A sequence to ask about.

    user: the source label, or None for a new person. version: the sequence with its edits.
    held_out: the item that really came next after the original, if it is known.
    """

    user: str | None
    version: Version
    held_out: int | None

    @property
    def items(self) -> tuple[int, ...]:
        """What the model is given, oldest first."""
        return self.version.items

    @property
    def is_cut(self) -> bool:
        """Whether ``target`` is what came next after "until here", not the held-out item."""
        return self.version.next_of_original() is not None

    @property
    def target(self) -> int | None:
        """The item to be ranked: what really came next."""
        following = self.version.next_of_original()
        return self.held_out if following is None else following


def item_of(explorer: "Explorer", label: str) -> int:
    """The id of an item label; QuestionError suggests the nearest labels."""
    labels = explorer.catalogue.labels
    try:
        return labels.index(label) + 1
    except ValueError:
        raise QuestionError(_unknown("item", label, labels)) from None


def user_of(explorer: "Explorer", label: str) -> int:
    """The index of a user label; QuestionError suggests the nearest labels."""
    users = explorer.interactions.users
    try:
        return users.index(label)
    except ValueError:
        raise QuestionError(_unknown("user", label, users)) from None


def asked_sequence(
    explorer: "Explorer",
    *,
    user: str | None,
    items: str | None,
    append: Sequence[str] = (),
    without: Sequence[str] = (),
    edits: Sequence[str] = (),
    whole: bool = False,
) -> Asked:
    """The sequence that a command's options describe.

    user: a label; the last item of the history is held out, as in the explorer, unless ``whole``.
    items: labels separated by commas, a new person. append, without: edits by label; edits: as
    edit_words.py spells them; all in this order.

    Raises QuestionError if neither or both of user and items are given, a label is unknown, or an
    edit is none.
    """

    if (user is None) == (items is None):
        raise QuestionError("say whose sequence: either --user ID or --items ID,ID,…")
    held_out = None
    if user is not None:
        history = explorer.history(user_of(explorer, user))
        if whole:
            sequence = list(history)
        else:
            sequence, held_out = list(history[:-1]), history[-1]
    else:
        labels = [label.strip() for label in (items or "").split(",")]
        sequence = [item_of(explorer, label) for label in labels if label]
    version = Version.of(sequence)
    for label in append:
        version = version.insert(len(version.entries), item_of(explorer, label))
    for label in without:
        item = item_of(explorer, label)
        if item not in version.items:
            raise QuestionError(f"item {label!r} is not in the sequence, so it cannot be left out")
        for place in reversed(range(len(version.entries))):
            if version.entries[place].item == item:
                version = version.remove(place)
    return Asked(user, edited(version, edits, explorer), held_out)


def edited(version: Version, edits: Sequence[str], explorer: "Explorer") -> Version:
    """A version after edits in words. Raises QuestionError."""
    for words in edits:
        version = edit_from(words, partial(item_of, explorer)).of(version)
    return version


def _unknown(kind: str, label: str, known: list[str]) -> str:
    near = get_close_matches(label, known[:50_000], n=3, cutoff=0.6)
    hint = f"; the nearest are {', '.join(near)}" if near else ""
    return f"there is no {kind} {label!r} in this dataset{hint}"
