"""A dataset as Parquet files in a folder, to be taken into another library.

What is taken may come from a stranger. It is read into a private database, held against what a
dataset has to be, and counts as the one that it claims to be by its fingerprint alone.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb

from engine.errors import LibraryError
from engine.library.file import check_version, explained
from engine.library.fingerprint import Digest
from engine.library.library import Rule
from engine.library.private import enough_memory, literal_path, private_database, shut
from engine.library.watch import Progress, Watch
from engine.library.writing import Named, write_dataset
from engine.own_files import make_private
from engine.scratch import ScratchFolder

_TABLES = {
    "users.parquet": 'SELECT "user", label FROM library.users WHERE dataset = {0} ORDER BY "user"',
    "items.parquet": "SELECT item, label, title, categories, popularity FROM library.items "
    "WHERE dataset = {0} ORDER BY item",
    "interactions.parquet": 'SELECT "user", position, item, time, rating '
    'FROM library.interactions WHERE dataset = {0} ORDER BY "user", position',
}
FILES = tuple(_TABLES)
"""The files of a dataset."""


def save_dataset(library: Path, name: str, folder: Path) -> None:
    """Writes a dataset of the library into a folder. Raises LibraryError."""
    with explained(library), private_database(folder) as connection:
        path = str(library).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS library (READ_ONLY)")
        shut(connection)  # a view in a library of a stranger's could read anything
        check_version(connection, "library", library)
        row = connection.execute(
            "SELECT dataset FROM library.datasets WHERE name = ?", [name]
        ).fetchone()
        if row is None:
            raise LibraryError(f"there is no dataset {name!r} in the library {library}.")
        for file, rows in _TABLES.items():
            target = str(folder / file).replace("'", "''")
            connection.execute(
                f"COPY ({rows.format(int(row[0]))}) TO '{target}' (FORMAT parquet, CODEC zstd)"
            )


def take_dataset(
    library: Path,
    folder: Path,
    name: str,
    fingerprint: str,
    *,
    options: Mapping[str, object],
    rules: Sequence[Rule],
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Writes the dataset of a folder into the library under a name that is free there.

    fingerprint: that it must have. Raises LibraryError, with the library unchanged.
    """
    try:
        make_private(library.parent)
        with (
            ScratchFolder(library.parent, ".import-") as scratch,
            Watch(progress or (lambda _progress: None), lambda: False) as watch,
            enough_memory(folder, scratch),
            private_database(scratch) as connection,
        ):
            watch.step("reading the dataset", 0.3)
            _read(connection, folder)
            _check(connection)

            def is_it(digest: Digest) -> None:
                if digest.fingerprint != fingerprint:
                    raise _damaged("it is not the data that it claims to be")

            named = Named(name, False, options, lambda _repeats: rules)
            write_dataset(watch, connection, library, named, is_it)
    except OSError as error:
        raise LibraryError(f"cannot write beside the library {library}: {error}.") from None


def _read(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The tables ``numbered_users``, ``numbered_items`` and ``ordered``, as numbering makes them.

    Raises LibraryError if a file has other columns.
    """
    users, items, interactions = (literal_path(folder / file) for file in FILES)
    try:
        connection.execute(
            'CREATE TABLE moved AS SELECT "user"::INTEGER AS "user", position::INTEGER AS position,'
            " item::INTEGER AS item, time::DOUBLE AS time, rating::DOUBLE AS rating "
            "FROM read_parquet(?)",
            [interactions],
        )
        connection.execute(
            """CREATE TABLE numbered_users AS
            SELECT known."user"::INTEGER AS "user", label::VARCHAR AS label,
                (coalesce(sum(count) OVER (ORDER BY known."user"), 0) - count)::BIGINT AS begins,
                count AS interactions
            FROM read_parquet(?) AS known
            LEFT JOIN (SELECT "user", count(*) AS count FROM moved GROUP BY "user") AS counted
                ON counted."user" = known."user"::INTEGER
            ORDER BY 1""",
            [users],
        )
        connection.execute(
            """CREATE TABLE numbered_items AS
            SELECT known.item::INTEGER AS item, label::VARCHAR AS label, title::VARCHAR AS title,
                coalesce(categories::VARCHAR[], []) AS categories, count AS popularity
            FROM read_parquet(?) AS known
            LEFT JOIN (SELECT item, count(*) AS count FROM moved GROUP BY item) AS counted
                ON counted.item = known.item::INTEGER
            ORDER BY 1""",
            [items],
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise _damaged(str(error).splitlines()[0][:200]) from None
    connection.execute(
        """CREATE TABLE ordered AS
        SELECT "user", item, CASE WHEN isfinite(time) THEN time END AS time,
            CASE WHEN isfinite(rating) THEN rating END AS rating, begins, position
        FROM moved JOIN numbered_users USING ("user") ORDER BY "user", position"""
    )


_WRONG = {
    "its users are not numbered 0, 1, 2, …": """SELECT count(*) FROM (
        SELECT "user", row_number() OVER (ORDER BY "user") - 1 AS wanted FROM numbered_users)
        WHERE "user" IS DISTINCT FROM wanted""",
    "its items are not numbered 1, 2, 3, …": """SELECT count(*) FROM (
        SELECT item, row_number() OVER (ORDER BY item) AS wanted FROM numbered_items)
        WHERE item IS DISTINCT FROM wanted""",
    "a user or item has no name or no interaction": """SELECT
        (SELECT count(*) FROM numbered_users WHERE label IS NULL OR interactions IS NULL) +
        (SELECT count(*) FROM numbered_items WHERE label IS NULL OR popularity IS NULL)""",
    "two users or items have one name": """SELECT
        (SELECT count(*) - count(DISTINCT label) FROM numbered_users) +
        (SELECT count(*) - count(DISTINCT label) FROM numbered_items)""",
    "an interaction is of a user or an item that is not there": """SELECT
        (SELECT count(*) FROM moved) - (SELECT count(*) FROM ordered
            WHERE item BETWEEN 1 AND (SELECT count(*) FROM numbered_items))""",
    "a user's interactions are not numbered 0, 1, 2, …": """SELECT count(*) FROM ordered
        WHERE position IS DISTINCT FROM rowid - begins""",
    "it is empty": "SELECT (count(*) = 0)::INTEGER FROM ordered",
}
"""Queries that count what no dataset has, each with what it means."""


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises LibraryError unless the tables are a dataset's."""
    for wrong, query in _WRONG.items():
        row = connection.execute(query).fetchone()
        if row is None or row[0] != 0:
            raise _damaged(wrong)


def _damaged(why: str) -> LibraryError:
    return LibraryError(f"the dataset is damaged: {why}. Have it packed and sent again.")
