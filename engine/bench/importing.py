"""Imports against what DuckDB needs to read the same file: time, memory, progress, cancellation."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.bench.measurement import Timing, ratio
from engine.errors import SourceError
from engine.library.private import THREADS

CANCEL_AT = (0.2, 0.5, 0.8)
"""Fractions of an import's usual time after which one is cancelled."""


@dataclass(frozen=True)
class ImportTimes:
    """What was measured; times in seconds, memory in MiB.

    rows: of the file. threads: of DuckDB, in both. plain: its reading of the CSV file into a table,
    from opening the database to closing it; statement: of that, the one statement. full: our import
    with 5-core filtering and titles. plain_peak, full_peak: most memory held. gap: longest time
    without a word of progress. cancel: from a cancellation to the return, one for each of
    ``CANCEL_AT``.
    """

    rows: int
    threads: int
    plain: Timing
    statement: Timing
    full: Timing
    plain_peak: Timing
    full_peak: Timing
    gap: Timing
    cancel: Timing

    @property
    def ratio(self) -> Timing:
        """How many times as long as DuckDB's reading an import takes."""
        return ratio(self.full, self.plain)

    @property
    def statement_ratio(self) -> Timing:
        """How many times as long as the statement alone."""
        return ratio(self.full, self.statement)


def measure_imports(
    source: Path,
    titles: Path | None,
    *,
    repeats: int,
    tell: Callable[[str], None] = lambda _step: None,
) -> ImportTimes:
    """Measures imports of a CSV file, in turn with plain readings, each in a fresh process.

    source: with user, item and anything else that ``recognise`` knows. titles: a file of items;
    None takes one found beside the source. tell: told each step.
    Raises SourceError if the file cannot be imported.
    """
    for what in ("plain", "import"):
        tell(f"warming up: {what}")
        _measured(what, source, titles)
    plain, full = [], []
    for repeat in range(repeats):
        tell(f"measuring {repeat + 1} of {repeats}")
        plain.append(_measured("plain", source, titles))
        full.append(_measured("import", source, titles))
    seconds = Timing.of([found["seconds"] for found in full])
    cancelled = []
    for fraction in CANCEL_AT:
        tell(f"cancelling at {fraction:.0%}")
        found = _measured("import", source, titles, seconds.median * fraction)
        assert not found.get("left"), "a cancelled import left a dataset"
        cancelled.append(found.get("cancel", 0.0))  # it had ended before
    return ImportTimes(
        rows=round(plain[0]["rows"]),
        threads=THREADS,
        plain=Timing.of([found["seconds"] for found in plain]),
        statement=Timing.of([found["statement"] for found in plain]),
        full=seconds,
        plain_peak=Timing.of([found["peak_mib"] for found in plain]),
        full_peak=Timing.of([found["peak_mib"] for found in full]),
        gap=Timing.of([found["gap"] for found in full]),
        cancel=Timing.of(cancelled),
    )


def _measured(
    what: str, source: Path, titles: Path | None, cancel_after: float | None = None
) -> dict[str, float]:
    """One measurement; see ``one_import``. Its database lies on the disk of the source."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=source.parent) as folder:
        arguments = [what, str(source), str(titles or ""), folder]
        if cancel_after is not None:
            arguments.append(str(cancel_after))
        done = subprocess.run(
            [sys.executable, "-m", "engine.bench.one_import", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise SourceError(f"{source} cannot be imported: {reason}")
    found: dict[str, float] = json.loads(done.stdout)
    return found
