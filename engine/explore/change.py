"""Changes of a sequence that make a difference, and how far a search for the smallest has come.

Plain values; the search is in smallest_change.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.explore.versions import Version

Stage = Literal["one removal", "one added item", "two removals", "more removals"]
Aim = Literal["in", "out"]


@dataclass(frozen=True)
class Budget:
    """How much may be tried. sequences: scored by the model. seconds: of wall-clock time."""

    sequences: int = 20_000
    seconds: float = 30.0

    def times(self, factor: int) -> "Budget":
        """So many times as much."""
        return Budget(self.sequences * factor, self.seconds * factor)


@dataclass(frozen=True)
class Change:
    """A change that does it.

    removed: places in the sequence that was asked about, from 0, rising. added: an item at its end.
    rank: of the item after the change, from 1, among what may be recommended then.
    """

    removed: tuple[int, ...]
    added: int | None
    rank: int

    @property
    def size(self) -> int:
        """Edits."""
        return len(self.removed) + (self.added is not None)

    def of(self, items: Sequence[int]) -> list[int]:
        """The changed sequence."""
        gone = set(self.removed)
        kept = [item for place, item in enumerate(items) if place not in gone]
        return kept if self.added is None else [*kept, self.added]

    def applied_to(self, version: Version) -> Version:
        """The same change of an edited sequence; ``version.items`` is what was asked about."""
        seen = [place for place, entry in enumerate(version.entries) if not entry.muted]
        for place in reversed(self.removed):
            version = version.remove(seen[place])
        return version if self.added is None else version.insert(len(version.entries), self.added)


@dataclass(frozen=True)
class Searched:
    """How far a search has come.

    aim: ``in`` brings the item into the list, ``out`` sends it out. rank: of the item before any
    change; None in an empty sequence, or where the item is part of the sequence. stage: that is
    worked on, with ``done`` of ``whole`` changes tried. scored, seconds: what was used of the
    budget. found: changes that do it, removals and added items, the fewest edits first, then the
    strongest; of each kind a few, of ``count`` in all. complete: stages in which all there is was
    tried. tried: all stages that were begun, with the changes tried and those there are. ended:
    whether this is the last word.
    """

    aim: Aim
    rank: int | None
    stage: Stage
    done: int
    whole: int
    scored: int
    seconds: float
    found: tuple[Change, ...]
    count: int
    complete: frozenset[Stage]
    tried: tuple[tuple[Stage, int, int], ...]
    ended: bool

    def is_smallest(self, change: Change) -> bool:
        """Whether it is certain that no fewer edits of this kind do it."""
        smaller: tuple[Stage, ...] = ("one removal", "two removals")
        return change.size == 1 or (
            change.size <= 3 and self.complete.issuperset(smaller[: change.size - 1])
        )
