"""Import: from a file or query to a dataset in the library, in one transaction.

Reading and cleaning happen in a private in-memory database beside the library, so that the library
is held for the final copy alone; that copy is one transaction, and after a crash or cancellation at
any moment the dataset is wholly there or not at all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LibraryError, SourceError
from engine.events import event
from engine.library.cleaning import clean, require_some
from engine.library.library import DatasetSummary, Library, Reject, Rule
from engine.library.numbering import number_items, number_users, order_interactions
from engine.library.private import enough_memory, private_database
from engine.library.recognition import Recognition, require
from engine.library.request import ImportRequest as ImportRequest
from engine.library.request import looked_at, readable, whole_while_read
from engine.library.staging import stage
from engine.library.watch import Progress, Watch
from engine.library.writing import Named, patiently, write_dataset
from engine.own_files import make_private
from engine.scratch import ScratchFolder


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    recognition, items_recognition: what the files were taken for, and why. rules: each with counts
    before and after. rejects: the first rows that could not be read; ``summary.rejected`` has their
    number.
    """

    summary: DatasetSummary
    recognition: Recognition
    items_recognition: Recognition | None
    rules: tuple[Rule, ...]
    rejects: tuple[Reject, ...]


def import_source(
    library: Path,
    request: ImportRequest,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportReport:
    """Imports a source into the library file.

    progress: told, in the caller's thread and several times a second, how far the import is.
    cancelled: asked as often whether to stop.
    Raises SourceError or LibraryError, or CancelledError, with the library unchanged.
    """
    _check_possible(request)
    try:
        make_private(library.parent)
        with (
            ScratchFolder(library.parent, ".import-") as scratch,
            Watch(progress or (lambda _progress: None), cancelled or (lambda: False)) as watch,
        ):
            patiently(watch, lambda: check_request(library, request))
            report = _import(library, request, scratch, watch)
    except OSError as error:
        raise LibraryError(f"cannot write beside the library {library}: {error}.") from None
    found = report.summary
    event("imported", users=found.users, items=found.items, interactions=found.interactions)
    return report


def check_name(name: str) -> None:
    """Raises LibraryError unless a dataset may be called like that."""
    if not re.fullmatch(r"[\w][\w .+-]{0,99}", name):
        raise LibraryError(
            f"{name!r} cannot be a dataset's name: use up to 100 letters, digits, spaces, "
            "'.', '-' and '_', beginning with a letter or digit."
        )


def check_request(library: Path, request: ImportRequest) -> None:
    """Whether an import could begin, before the source is looked at.

    Raises LibraryError for a name that is taken or impossible, SourceError for a rule that is.
    """
    _check_possible(request)
    with Library.open(library) as opened:
        taken = any(dataset.name == request.name for dataset in opened.datasets())
    if taken and not request.replace:
        raise LibraryError(
            f"the library has a dataset {request.name!r} already. Choose another --name, or add "
            "--replace to put this one in its place."
        )


def _check_possible(request: ImportRequest) -> None:
    check_name(request.name)
    if request.k_core is not None and request.k_core < 1:
        raise SourceError(f"a {request.k_core}-core does not exist; use --k-core 1 or more.")


def _import(library: Path, request: ImportRequest, scratch: Path, watch: Watch) -> ImportReport:
    with enough_memory(request.source, scratch), private_database(scratch) as connection:
        with whole_while_read(request.source, request.items):
            watch.step("recognising the source", 0.02)
            source, format = readable(watch, request, scratch)
            found, found_items = looked_at(watch, request, source, format)
            require(found)
            if found_items is not None:
                require(found_items, items_only=True)
            watch.step("reading interactions", 0.3)
            staged = stage(watch, connection, found, "source", described=found_items is None)
            watch.step("reading titles and categories", 0.02)
            staged_items = (
                stage(watch, connection, found_items, "items", described=True)
                if found_items
                else None
            )
        cleaned = clean(watch, connection, staged, request)
        require_some(watch, connection, staged, request, cleaned)
        watch.step("numbering users and items", 0.06)
        number_users(watch, connection, staged)
        number_items(watch, connection, staged, staged_items)
        watch.step("ordering by user and time", 0.3)
        order_interactions(watch, connection, staged, by_time=request.order == "time")
        watch.run(connection, f"DROP TABLE {staged.rows}")
        refused = [(staged.refused, request.source.name)]
        if staged_items is not None and found_items is not None:
            refused.append((staged_items.refused, found_items.path.name))
        options = _options(request, found, found_items)
        named = Named(request.name, request.replace, options, cleaned.rules, refused)
        rules = write_dataset(watch, connection, library, named)
    with patiently(watch, lambda: Library.open(library)) as opened:
        summary = opened.summary(request.name)
        rejects = tuple(opened.rejects(request.name, limit=10))
    return ImportReport(summary, found, found_items, rules, rejects)


def _options(
    request: ImportRequest, found: Recognition, found_items: Recognition | None
) -> dict[str, object]:
    return {
        "source": request.origin or str(request.source),
        "table": request.table,
        "query": request.query,
        "format": "duckdb" if request.table or request.query else found.format,
        "encoding": found.encoding,
        "roles": dict(found.roles),
        "items": _path_of_items(request, found_items),
        "item_roles": dict(found_items.roles) if found_items else {},
        "min_rating": request.min_rating,
        "k_core": request.k_core,
        "duplicates": request.duplicates,
        "order": "time, then file order"
        if "time" in found.roles and request.order == "time"
        else "file order",
    }


def _path_of_items(request: ImportRequest, found_items: Recognition | None) -> str | None:
    if found_items is None:
        return None
    return found_items.path.name if request.origin else str(found_items.path)
