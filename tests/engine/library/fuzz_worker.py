"""Imports damaged files one after the other and tells of each; a process of its own, as a file may
crash or hang it.

    python fuzz_worker.py FIRST LAST STEP

Prints the number of a file before it is touched, then what became of it: ``kept``, ``refused`` or,
with a traceback, ``failed``. Anything that would start a program, speak to the network or write
outside of the folder it runs in is a failure too.
"""

import json
import os
import sys
import traceback
from pathlib import Path

import duckdb
from mutated_files import CORPUS, mutated

from engine.errors import LibraryError, SourceError
from engine.library import draft as drafting
from engine.library import recognition
from engine.library.draft import Draft
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.library.private import private_database

IMPORTED = 20
"""One of so many files is imported whole; the others are drafted, which is all but the writing."""

FORBIDDEN = (
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "socket.connect", "socket.getaddrinfo", "socket.bind", "pickle.find_class",
    "ctypes.dlopen", "os.symlink", "os.putenv",
)  # fmt: skip
acted: list[str] = []


def watch_actions(home: Path) -> None:
    """Notes what no import has any business to do."""
    inside = os.path.realpath(home) + os.sep

    def look(event: str, arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN:
            acted.append(f"{event} {arguments!r}")
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & 3:
            name = os.fsdecode(arguments[0]) if not isinstance(arguments[0], int) else inside
            if not os.path.realpath(name).startswith(inside):
                acted.append(f"writes {name!r}")

    sys.addaudithook(look)


def corpus() -> dict[str, bytes]:
    """The kept files, and two of formats that are made here, as they are no text."""
    files = {path.name: path.read_bytes() for path in sorted(CORPUS.iterdir())}
    made = f"read_csv('{CORPUS / 'ratings.csv'}')"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM {made}) TO 'made.parquet' (FORMAT parquet)")
        connection.execute("ATTACH 'made.duckdb' AS made (BLOCK_SIZE 16384)")
        connection.execute(f"CREATE TABLE made.clicks AS FROM {made}")
    for name in ("made.parquet", "made.duckdb"):
        files[name] = Path(name).read_bytes()
        Path(name).unlink()
    return files


class Opened:
    """One DuckDB for many files: opening it takes thirty times as long as reading one of them.

    Each caller gets a connection of its own to an empty database of its own, set as the real ones.
    """

    def __init__(self, scratch: Path) -> None:
        self.instance = private_database(scratch)
        self.number = 0

    def connection(self, *_scratch: Path) -> duckdb.DuckDBPyConnection:
        self.number += 1
        if self.number > 1:
            self.instance.execute(f"DETACH DATABASE IF EXISTS own{self.number - 2}")
        opened = self.instance.cursor()
        opened.execute(f"ATTACH ':memory:' AS own{self.number}")
        opened.execute(f"USE own{self.number}")
        return opened


def try_file(draft: Draft, path: Path, *, whole: bool) -> str:
    """What became of a file. Raises whatever is no sentence for a person."""
    request = ImportRequest(path, "it", replace=True)
    try:
        look = draft.look(request)
        if look.found is None:
            return "refused"
        if look.missing and len(look.found.columns) >= 2:  # as a person would, who is asked
            user, item = look.found.columns[:2]
            request = ImportRequest(path, "it", replace=True, roles={"user": user, "item": item})
            look = draft.look(request)
        if look.missing:
            return "refused"
        kept = draft.keep(request, look)
        assert kept.left.interactions <= kept.read.interactions
        if whole and kept.left.interactions:
            check_import(request)
        return "kept"
    except (SourceError, LibraryError) as error:
        text = str(error)
        assert text and "\n" not in text.replace(path.name, "") and len(text) < 4000, text[:5000]
        return "refused"


def check_import(request: ImportRequest) -> None:
    """Imports, and reads back what the report says."""
    summary = import_source(Path("library.duckdb"), request).summary
    with Library.open(Path("library.duckdb")) as library:
        read, catalogue = library.interactions("it"), library.catalogue("it")
    assert len(read.items) == summary.interactions == int(read.offsets[-1])
    assert len(read.users) == summary.users and len(catalogue.labels) == summary.items
    assert read.items.min() >= 1 and read.items.max() <= summary.items


def main(first: int, last: int, step: int) -> None:
    files = corpus()
    before = {path.name for path in Path().iterdir()}
    watch_actions(Path.cwd())
    opened = Opened(Path.cwd())
    real = drafting.private_database, recognition.isolated
    with Draft(Path("library.duckdb")) as draft:
        for number in range(first, last, step):
            whole = number % IMPORTED == 0
            drafting.private_database, recognition.isolated = (
                real if whole else (opened.connection, opened.connection)
            )
            print(number, flush=True)
            name, content = mutated(number, files)
            path = Path(name)
            path.write_bytes(content)
            try:
                outcome = try_file(draft, path, whole=whole)
                assert not acted, list(acted)
            except BaseException:
                acted.clear()
                outcome = "failed " + json.dumps(traceback.format_exc()[-3000:])
            print(outcome, flush=True)
            path.unlink()
        draft._forget()
    extra = {path.name for path in Path().iterdir()} - before - {"library.duckdb"}
    print("left " + json.dumps(sorted(extra)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
