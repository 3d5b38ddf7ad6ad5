"""A dataset's numbered tables, written into the library in one transaction."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb

from engine.errors import LibraryError
from engine.library.file import InUseError, check_version, delete_dataset, explained, make_file
from engine.library.fingerprint import Digest, digest
from engine.library.library import Rule
from engine.library.private import shut
from engine.library.watch import TICK_SECONDS, Watch

LONGEST_WAIT = 30.0
"""Seconds that a writer waits for others that have the library open. Who writes holds it for some
seconds, and it would be a pity to read a long file for nothing."""
T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """What is written of a dataset beside its rows.

    replace: a dataset of that name. options: every choice of its import. rules: what the import
    did, told the number of repeats that are left. refused: tables of rows that could not be read,
    each with the name of their source.
    """

    name: str
    replace: bool
    options: Mapping[str, object]
    rules: Callable[[int], Sequence[Rule]]
    refused: Sequence[tuple[str, str]] = ()


def write_dataset(
    watch: Watch,
    connection: duckdb.DuckDBPyConnection,
    library: Path,
    named: Named,
    check: Callable[[Digest], None] = lambda _digest: None,
) -> tuple[Rule, ...]:
    """Writes ``numbered_users``, ``numbered_items`` and ``ordered`` of a private database (see
    numbering) into the library, wholly or not at all, and returns the rules as they were kept.

    check: told what the tables hold before anything is kept; what it raises ends the writing.
    Raises LibraryError, or CancelledError.
    """
    watch.tick()  # who has cancelled by now finds no new library
    with explained(library, but=(duckdb.OutOfMemoryException,)):  # no fault of the library's
        make_file(library)
        patiently(watch, lambda: _attach(connection, library))
        shut(connection)  # a view in a library of a stranger's could read anything
        watch.step("writing to the library", 0.2)
        check_version(connection, "library", library)
        connection.begin()
        here = _place(connection, named)
        for statement in (
            f'INSERT INTO library.users SELECT {here}, "user", label FROM numbered_users '
            'ORDER BY "user"',
            f"INSERT INTO library.items SELECT {here}, item, label, title, categories, popularity "
            "FROM numbered_items ORDER BY item",
        ):
            watch.run(connection, statement)
        with (
            connection.cursor() as reader,
            watch.alongside(
                connection,
                f"""INSERT INTO library.interactions
                SELECT {here}, "user", rowid - begins, item, time, rating FROM ordered""",
            ),
        ):
            digested = digest(watch, reader)
        check(digested)
        for table, source in named.refused:
            watch.run(
                connection,
                f"INSERT INTO library.rejects SELECT {here}, ?, line, reason, text "
                f"FROM {table} ORDER BY line",
                [source],
            )
        rules = tuple(named.rules(digested.repeats))
        watch.run(
            connection,
            f"""INSERT INTO library.datasets SELECT {here}, ?, ?, ?,
            (SELECT count(*) FROM numbered_users), (SELECT count(*) FROM numbered_items),
            (SELECT count(*) FROM ordered), (SELECT max(interactions) FROM numbered_users),
            (SELECT min(time) FROM ordered), (SELECT max(time) FROM ordered),
            (SELECT count(*) FROM library.rejects WHERE dataset = {here}), ?, ?""",
            [
                named.name,
                datetime.now(UTC).isoformat(timespec="seconds"),
                digested.fingerprint,
                json.dumps(named.options),
                json.dumps([_rule_json(rule) for rule in rules]),
            ],
        )
        connection.commit()
        # What is committed stays, even if there is no room to put it where it belongs for good.
        with suppress(duckdb.Error):
            connection.execute("DETACH library")
    return rules


def patiently(watch: Watch, do: Callable[[], T]) -> T:
    """Does something with the library, as soon as nobody else has it open.

    Raises InUseError if somebody has it for long, and whatever is raised for another reason.
    """
    end = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            return do()
        except InUseError as error:
            if time.monotonic() > end:
                raise
            watch.step(f"waiting for the library, which is in use by {error.holder}", 0.0)
        time.sleep(TICK_SECONDS)


def _attach(connection: duckdb.DuckDBPyConnection, library: Path) -> None:
    """Opens the library for writing. Raises LibraryError."""
    with explained(library):
        connection.execute(f"ATTACH '{str(library).replace(chr(39), chr(39) * 2)}' AS library")


def _place(connection: duckdb.DuckDBPyConnection, named: Named) -> int:
    """The number for the dataset, whose name is free from here on. Raises LibraryError."""
    old = connection.execute(
        "SELECT dataset FROM library.datasets WHERE name = ?", [named.name]
    ).fetchone()
    if old is not None:
        if not named.replace:
            raise LibraryError(f"a dataset {named.name!r} was imported meanwhile.")
        delete_dataset(connection, "library", old[0])
    number = connection.execute(
        "SELECT coalesce(max(dataset), 0) + 1 FROM library.datasets"
    ).fetchone()
    assert number is not None
    return int(number[0])


def _rule_json(rule: Rule) -> dict[str, object]:
    return {
        "text": rule.text,
        "before": list(asdict(rule.before).values()),
        "after": list(asdict(rule.after).values()),
    }
