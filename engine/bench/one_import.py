"""One measurement in a process of its own, whose peak memory is that of the work alone.

    python -m engine.bench.one_import plain|import SOURCE TITLES FOLDER [CANCEL_AFTER]

prints JSON: see ``plain`` and ``full``. TITLES may be an empty text. FOLDER is empty and takes the
database.
"""

import json
import resource
import sys
import time
from concurrent.futures import CancelledError
from itertools import pairwise
from pathlib import Path

import duckdb

from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.library.private import THREADS

K_CORE = 5


def plain(source: Path, folder: Path) -> dict[str, float]:
    """DuckDB's own reading of a CSV file into a table of a new database.

    Returns ``rows``, how many there are, ``statement``, the seconds of the one statement, and
    ``seconds``, from opening the database until it is closed.
    """
    started = time.perf_counter()
    with duckdb.connect(folder / "plain.duckdb") as connection:
        connection.execute(f"SET threads = {THREADS}")
        connection.execute("SET enable_progress_bar = false")  # it would be drawn into our JSON
        text = str(source).replace("'", "''")
        began = time.perf_counter()
        made = connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{text}')").fetchall()
        statement = time.perf_counter() - began
    seconds = time.perf_counter() - started
    return {"rows": made[0][0], "statement": statement, "seconds": seconds}


def full(
    source: Path, titles: Path | None, folder: Path, cancel_after: float | None
) -> dict[str, float]:
    """An import with 5-core filtering and titles.

    cancel_after: seconds until it is cancelled, or None.
    Returns ``seconds``, and ``gap``, the longest time in seconds without a word of progress;
    of an import that was cancelled ``cancel``, the seconds from the request to the return, and
    ``left``, the datasets then in the library.
    """
    library = folder / "library.duckdb"
    started = time.perf_counter()
    told = [started]
    due = float("inf") if cancel_after is None else started + cancel_after
    result: dict[str, float] = {}
    try:
        import_source(
            library,
            ImportRequest(source, "made", items=titles, k_core=K_CORE),
            lambda _progress: told.append(time.perf_counter()),
            lambda: time.perf_counter() >= due,
        )
    except CancelledError:
        result["cancel"] = time.perf_counter() - due
        with Library.open(library) as opened:
            result["left"] = len(opened.datasets())
    told.append(time.perf_counter())
    result["seconds"] = told[-1] - started
    result["gap"] = max(after - before for before, after in pairwise(told))
    return result


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # the other count includes what the parent held when it started us
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    what, source, titles, folder, *cancel = sys.argv[1:]
    if what == "plain":
        found = plain(Path(source), Path(folder))
    else:
        about = Path(titles) if titles else None
        found = full(Path(source), about, Path(folder), float(cancel[0]) if cancel else None)
    print(json.dumps({**found, "peak_mib": peak_mib()}))
