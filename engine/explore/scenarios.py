"""Scenarios: edits of a person's sequence that have a name and stay.

They belong to a dataset and a user, and lie in a JSON file of their own, written whole or not at
all. Items are kept by their source labels and found again in the data as it is by then; a file that
is not understood is never written over.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import ScenarioError
from engine.explore.versions import Entry, Version
from engine.library.contents import Interactions
from engine.own_files import make_private
from engine.training.runs import write_json

FORMAT, VERSION = "sigma-tui scenarios", 1
LONGEST_NAME = 60
"""Characters of a name."""
MOST = 200
"""Scenarios of one user."""
LARGEST_FILE = 32 << 20
"""Bytes that are read; a larger file is none of ours."""


Kept = dict[str, Any]
"""A scenario as it lies in the file, checked."""


@dataclass(frozen=True)
class Scenario:
    """A named set of edits. missing: items of it that the data no longer has; they are left out."""

    name: str
    version: Version
    missing: int = 0


class KeptScenarios:
    """The scenarios of one user.

    folder: of all scenarios; made at the first keeping. interactions: the dataset. user: the source
    label, None for a new person. original: the unedited sequence as it is now.
    """

    def __init__(
        self, folder: Path, interactions: Interactions, user: str | None, original: Sequence[int]
    ) -> None:
        self._interactions, self._user = interactions, user
        self._original = tuple(original)
        named = json.dumps([interactions.name, user]).encode("ascii")
        self.path = folder / f"{hashlib.sha256(named).hexdigest()[:24]}.json"

    def read(self) -> tuple[Scenario, ...]:
        """All of them, the oldest first. Raises ScenarioError if the file is not understood."""
        return self._found(self._kept())

    def keep(self, name: str, version: Version) -> tuple[Scenario, ...]:
        """Keeps edits under a name, in place of what had that name. Returns all scenarios.

        Raises ScenarioError if the name is impossible, there are too many, or nothing can be
        written.
        """
        name = name.strip()
        if not name or len(name) > LONGEST_NAME:
            raise ScenarioError(f"a scenario's name has 1 to {LONGEST_NAME} characters")
        labels = self._interactions.item_labels
        new = {
            "name": name,
            "original": [labels[item - 1] for item in version.original],
            "entries": [
                [labels[entry.item - 1], entry.origin, entry.muted] for entry in version.entries
            ],
            "cut": version.cut,
        }

        def changed(kept: list[Kept]) -> list[Kept]:
            places = [place for place, one in enumerate(kept) if one["name"] == name]
            if places:
                return [*kept[: places[0]], new, *kept[places[0] + 1 :]]
            if len(kept) >= MOST:
                raise ScenarioError(f"there are {MOST} scenarios already; delete some first")
            return [*kept, new]

        return self._write(changed)

    def remove(self, name: str) -> tuple[Scenario, ...]:
        """Forgets a scenario, if there is one of that name. Returns the others."""
        return self._write(lambda kept: [one for one in kept if one["name"] != name])

    def _write(self, changed: Callable[[list[Kept]], list[Kept]]) -> tuple[Scenario, ...]:
        """Reads, changes and writes while no other window of the app does."""
        try:
            make_private(self.path.parent)
            with FileLock(self.path.with_suffix(".lock"), timeout=10):
                kept = changed(self._kept())
                write_json(
                    self.path,
                    {
                        "format": FORMAT,
                        "version": VERSION,
                        "dataset": self._interactions.name,
                        "user": self._user,
                        "scenarios": kept,
                    },
                )
        except (OSError, Timeout) as error:
            raise ScenarioError(f"scenarios cannot be written to {self.path}: {error}.") from None
        return self._found(kept)

    def _kept(self) -> list[Kept]:
        """What the file holds, every value of the type it should have."""
        try:
            if self.path.stat().st_size > LARGEST_FILE:
                raise ValueError("it is too large")
            held = json.loads(self.path.read_text("utf-8"))
            if held["format"] != FORMAT:
                raise ValueError("it is of another kind")
            if isinstance(held["version"], int) and held["version"] > VERSION:
                raise ScenarioError(
                    f"{self.path} was written by a newer sigma-tui. Update this one to read it."
                )
            scenarios = held["scenarios"]
            for one in scenarios:
                _check(one)
            return list(scenarios)
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ScenarioError(
                f"the kept scenarios in {self.path} cannot be read ({str(error)[:100]}). Move the "
                "file away to begin anew."
            ) from None

    def _found(self, kept: list[Kept]) -> tuple[Scenario, ...]:
        wanted = {label for one in kept for label in _labels(one)}
        ids = {
            label: item
            for item, label in enumerate(self._interactions.item_labels, start=1)
            if label in wanted
        }
        return tuple(self._scenario(one, ids) for one in kept)

    def _scenario(self, one: Kept, ids: dict[str, int]) -> Scenario:
        """In terms of the data as it is now: an origin holds where the original still has the same
        item in that place; else the item counts as added."""
        entries, used = [], set()
        for label, origin, muted in one["entries"]:
            if label not in ids:
                continue
            known = isinstance(origin, int) and origin not in used
            known = known and 0 <= origin < min(len(self._original), len(one["original"]))
            if known and ids.get(one["original"][origin]) == self._original[origin]:
                used.add(origin)
                entries.append(Entry(ids[label], origin, muted))
            else:
                entries.append(Entry(ids[label], None, muted))
        version = Version(self._original, tuple(entries), cut=one["cut"])
        return Scenario(one["name"], version, missing=len(one["entries"]) - len(entries))


def exported(
    scenarios: Iterable[Scenario],
    interactions: Interactions,
    titles: Sequence[str],
    user: str | None,
) -> dict[str, Any]:
    """Scenarios for people and other programs: every line of every sequence beside the original.

    titles: of items 1..V. Marks are those of the screen: + added, - removed, ~ replaced, ↕ moved.
    """
    labels = interactions.item_labels

    def named(item: int) -> dict[str, str]:
        return {"item": labels[item - 1], "title": titles[item - 1]}

    return {
        "dataset": interactions.name,
        "fingerprint": interactions.fingerprint,
        "user": user,
        "scenarios": [
            {
                "name": one.name,
                "edits": one.version.edits(),
                "sequence": [named(item) for item in one.version.items],
                "lines": [
                    named(row.item)
                    | {"mark": row.mark, "muted": row.muted}
                    | ({} if row.was is None else {"was": named(row.was)})
                    for row in one.version.rows()
                ],
            }
            for one in scenarios
        ],
    }


def _labels(one: Kept) -> Iterable[str]:
    yield from one["original"]
    for label, _, _ in one["entries"]:
        yield label


def _check(one: Any) -> None:
    """Raises ValueError unless a scenario of a file has the form that one has."""
    ok = (
        isinstance(one, dict)
        and isinstance(one.get("name"), str)
        and 0 < len(one["name"]) <= LONGEST_NAME
        and isinstance(one.get("cut"), bool)
        and isinstance(one.get("original"), list)
        and all(isinstance(label, str) for label in one["original"])
        and isinstance(one.get("entries"), list)
        and all(_is_entry(entry) for entry in one["entries"])
    )
    if not ok:
        raise ValueError("a scenario in it is damaged")


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 3:
        return False
    label, origin, muted = entry
    number = origin is None or (isinstance(origin, int) and not isinstance(origin, bool))
    return isinstance(label, str) and number and isinstance(muted, bool)
