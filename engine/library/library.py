"""The library file: one DuckDB file with every dataset. Opening, listing, reading, removing."""

import json
import time
from contextlib import suppress
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
from engine.library.file import (
    InUseError,
    as_library_error,
    check_version,
    database_of,
    delete_dataset,
    explained,
    make_file,
)
from engine.library.private import ALONE

SECONDS_BETWEEN_TRIES = 0.05


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
    def open(cls, path: Path, *, write: bool = False, patience: float = 0.0) -> "Library":
        """Opens the file, read-only unless ``write``, which also creates it.

        patience: seconds to wait for others who have it open, as a reader beside may for a moment.
        Raises LibraryError if another process holds it, it is damaged, or a newer version made it.
        """
        end = time.monotonic() + patience
        while True:
            try:
                return cls._open(path, write=write)
            except InUseError:
                if time.monotonic() >= end:
                    raise
            time.sleep(SECONDS_BETWEEN_TRIES)

    @classmethod
    def _open(cls, path: Path, *, write: bool) -> "Library":
        if not write and not path.exists():
            return cls(path, None)
        try:
            if write:
                make_file(path)
            connection = duckdb.connect(path, read_only=not write, config=dict(ALONE))
        except (duckdb.Error, OSError) as error:
            raise as_library_error(path, error) from None
        try:
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
        with explained(self.path):
            read = (
                self._open_connection()
                .execute(
                    'SELECT "user", item FROM interactions WHERE dataset = ? '
                    'ORDER BY "user", position',
                    [number],
                )
                .fetchnumpy()
            )
        users, labels = (
            [label for (label,) in self._rows(sql, number)]
            for sql in (
                'SELECT label FROM users WHERE dataset = ? ORDER BY "user"',
                "SELECT label FROM items WHERE dataset = ? ORDER BY item",
            )
        )
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
        rows = self._rows(
            "SELECT label, coalesce(title, label), categories, popularity FROM items "
            "WHERE dataset = ? ORDER BY item",
            self._number(name),
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
        with explained(self.path):
            connection.begin()
            try:
                delete_dataset(connection, database_of(connection), number)
                connection.commit()
            except BaseException:
                with suppress(duckdb.Error):  # that it could not be committed has ended it already
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
        with explained(self.path):
            return self._connection.execute(sql, list(values)).fetchall()

    def _open_connection(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise LibraryError(f"the library {self.path} is closed or does not exist yet")
        return self._connection


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
