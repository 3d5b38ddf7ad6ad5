"""What a person wants to import, and what the files that they name are taken for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from engine.errors import SourceError
from engine.library.query import extract
from engine.library.recognition import Format, Recognition, look_at, with_roles
from engine.library.roles import Role
from engine.library.rules import Duplicates
from engine.library.watch import Watch

Order = Literal["time", "file"]
"""What a user's interactions are sorted by: the time, then the file's order; or that alone."""

OF_ITEMS: tuple[Role, ...] = ("title", "categories")
"""Roles whose columns are in the items' file, if there is one."""


@dataclass(frozen=True)
class ImportRequest:
    """What to import and how.

    source: the file. name: of the dataset. format: None tells it by content. items: a second file
    with titles and categories; None takes one found beside the source, if it belongs there by
    custom and ``companion`` holds. roles: columns named by the user, None for a role that no column
    has. table, query: of a DuckDB file. min_rating, k_core, duplicates: the rules. order: see
    ``Order``. replace: take the place of a dataset of that name. origin: where the source came
    from, if its file is a temporary one that nobody will find again.
    """

    source: Path
    name: str
    format: Format | None = None
    items: Path | None = None
    companion: bool = True
    roles: Mapping[Role, str | None] = field(default_factory=dict)
    table: str | None = None
    query: str | None = None
    min_rating: float | None = None
    k_core: int | None = None
    duplicates: Duplicates = "keep"
    order: Order = "time"
    replace: bool = False
    origin: str | None = None


def readable(watch: Watch, request: ImportRequest, scratch: Path) -> tuple[Path, Format | None]:
    """The file to be read, and its format if it is known: of a DuckDB file, a copy of its rows.

    Raises SourceError if there are none, or CancelledError.
    """
    if not (request.table or request.query or is_database(request)):
        return request.source, request.format
    watch.step("reading from the DuckDB file", 0.0)
    rows = extract(watch, request.source, scratch, table=request.table, query=request.query)
    return rows, "parquet"


def looked_at(
    watch: Watch, request: ImportRequest, source: Path, format: Format | None
) -> tuple[Recognition, Recognition | None]:
    """What ``readable``'s source is taken for, and the file with titles; roles may be missing.

    Raises SourceError if a file cannot be read at all, or CancelledError.
    """
    own = {role: column for role, column in request.roles.items() if role not in OF_ITEMS}
    found = look_at(source, format=format, roles=own, tick=watch.tick)
    if source != request.source:
        found = replace(found, reason="a copy of the rows of the DuckDB file")
    path = request.items or (found.companion if request.companion else None)
    if path is None:
        return with_roles(found, request.roles), None
    about = {role: column for role, column in request.roles.items() if role in OF_ITEMS}
    return found, look_at(path, roles=about, items_only=True, tick=watch.tick)


def is_database(request: ImportRequest) -> bool:
    """Whether the source is a DuckDB file."""
    if request.format == "duckdb":
        return True
    try:
        if not request.source.is_file():
            return False  # a pipe would be waited for
        with request.source.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except (OSError, ValueError):
        return False


@contextmanager
def whole_while_read(*paths: Path | None) -> Iterator[None]:
    """Within, files are read. Raises SourceError if one became shorter meanwhile: what was read of
    it is then a part, and whatever else went wrong came of that."""
    before = [(path, _size(path)) for path in paths if path is not None]
    try:
        yield
    finally:
        for path, size in before:
            if _size(path) < size:
                raise SourceError(
                    f"{path} became shorter while it was read. Wait until whoever writes it has "
                    "finished, then try again."
                )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # one that is not there is told by whoever reads it
        return 0
