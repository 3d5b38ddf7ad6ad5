"""What an analysis is of: a person's sequence, how the list is made, and where all is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.explore.versions import Version
from sigma_tui.typed.asking import Asked


@dataclass(frozen=True)
class Subject:
    """What is asked.

    asked: whose sequence, with its edits. k, hidden, only, steering, diversity_weight: as
    ``Explorer.answer`` takes them. scenarios: other versions of the same original, by name.
    run: name for the command line. library: of the run's data, where it is not the usual one.
    """

    asked: Asked
    run: str
    k: int = 10
    hidden: frozenset[int] = frozenset()
    only: int | str | None = None
    steering: Mapping[int, float] = field(default_factory=dict)
    diversity_weight: float = 0.0
    scenarios: tuple[tuple[str, Version], ...] = ()
    library: Path | None = None
