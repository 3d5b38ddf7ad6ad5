"""A private DuckDB database in memory, in which a source is read and cleaned."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from engine.errors import SourceError

THREADS = max(1, min(4, os.cpu_count() or 1))
"""Of DuckDB in an import."""

MEMORY_LIMIT = "4GB"
"""For staging, beside whatever else the machine does; DuckDB spills to disk beyond it."""


CLOSED = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""Of every connection: DuckDB fetches what a file seems to need from the network otherwise."""


ALONE = {**CLOSED, "enable_external_access": "false"}
"""Of a connection to one file: a view in it, which a stranger may have made, can read no other."""


def isolated() -> duckdb.DuckDBPyConnection:
    """Opens a database in memory that loads nothing from the network or the user's extensions."""
    return duckdb.connect(config=dict(CLOSED))


def literal_path(path: Path) -> str:
    """A file's path as DuckDB's functions must be told it, which take ``*``, ``?`` and ``[`` for a
    pattern: with these in brackets, where they stand for themselves alone."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path.absolute()))


def private_database(scratch: Path) -> duckdb.DuckDBPyConnection:
    """Opens a database of one's own. scratch: a directory for what does not fit into memory."""
    connection = isolated()
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET temp_directory = ?", [str(scratch)])
    connection.execute("SET preserve_insertion_order = true")  # rowid is file order
    # Group by whole numbers in an array of up to 2^22 groups a thread, not in a hash table.
    connection.execute("SET perfect_ht_threshold = 22")
    # Progress is known only while the bar is enabled; it must not be drawn.
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    return connection


def shut(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on a connection reads and writes what it has attached, and its scratch directory,
    but nothing else."""
    row = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    assert row is not None
    scratch = str(row[0]).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{scratch}']")
    connection.execute("SET enable_external_access = false")


@contextmanager
def enough_memory(source: Path, scratch: Path) -> Iterator[None]:
    """Turns want of memory, or of room to put what does not fit into it, into a SourceError; and
    whatever else DuckDB may raise while it works on its own tables."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError):
        raise SourceError(
            f"there is not enough memory to read {source}: {MEMORY_LIMIT} and the free space of "
            f"{scratch.parent} were used up. Close other programs, free space there, or import a "
            "part of the file."
        ) from None
    except duckdb.Error as error:  # such as a full disk
        reason = str(error).splitlines()[0]
        raise SourceError(f"{source} cannot be imported: {reason}") from None
