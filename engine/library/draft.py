"""A draft of an import: what would be read and kept, told while a person still chooses.

The source is read once and stays in a private database; a change of the rules is tried on it in a
transaction that is rolled back. The steps are the import's own, so what a draft tells is what an
import does.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from engine.errors import LibraryError, SourceError
from engine.library.cleaning import Cleaned, clean
from engine.library.head import HEAD_BYTES
from engine.library.library import Counts, Reject, Rule, iso
from engine.library.private import enough_memory, private_database
from engine.library.query import tables_of
from engine.library.recognition import (
    Format,
    Recognition,
    missing_roles,
)
from engine.library.request import (
    ImportRequest,
    is_database,
    looked_at,
    readable,
    whole_while_read,
)
from engine.library.roles import Role, listed
from engine.library.rules import ITEMS, USERS
from engine.library.staging import Staged, stage
from engine.library.watch import Progress, Watch
from engine.own_files import make_private
from engine.scratch import ScratchFolder

FIRST_ROWS = 20
REJECTS = 100


@dataclass(frozen=True)
class FirstRow:
    """One interaction as it will be read. time: ISO, in UTC. categories: of the item."""

    user: str
    item: str
    time: str | None
    rating: float | None
    title: str | None
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What a source is taken for, without reading it.

    found, items: recognition of the source and of the file with titles; found is None as long as
    it is not known which table of a DuckDB file is meant. tables: of a DuckDB file. missing: roles
    that somebody must name before it can be read. rows: the first ones of a long text file.
    """

    found: Recognition | None
    items: Recognition | None
    tables: tuple[str, ...]
    missing: tuple[Role, ...]
    rows: tuple[FirstRow, ...]


@dataclass(frozen=True)
class Kept:
    """What an import would keep.

    rows: the first ones. read: counts before any rule. rules: each with counts before and after.
    rejected: rows that cannot be read. rejects: the first of them, by line.
    """

    rows: tuple[FirstRow, ...]
    read: Counts
    rules: tuple[Rule, ...]
    rejected: int
    rejects: tuple[Reject, ...]

    @property
    def left(self) -> Counts:
        """Counts after the last rule."""
        return self.rules[-1].after


@dataclass(frozen=True)
class _Reading:
    """A source in a private database."""

    connection: duckdb.DuckDBPyConnection
    staged: Staged
    items: Staged | None


class Draft:
    """Looks and counts for one import. Use as a context manager, in one thread at a time.

    library: the file that would be imported into; what does not fit into memory goes beside it.
    Raises LibraryError if nothing can be written there.
    """

    def __init__(self, library: Path) -> None:
        try:
            make_private(library.parent)
            self._folder = ScratchFolder(library.parent, ".import-")
        except OSError as error:
            raise LibraryError(f"cannot write beside the library {library}: {error}.") from None
        self._scratch = self._folder.path
        self._extracted: tuple[object, ...] = ()
        self._read: tuple[object, ...] = ()
        self._reading: _Reading | None = None

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives memory and disk back."""
        self._forget()
        self._folder.close()

    def look(
        self,
        request: ImportRequest,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Look:
        """Tells what a request's files are. Raises SourceError, or CancelledError."""
        with Watch(progress, cancelled) as watch:
            watch.step("recognising the source", 1.0)
            tables = tables_of(request.source) if is_database(request) else ()
            if len(tables) > 1 and request.table is None and request.query is None:
                return Look(None, None, tables, (), ())
            source, format = self._readable(watch, request)
            found, items = looked_at(watch, request, source, format)
            missing = missing_roles(found)
            if items is not None and missing_roles(items, items_only=True):
                raise SourceError(
                    f"{items.path} has no column that is known to be the item, so its titles "
                    f"cannot be told apart. Its columns: {listed(items.columns)}."
                )
            rows = () if missing else self._head_rows(watch, found, items)
            return Look(found, items, tables, missing, rows)

    def keep(
        self,
        request: ImportRequest,
        look: Look,
        progress: Callable[[Progress], None] = lambda _progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Kept:
        """Counts what the rules keep, with nothing missing in ``look``, which is of this request.

        Raises SourceError, or CancelledError.
        """
        assert look.found is not None
        with Watch(progress, cancelled) as watch, enough_memory(request.source, self._scratch):
            reading = self._stage(watch, request, look.found, look.items)
            connection = reading.connection
            rows = _first_rows(watch, connection, reading.staged, reading.items)
            rejects = _rejects(watch, reading, look)
            rejected = sum(
                watch.run(connection, f"SELECT count(*) FROM {staged.refused}")[0][0]
                for staged in (reading.staged, reading.items)
                if staged is not None
            )
            connection.begin()
            try:
                cleaned = clean(watch, connection, reading.staged, request)
                watch.step("counting repeats", 0.1)
                rules = cleaned.rules(_repeats(watch, connection, reading.staged, cleaned))
            finally:
                connection.rollback()
            return Kept(rows, rules[0].before, rules, rejected, rejects)

    def _readable(self, watch: Watch, request: ImportRequest) -> tuple[Path, Format | None]:
        """As ``readable``; the rows of a DuckDB file are copied once."""
        copy = self._scratch / "extract.parquet"
        key = (request.source, request.table, request.query, _stamp(request.source))
        if self._extracted == key and copy.exists():
            return copy, "parquet"
        self._extracted = ()
        source, format = readable(watch, request, self._scratch)
        if source == copy:
            self._extracted = key
        return source, format

    def _head_rows(
        self, watch: Watch, found: Recognition, items: Recognition | None
    ) -> tuple[FirstRow, ...]:
        """The first rows of a text file that takes a while to be read, by reading its head."""
        if found.format in ("parquet", "duckdb") or found.encoding == "utf-16":
            return ()
        if found.path.stat().st_size <= HEAD_BYTES:
            return ()
        with found.path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(found.path) if packed else found.path.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
        copy = self._scratch / "head.txt"
        copy.write_bytes(head[: head.rfind(b"\n") + 1])
        with private_database(self._scratch) as connection:
            part = replace(found, path=copy, packed=False)
            staged = stage(watch, connection, part, "source", described=items is None)
            return _first_rows(watch, connection, staged, None)

    def _stage(
        self, watch: Watch, request: ImportRequest, found: Recognition, items: Recognition | None
    ) -> _Reading:
        """Reads the source, unless it stands there as it is asked for."""
        key = (found, _stamp(request.source), items, items and _stamp(items.path))
        if self._reading is not None and self._read == key:
            return self._reading
        self._forget()
        connection = private_database(self._scratch)
        try:
            with whole_while_read(request.source, items.path if items else None):
                watch.step("reading interactions", 0.6)
                staged = stage(watch, connection, found, "source", described=items is None)
                watch.step("reading titles and categories", 0.05)
                staged_items = (
                    stage(watch, connection, items, "items", described=True) if items else None
                )
        except BaseException:
            connection.close()
            raise
        self._read, self._reading = key, _Reading(connection, staged, staged_items)
        return self._reading

    def _forget(self) -> None:
        if self._reading is not None:
            self._reading.connection.close()
        self._read, self._reading = (), None


def _stamp(path: Path) -> tuple[float, int]:
    """What changes when a file is written anew. Raises SourceError if it is not there."""
    try:
        state = path.stat()
    except OSError:
        raise SourceError(f"there is no file {path}. Check the path.") from None
    return state.st_mtime, state.st_size


def _first_rows(
    watch: Watch, connection: duckdb.DuckDBPyConnection, staged: Staged, items: Staged | None
) -> tuple[FirstRow, ...]:
    about = "title, categories" if staged.described else "NULL, NULL"
    rows = watch.run(
        connection,
        f'SELECT "user"::VARCHAR, item::VARCHAR, {staged.time}, rating, {about} '
        f"FROM {staged.rows} ORDER BY rowid LIMIT {FIRST_ROWS}",
    )
    known: dict[str, tuple[str | None, list[str] | None]] = {}
    if items is not None and items.described:
        found = watch.run(
            connection,
            f"SELECT item::VARCHAR, title, categories FROM {items.rows} "
            "WHERE list_contains(?, item::VARCHAR) ORDER BY rowid DESC",
            [[row[1] for row in rows]],
        )
        known = {label: (title, categories) for label, title, categories in found}
    return tuple(
        FirstRow(user, item, iso(time), rating, told[0], tuple(told[1] or ()))
        for user, item, time, rating, *own in rows
        for told in [known.get(item, (own[0], own[1]))]
    )


def _rejects(watch: Watch, reading: _Reading, look: Look) -> tuple[Reject, ...]:
    """The first rows that cannot be read, by file and line."""
    found: list[Reject] = []
    for staged, recognition in ((reading.staged, look.found), (reading.items, look.items)):
        if staged is None or recognition is None:
            continue
        rows = watch.run(
            reading.connection,
            f"SELECT line, reason, text FROM {staged.refused} ORDER BY line NULLS FIRST "
            f"LIMIT {REJECTS - len(found)}",
        )
        found += [Reject(recognition.path.name, *row) for row in rows]
    return tuple(found)


def _repeats(
    watch: Watch, connection: duckdb.DuckDBPyConnection, staged: Staged, cleaned: Cleaned
) -> int:
    """Repeats of an item by a user in what the rules left."""
    if cleaned.dropped:
        return 0
    left = f'SELECT DISTINCT "user", item FROM {staged.rows}'
    if cleaned.core is not None:
        left += f' SEMI JOIN {USERS} USING ("user") SEMI JOIN {ITEMS} USING (item)'
    return cleaned.left - int(watch.run(connection, f"SELECT count(*) FROM ({left})")[0][0])
