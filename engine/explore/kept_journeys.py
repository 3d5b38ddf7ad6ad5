"""Journeys as plain values that JSON can hold, and back; what comes back is checked.

A version is written as what differs from the one before it, so that a thousand edits of a sequence
of two hundred items are some ten kilobytes: ``[kept at the start, kept at the end, entries between,
cut]``, each entry ``[item, origin, muted]``. The first differs from the original.
"""

from collections.abc import Iterable
from typing import Any

from engine.explore.versions import Entry, Journey, Version

MOST_ENTRIES = 5_000_000
"""Places in all versions of a journey together; a file that asks for more is not believed."""


def journey_as_plain(journey: Journey) -> dict[str, Any]:
    """A journey: the original's item ids, all versions in order, and which is the present one."""
    versions = (*journey.past, journey.now, *journey.future)
    original = journey.now.original
    before = Version.of(original)
    steps = []
    for version in versions:
        steps.append(_step(before, version))
        before = version
    return {"original": list(original), "versions": steps, "now": len(journey.past)}


def journey_from_plain(plain: object, *, original: tuple[int, ...], items: int) -> Journey | None:
    """The journey that was written; None if it is not one of this sequence.

    plain: anything, as JSON gave it. original: what the sequence is today. items: V; every item id
    must be in 1..V.
    """
    if not isinstance(plain, dict) or plain.get("original") != list(original):
        return None
    steps, place = plain.get("versions"), plain.get("now")
    if not isinstance(steps, list) or not isinstance(place, int) or not _within(place, len(steps)):
        return None
    versions: list[Version] = []
    before, entries = Version.of(original), 0
    for step in steps:
        version = _version(before, step, items)
        if version is None:
            return None
        entries += len(version.entries) + 1
        if entries > MOST_ENTRIES:
            return None
        versions.append(version)
        before = version
    past, now, future = versions[:place], versions[place], versions[place + 1 :]
    return Journey(tuple(past), now, tuple(future))


def _step(before: Version, now: Version) -> list[Any]:
    """What differs between two versions."""
    start = _common(before.entries, now.entries)
    rest = min(len(before.entries), len(now.entries)) - start
    end = min(rest, _common(reversed(before.entries), reversed(now.entries)))
    between = now.entries[start : len(now.entries) - end]
    return [start, end, [[e.item, e.origin, e.muted] for e in between], now.cut]


def _common(first: Iterable[Entry], second: Iterable[Entry]) -> int:
    """How many entries both begin with."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one is not other and one != other:
            break
        count += 1
    return count


def _version(before: Version, step: object, items: int) -> Version | None:
    if not isinstance(step, list) or len(step) != 4:
        return None
    start, end, between, cut = step
    known = len(before.entries)
    if not (_within(start, known + 1) and _within(end, known - start + 1)):
        return None
    if not isinstance(between, list) or not isinstance(cut, bool):
        return None
    entries = []
    for value in between:
        entry = _entry(value, items, len(before.original))
        if entry is None:
            return None
        entries.append(entry)
    kept = before.entries
    everything = (*kept[:start], *entries, *kept[known - end :])
    origins = [entry.origin for entry in everything if entry.origin is not None]
    if len(set(origins)) != len(origins):  # an item of the original is in one place
        return None
    return Version(before.original, everything, cut)


def _entry(value: object, items: int, places: int) -> Entry | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    item, origin, muted = value
    if not _within(item, items + 1) or item == 0 or not isinstance(muted, bool):
        return None
    if origin is not None and not _within(origin, places):
        return None
    return Entry(item, origin, muted)


def _within(value: object, stop: int) -> bool:
    """Whether a value is an integer in 0..stop - 1; JSON's true is none."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < stop
