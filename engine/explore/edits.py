"""Edits as values: what was done to a sequence, so that it can be said, sent and done again.

``steps_to`` finds edits that lead from a version's original to it, whatever way the person took;
``Edit.of`` does one. Places count from 0 in the sequence as it is when the edit's turn comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.errors import QuestionError
from engine.explore.versions import Version, longest_rising

Kind = Literal["add", "insert", "remove", "move", "replace", "mute", "until"]


@dataclass(frozen=True)
class Edit:
    """One edit. kind: see ``Version``'s methods; ``add`` inserts at the end. place: of all but
    ``add``. item: id, of ``add``, ``insert`` and ``replace``. to: of ``move``."""

    kind: Kind
    place: int | None = None
    item: int | None = None
    to: int | None = None

    def of(self, version: Version) -> Version:
        """The version after this edit. Raises QuestionError for a place that is not there, or if
        something is missing that this kind needs."""
        match self:
            case Edit("add", None, int(item), None):
                return version.insert(len(version.entries), item)
            case Edit("insert", int(place), int(item), None):
                return version.insert(place, item)
            case Edit("replace", int(place), int(item), None):
                return version.swap(place, item)
            case Edit("move", int(place), None, int(to)):
                return version.move(place, to)
            case Edit("remove", int(place), None, None):
                return version.remove(place)
            case Edit("mute", int(place), None, None):
                return version.mute(place)
            case Edit("until", int(place), None, None):
                return version.until(place)
        raise QuestionError(f"{self} is not an edit: something is missing, or too much")


def after(version: Version, edits: Iterable[Edit]) -> Version:
    """The version after some edits, in their order. Raises QuestionError as ``Edit.of``."""
    for edit in edits:
        version = edit.of(version)
    return version


def steps_to(version: Version) -> tuple[Edit, ...]:
    """Edits that make a version out of its original: replaced, muted, cut, taken out, moved, and
    last what was added."""
    kept = [entry.origin for entry in version.entries if entry.origin is not None]
    steps: list[Edit] = []
    for entry in version.entries:
        if entry.origin is None:
            continue
        if entry.item != version.original[entry.origin]:
            steps.append(Edit("replace", entry.origin, entry.item))
        if entry.muted:
            steps.append(Edit("mute", entry.origin))
    end = len(version.original)
    if version.cut and kept and max(kept) + 1 < end:
        end = max(kept) + 1
        steps.append(Edit("until", end - 1))
    gone = set(range(end)) - set(kept)
    steps.extend(Edit("remove", place) for place in sorted(gone, reverse=True))
    steps.extend(_moves(sorted(kept), kept))
    count = len(kept)
    for place, entry in enumerate(version.entries):
        if entry.origin is None:
            last = place == count
            steps.append(Edit("add", None, entry.item) if last else
                         Edit("insert", place, entry.item))  # fmt: skip
            count += 1
            if entry.muted:
                steps.append(Edit("mute", place))
    return tuple(steps)


def _moves(now: list[int], wanted: list[int]) -> list[Edit]:
    """Moves from one order to another; what kept its order stays."""
    stays = longest_rising(wanted)
    moves = []
    for place, origin in enumerate(wanted):
        if origin in stays:
            continue
        start = now.index(origin)
        now.remove(origin)
        to = 0 if place == 0 else now.index(wanted[place - 1]) + 1
        now.insert(to, origin)
        moves.append(Edit("move", start, None, to))
    return moves
