"""The library file: one DuckDB file with every dataset. Opening, listing, reading, removing."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from engine.errors import LibraryError
from engine.library.contents import Catalogue, Interactions
from engine.library.private import ALONE
from engine.library.schema import OF_A_DATASET, TABLES, VERSION
from engine.own_files import make_private


@dataclass(frozen=True)
class Counts:
    """Size of a dataset at one moment of an import."""

    users: int
    items: int
    interactions: int


@dataclass(frozen=True)
class Rule:
    """One rule of an import, with the counts before and after it."""

    text: str
    before: Counts
    after: Counts


@dataclass(frozen=True)
class DatasetSummary:
    """What the library knows of a dataset without reading its sequences.

    first, last: ISO times of the first and last interaction; None if the source has no times.
    rejected: rows that could not be read; they are in the rejects table with line and reason.
    options: every choice made at import. fingerprint: see ``Interactions``.
    """

    name: str
    users: int
    items: int
    interactions: int
    avg_length: float
    max_length: int
    first: str | None
    last: str | None
    rejected: int
    options: dict[str, Any]
    rules: tuple[Rule, ...]
    fingerprint: str
    imported_at: str


@dataclass(frozen=True)
class Reject:
    """A row that could not be read."""

    source: str
    line: int | None
    reason: str
    text: str | None


class Library:
    """An open library file. Use as a context manager.

    A reader of a file that does not exist sees an empty library and creates nothing.
    """

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection | None) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> "Library":
        """Opens the file, read-only unless ``write``, which also creates it.

        Raises LibraryError if another process holds it, it is damaged, or a newer version made it.
        """
        if not write and not path.exists():
            return cls(path, None)
        new = not path.exists()
        try:
            if write:
                make_private(path.parent)
            connection = duckdb.connect(path, read_only=not write, config=dict(ALONE))
            if new:
                path.chmod(0o600)  # whose readings these are is nobody else's business
        except (duckdb.Error, OSError) as error:
            raise LibraryError(explain(path, error)) from None
        try:
            if write:
                create_tables(connection, database_of(connection))
            check_version(connection, database_of(connection), path)
        except BaseException:
            connection.close()
            raise
        return cls(path, connection)

    def __enter__(self) -> "Library":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; others may then write."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def datasets(self) -> list[DatasetSummary]:
        """All datasets by name."""
        return [_summary(row) for row in self._rows("SELECT * FROM datasets ORDER BY name")]

    def summary(self, name: str) -> DatasetSummary:
        """One dataset. Raises LibraryError, with the nearest name, if there is none such."""
        rows = self._rows("SELECT * FROM datasets WHERE name = ?", name)
        if not rows:
            raise LibraryError(self._unknown(name))
        return _summary(rows[0])

    def interactions(self, name: str) -> Interactions:
        """Every user's sequence."""
        number = self._number(name)
        connection = self._open_connection()
        read = connection.execute(
            'SELECT "user", item FROM interactions WHERE dataset = ? ORDER BY "user", position',
            [number],
        ).fetchnumpy()
        users = [
            label
            for (label,) in connection.execute(
                'SELECT label FROM users WHERE dataset = ? ORDER BY "user"', [number]
            ).fetchall()
        ]
        labels = [
            label
            for (label,) in connection.execute(
                "SELECT label FROM items WHERE dataset = ? ORDER BY item", [number]
            ).fetchall()
        ]
        lengths = np.bincount(np.asarray(read["user"]), minlength=len(users))
        offsets = np.zeros(len(users) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return Interactions(
            name=name,
            fingerprint=self.summary(name).fingerprint,
            users=users,
            item_labels=labels,
            items=np.asarray(read["item"], dtype=np.int32),
            offsets=offsets,
        )

    def catalogue(self, name: str) -> Catalogue:
        """What is known of every item."""
        number = self._number(name)
        rows = (
            self._open_connection()
            .execute(
                "SELECT label, coalesce(title, label), categories, popularity FROM items "
                "WHERE dataset = ? ORDER BY item",
                [number],
            )
            .fetchall()
        )
        return Catalogue(
            labels=[row[0] for row in rows],
            titles=[row[1] for row in rows],
            categories=[tuple(row[2]) for row in rows],
            popularity=np.array([row[3] for row in rows], dtype=np.int64),
        )

    def activity(self, name: str, bins: int) -> npt.NDArray[np.int64]:
        """Interactions in equal parts of the dataset's period, oldest first: int64 [bins]; without
        times, or if all are alike, int64 [0]."""
        rows = self._rows(
            """WITH about AS (SELECT first_time AS begins, last_time - first_time AS lasts
                FROM datasets WHERE dataset = ?)
            SELECT least(?, floor((time - begins) / lasts * ?))::INTEGER AS part, count(*)
            FROM interactions, about WHERE dataset = ? AND lasts > 0 AND time IS NOT NULL
            GROUP BY part""",
            *(number := self._number(name), bins - 1, bins, number),
        )
        counts = np.zeros(bins if rows else 0, dtype=np.int64)
        for part, count in rows:
            counts[part] = count
        return counts

    def rejects(self, name: str, limit: int = 100) -> list[Reject]:
        """The first rows of a dataset's source that could not be read, by line."""
        rows = self._rows(
            "SELECT source, line, reason, text FROM rejects WHERE dataset = ? "
            "ORDER BY source, line NULLS FIRST LIMIT ?",
            self._number(name),
            limit,
        )
        return [Reject(*row) for row in rows]

    def remove(self, name: str) -> None:
        """Removes a dataset in one transaction; the library must be open for writing."""
        number = self._number(name)
        connection = self._open_connection()
        connection.begin()
        try:
            delete_dataset(connection, database_of(connection), number)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def _number(self, name: str) -> int:
        rows = self._rows("SELECT dataset FROM datasets WHERE name = ?", name)
        if not rows:
            raise LibraryError(self._unknown(name))
        return int(rows[0][0])

    def _unknown(self, name: str) -> str:
        names = [str(row[0]) for row in self._rows("SELECT name FROM datasets ORDER BY name")]
        if not names:
            return (
                f"there is no dataset {name!r}: the library {self.path} is empty. "
                "Import one with `sigma-tui data import FILE --name NAME`."
            )
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(names[:8])}."
        return f"there is no dataset {name!r} in the library. {hint}"

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(sql, list(values)).fetchall()
        except duckdb.Error as error:
            raise LibraryError(explain(self.path, error)) from None

    def _open_connection(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise LibraryError(f"the library {self.path} is closed or does not exist yet")
        return self._connection


def database_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The quoted name under which a connection knows its own file."""
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    return '"' + str(row[0]).replace('"', '""') + '"'


def create_tables(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Creates the tables in an empty library file, in one transaction."""
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'library' AND database_name = ?",
        [database.strip('"').replace('""', '"')],
    ).fetchone()
    if found is not None and found[0]:
        return
    connection.begin()
    for statement in TABLES:
        connection.execute(statement.format(library=database))
    connection.commit()


def check_version(connection: duckdb.DuckDBPyConnection, database: str, path: Path) -> None:
    """Raises LibraryError unless the tables are of a version that this program reads."""
    try:
        row = connection.execute(f"SELECT max(version) FROM {database}.library").fetchone()
    except duckdb.Error:
        raise LibraryError(
            f"{path} is a DuckDB file but not a sigma-tui library. Choose another file with "
            "--library, or import a table of it with `sigma-tui data import`."
        ) from None
    version = row[0] if row else None
    if version != VERSION:
        raise LibraryError(
            f"the library {path} has format {version}, this program reads format {VERSION}. "
            "Update sigma-tui, or choose another library with --library."
        )


def delete_dataset(connection: duckdb.DuckDBPyConnection, database: str, number: int) -> None:
    """Deletes all rows of a dataset; the caller owns the transaction."""
    for table in OF_A_DATASET:
        connection.execute(f"DELETE FROM {database}.{table} WHERE dataset = ?", [number])


def explain(path: Path, error: Exception) -> str:
    """A sentence for an error that DuckDB or the system raised about the library file."""
    text = str(error)
    holder = re.search(r"PID (\d+)", text)
    if "lock" in text.lower():
        who = f"process {holder[1]}" if holder else "another process"
        return (
            f"the library {path} is in use by {who}: one program may write or several may read. "
            "Close the other one or wait for it, then try again."
        )
    if "not a valid DuckDB database" in text or "magic bytes" in text:
        return f"{path} is not a library file. Choose another with --library, or move it away."
    return f"the library {path} cannot be used: {text.splitlines()[0]}"


def _summary(row: tuple[Any, ...]) -> DatasetSummary:
    (_, name, imported_at, fingerprint, users, items, interactions, longest) = row[:8]
    first, last, rejected, options, rules = row[8:]
    return DatasetSummary(
        name=name,
        users=users,
        items=items,
        interactions=interactions,
        avg_length=interactions / users if users else 0.0,
        max_length=longest,
        first=iso(first),
        last=iso(last),
        rejected=rejected,
        options=json.loads(options),
        rules=tuple(
            Rule(rule["text"], Counts(*rule["before"]), Counts(*rule["after"]))
            for rule in json.loads(rules)
        ),
        fingerprint=fingerprint,
        imported_at=imported_at,
    )


def iso(seconds: float | None) -> str | None:
    """A time in seconds since 1970 as people write it; beyond the calendar, the seconds."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f} s"
