"""The library's file: made whole or not at all, checked, its errors turned into sentences."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from engine.errors import LibraryError
from engine.library.schema import OF_A_DATASET, TABLES, VERSION
from engine.own_files import make_private
from engine.scratch import ScratchFolder, sweep

SCRATCH = ".library-"
_HELD = ("lock on file", "file handle conflict", "different configuration")
"""What DuckDB says where a file is open elsewhere: in another process or, the last two, in this."""


class InUseError(LibraryError):
    """Somebody has the library open, which may be over soon. holder: who, in words."""

    def __init__(self, path: Path, error: Exception) -> None:
        found = re.search(r"PID (\d+)", str(error))
        self.holder = f"process {found[1]}" if found else "this or another program"
        super().__init__(
            f"the library {path} is in use by {self.holder}: one program may write or several may "
            "read. Close the other one or wait for it, then try again."
        )


def make_file(path: Path) -> None:
    """Makes an empty library where there is no file yet. It is made under another name: a file that
    is begun and left, by a crash or on a full disk, could never be opened again.

    Raises OSError or duckdb.Error.
    """
    sweep(path.parent, SCRATCH)
    if path.exists():
        return
    make_private(path.parent)
    with ScratchFolder(path.parent, SCRATCH) as scratch:
        made = scratch / path.name
        with duckdb.connect(made) as connection:
            connection.begin()
            for statement in TABLES:
                connection.execute(statement.format(library=database_of(connection)))
            connection.commit()
            connection.execute("CHECKPOINT")  # a close that finds no room would not say so
        made.chmod(0o600)  # whose readings these are is nobody else's business
        try:
            os.link(made, path)  # not over one that another process made meanwhile
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not path.exists():
                made.rename(path)


def database_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The quoted name under which a connection knows its own file."""
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    return '"' + str(row[0]).replace('"', '""') + '"'


def check_version(connection: duckdb.DuckDBPyConnection, database: str, path: Path) -> None:
    """Raises LibraryError unless the tables are of a version that this program reads."""
    try:
        row = connection.execute(f"SELECT max(version) FROM {database}.library").fetchone()
    except duckdb.CatalogException:
        raise LibraryError(
            f"{path} is a DuckDB file but not a sigma-tui library. Choose another file with "
            "--library, or import a table of it with `sigma-tui data import`."
        ) from None
    except duckdb.Error as error:
        raise as_library_error(path, error) from None
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


def as_library_error(path: Path, error: Exception) -> LibraryError:
    """What DuckDB or the system raised about the library file, as an error with a sentence."""
    text = str(error)
    if any(words in text for words in _HELD):
        return InUseError(path, error)
    if "not a valid DuckDB database" in text or "magic bytes" in text:
        return LibraryError(
            f"{path} is not a library file. Choose another with --library, or move it away."
        )
    reason = text.splitlines()[0]
    if any(words in text for words in ("No space left", "File too large", "Disk quota")):
        return LibraryError(
            f"there is no room to write the library {path} ({reason}). What was in it before is "
            "whole. Make room on its disk, then try again."
        )
    return LibraryError(f"the library {path} cannot be used: {reason}")


@contextmanager
def explained(path: Path, but: tuple[type[duckdb.Error], ...] = ()) -> Iterator[None]:
    """Turns what DuckDB raises about the library file into LibraryError. but: what is passed on."""
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, but):
            raise
        raise as_library_error(path, error) from None
