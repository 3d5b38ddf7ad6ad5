"""What-if as values: a sequence, the edits made to it, and how the two compare.

A ``Version`` is the original and what it has become; every edit returns a new one. A ``Journey`` is
the chain of versions with undo and redo. Both are immutable: the screen keeps one and replaces it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.errors import QuestionError

Mark = Literal["", "+", "-", "~", "↕"]
"""Of a row beside the original: unchanged, added, removed, replaced, moved."""


def shown_part(history: Sequence[int]) -> tuple[tuple[int, ...], int | None]:
    """The part of a user's history that edits begin from, and the item that is held out: the last
    one, unless it is the only one."""
    items = tuple(history)
    return (items[:-1], items[-1]) if len(items) > 1 else (items, None)


@dataclass(frozen=True)
class Entry:
    """One place of an edited sequence. origin: its place in the original, None if it was added.
    muted: kept in place, but not seen by the model."""

    item: int
    origin: int | None
    muted: bool = False


@dataclass(frozen=True)
class Row:
    """One line of an edited sequence as it is shown.

    item: of the line. mark: see ``Mark``. place: in the edited sequence; None for a removed item,
    which is shown where it was. was: the item that a replaced one stood for.
    """

    item: int
    mark: Mark
    place: int | None
    muted: bool = False
    was: int | None = None


@dataclass(frozen=True)
class Version:
    """An edited sequence. original: item ids, oldest first. entries: what it is now. cut: whether
    its end was cut off by "until here", so that the original tells what really came next."""

    original: tuple[int, ...]
    entries: tuple[Entry, ...]
    cut: bool = False

    @classmethod
    def of(cls, original: Sequence[int]) -> "Version":
        """The unedited sequence."""
        items = tuple(original)
        return cls(items, tuple(Entry(item, place) for place, item in enumerate(items)))

    @property
    def items(self) -> tuple[int, ...]:
        """What the model is given: the items that are not muted."""
        return tuple(entry.item for entry in self.entries if not entry.muted)

    @property
    def is_original(self) -> bool:
        """Whether no edit is left."""
        return self == Version.of(self.original)

    def insert(self, place: int, item: int) -> "Version":
        """Adds an item before a place; at ``len(entries)`` it comes last."""
        self._check(place, len(self.entries) + 1)
        return self._with((*self.entries[:place], Entry(item, None), *self.entries[place:]))

    def remove(self, place: int) -> "Version":
        """Takes an item out."""
        self._check(place, len(self.entries))
        return self._with((*self.entries[:place], *self.entries[place + 1 :]))

    def move(self, place: int, to: int) -> "Version":
        """Moves an item to another place."""
        self._check(place, len(self.entries))
        self._check(to, len(self.entries))
        rest = [*self.entries[:place], *self.entries[place + 1 :]]
        rest.insert(to, self.entries[place])
        return self._with(tuple(rest))

    def swap(self, place: int, item: int) -> "Version":
        """Puts another item in the place of one; the place remembers its origin."""
        self._check(place, len(self.entries))
        entry = self.entries[place]
        origin = entry.origin
        return self._with((*self.entries[:place], Entry(item, origin), *self.entries[place + 1 :]))

    def mute(self, place: int) -> "Version":
        """Hides an item from the model, or shows it again."""
        self._check(place, len(self.entries))
        entry = self.entries[place]
        other = replace(entry, muted=not entry.muted)
        return self._with((*self.entries[:place], other, *self.entries[place + 1 :]))

    def until(self, place: int) -> "Version":
        """Cuts everything after a place: "until here"."""
        self._check(place, len(self.entries))
        if place == len(self.entries) - 1:
            return self
        return Version(self.original, self.entries[: place + 1], cut=True)

    def edits(self) -> int:
        """How many lines differ from the original."""
        return sum(bool(row.mark) or row.muted for row in self.rows())

    def next_of_original(self) -> int | None:
        """What came next in the original after "until here"; None if there was none, or if what is
        left is no longer a beginning of the original."""
        kept = len(self.entries)
        if (
            not self.cut
            or kept >= len(self.original)
            or self.entries != Version.of(self.original).entries[:kept]
        ):
            return None
        return self.original[kept]

    def rows(self) -> tuple[Row, ...]:
        """The edited sequence beside the original: every line of both, in reading order."""
        origins = [entry.origin for entry in self.entries]
        kept = [origin for origin in origins if origin is not None]
        stays = longest_rising(kept)
        rows: list[Row] = []
        shown = 0  # places of the original before this one are shown or were found elsewhere
        here = set(kept)
        for place, entry in enumerate(self.entries):
            origin = entry.origin
            if origin is not None and origin in stays:
                rows.extend(
                    Row(self.original[gone], "-", None)
                    for gone in range(shown, origin)
                    if gone not in here
                )
                shown = max(shown, origin + 1)
            rows.append(self._row(place, entry, stays))
        rows.extend(
            Row(self.original[gone], "-", None)
            for gone in range(shown, len(self.original))
            if gone not in here
        )
        return tuple(rows)

    def _row(self, place: int, entry: Entry, stays: set[int]) -> Row:
        if entry.origin is None:
            return Row(entry.item, "+", place, entry.muted)
        was = self.original[entry.origin]
        if was != entry.item:
            return Row(entry.item, "~", place, entry.muted, was)
        mark: Mark = "" if entry.origin in stays else "↕"
        return Row(entry.item, mark, place, entry.muted)

    def _with(self, entries: tuple[Entry, ...]) -> "Version":
        return Version(self.original, entries, self.cut)

    def _check(self, place: int, stop: int) -> None:
        if not 0 <= place < stop:
            raise QuestionError(f"there is no place {place + 1} in a sequence of {stop}")


def longest_rising(numbers: list[int]) -> set[int]:
    """A longest rising subsequence: the items that kept their order, so that the rest moved."""
    ends: list[int] = []  # the smallest end of a rising run of each length
    lengths: list[int] = []
    for number in numbers:
        length = bisect_left(ends, number)
        ends[length : length + 1] = [number]
        lengths.append(length)
    chosen: set[int] = set()
    wanted = len(ends) - 1
    for number, length in zip(reversed(numbers), reversed(lengths), strict=True):
        if length == wanted:
            chosen.add(number)
            wanted -= 1
    return chosen


@dataclass(frozen=True)
class Journey:
    """Versions of one sequence with undo and redo, without limit.

    past: earlier versions, oldest first. now: the present one. future: undone ones, nearest first.
    """

    past: tuple[Version, ...]
    now: Version
    future: tuple[Version, ...]

    @classmethod
    def start(cls, original: Sequence[int]) -> "Journey":
        """No edit yet."""
        return cls((), Version.of(original), ())

    def to(self, version: Version) -> "Journey":
        """Goes on to a new version; what was undone is forgotten. An equal one changes nothing."""
        if version == self.now:
            return self
        return Journey((*self.past, self.now), version, ())

    def undo(self) -> "Journey":
        """One step back, if there is one."""
        if not self.past:
            return self
        return Journey(self.past[:-1], self.past[-1], (self.now, *self.future))

    def redo(self) -> "Journey":
        """One step forward again, if there is one."""
        if not self.future:
            return self
        return Journey((*self.past, self.now), self.future[0], self.future[1:])

    def reset(self) -> "Journey":
        """Back to the original, as a step that can be undone."""
        return self.to(Version.of(self.now.original))
