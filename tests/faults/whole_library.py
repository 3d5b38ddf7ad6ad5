"""What a library holds, every part of it, to be compared with what it should."""

from dataclasses import dataclass
from pathlib import Path

from engine.library.library import Library


@dataclass(frozen=True)
class Held:
    """A dataset as the library gives it back, every part of it."""

    fingerprint: str
    facts: tuple[object, ...]

    @classmethod
    def of(cls, library: Library, name: str) -> "Held":
        """Raises AssertionError unless its parts belong together."""
        summary, read = library.summary(name), library.interactions(name)
        catalogue = library.catalogue(name)
        assert len(read.items) == summary.interactions and len(read.users) == summary.users
        assert len(catalogue.labels) == summary.items
        assert int(catalogue.popularity.sum()) == summary.interactions
        sizes = (summary.users, summary.items, summary.interactions, summary.max_length)
        return cls(summary.fingerprint, (sizes, tuple(read.users), read.items.tobytes()))


def held(path: Path) -> dict[str, Held]:
    """All datasets of a library."""
    with Library.open(path) as library:
        return {one.name: Held.of(library, one.name) for one in library.datasets()}
