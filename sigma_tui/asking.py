"""From the labels that a person types to the item ids that the explorer takes, and back.

Shared by the commands that ask a model about one sequence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from engine.errors import QuestionError

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


@dataclass(frozen=True)
class Asked:
    """A sequence to ask about.

    user: the source label, or None for a new person. items: ids, oldest first. held_out: the item
    that really came next, if it is known.
    """

    user: str | None
    items: tuple[int, ...]
    held_out: int | None


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
    whole: bool = False,
) -> Asked:
    """The sequence that a command's options describe.

    user: a label; the last item of the history is held out, as in the explorer, unless ``whole``.
    items: labels separated by commas, a new person. append, without: edits by label, in this order.

    Raises QuestionError if neither or both of user and items are given, or a label is unknown.
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
    sequence += [item_of(explorer, label) for label in append]
    for label in without:
        item = item_of(explorer, label)
        if item not in sequence:
            raise QuestionError(f"item {label!r} is not in the sequence, so it cannot be left out")
        sequence = [other for other in sequence if other != item]
    return Asked(user, tuple(sequence), held_out)


def _unknown(kind: str, label: str, known: list[str]) -> str:
    near = get_close_matches(label, known[:50_000], n=3, cutoff=0.6)
    hint = f"; the nearest are {', '.join(near)}" if near else ""
    return f"there is no {kind} {label!r} in this dataset{hint}"
