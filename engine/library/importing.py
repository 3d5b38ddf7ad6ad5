"""Import: from a file or query to a dataset in the library, in one transaction.

Reading and cleaning happen in a private in-memory database beside the library, so that the library
is held for the final copy alone; that copy is one transaction, and after a crash or cancellation at
any moment the dataset is wholly there or not at all.
"""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb

from engine.errors import LibraryError, SourceError
from engine.events import event
from engine.library.cleaning import Cleaned, clean, require_some
from engine.library.file import (
    InUseError,
    check_version,
    delete_dataset,
    explained,
    make_file,
)
from engine.library.fingerprint import digest
from engine.library.library import DatasetSummary, Library, Reject, Rule
from engine.library.numbering import number_items, number_users, order_interactions
from engine.library.private import enough_memory, private_database, shut
from engine.library.recognition import Recognition, require
from engine.library.request import ImportRequest as ImportRequest
from engine.library.request import looked_at, readable, whole_while_read
from engine.library.staging import Staged, stage
from engine.library.watch import TICK_SECONDS, Progress, Watch
from engine.own_files import make_private
from engine.scratch import ScratchFolder

LONGEST_WAIT = 30.0
"""Seconds that an import waits for others that have the library open. Who writes holds it for some
seconds, and it would be a pity to read a long file for nothing."""
T = TypeVar("T")


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
            _patiently(watch, lambda: check_request(library, request))
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
        options = _options(request, found, found_items)
        rules = _write(watch, connection, library, request, staged, staged_items, found,
                       found_items, cleaned, options)  # fmt: skip
    with _patiently(watch, lambda: Library.open(library)) as opened:
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


def _write(
    watch: Watch,
    connection: duckdb.DuckDBPyConnection,
    library: Path,
    request: ImportRequest,
    staged: Staged,
    staged_items: Staged | None,
    found: Recognition,
    found_items: Recognition | None,
    cleaned: Cleaned,
    options: dict[str, object],
) -> tuple[Rule, ...]:
    watch.tick()  # who has cancelled by now finds no new library
    with explained(library, but=(duckdb.OutOfMemoryException,)):  # no fault of the library's
        make_file(library)
        _patiently(watch, lambda: _attach(connection, library))
        shut(connection)  # a view in a library of a stranger's could read anything
        watch.step("writing to the library", 0.2)
        check_version(connection, "library", library)
        connection.begin()
        old = connection.execute(
            "SELECT dataset FROM library.datasets WHERE name = ?", [request.name]
        ).fetchone()
        if old is not None:
            if not request.replace:
                raise LibraryError(f"a dataset {request.name!r} was imported meanwhile.")
            delete_dataset(connection, "library", old[0])
        number = connection.execute(
            "SELECT coalesce(max(dataset), 0) + 1 FROM library.datasets"
        ).fetchone()
        assert number is not None
        here = number[0]
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
        for recognition, tables in ((found, staged), (found_items, staged_items)):
            if recognition is not None and tables is not None:
                watch.run(
                    connection,
                    f"INSERT INTO library.rejects SELECT {here}, ?, line, reason, text "
                    f"FROM {tables.refused} ORDER BY line",
                    [recognition.path.name if recognition is not found else request.source.name],
                )
        rules = cleaned.rules(digested.repeats)
        watch.run(
            connection,
            f"""INSERT INTO library.datasets SELECT {here}, ?, ?, ?,
            (SELECT count(*) FROM numbered_users), (SELECT count(*) FROM numbered_items),
            (SELECT count(*) FROM ordered), (SELECT max(interactions) FROM numbered_users),
            (SELECT min(time) FROM ordered), (SELECT max(time) FROM ordered),
            (SELECT count(*) FROM library.rejects WHERE dataset = {here}), ?, ?""",
            [
                request.name,
                datetime.now(UTC).isoformat(timespec="seconds"),
                digested.fingerprint,
                json.dumps(options),
                json.dumps([_rule_json(rule) for rule in rules]),
            ],
        )
        connection.commit()
        # What is committed stays, even if there is no room to put it where it belongs for good.
        with suppress(duckdb.Error):
            connection.execute("DETACH library")
    return rules


def _attach(connection: duckdb.DuckDBPyConnection, library: Path) -> None:
    """Opens the library for writing. Raises LibraryError."""
    with explained(library):
        connection.execute(f"ATTACH '{str(library).replace(chr(39), chr(39) * 2)}' AS library")


def _patiently(watch: Watch, do: Callable[[], T]) -> T:
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


def _rule_json(rule: Rule) -> dict[str, object]:
    return {
        "text": rule.text,
        "before": list(asdict(rule.before).values()),
        "after": list(asdict(rule.after).values()),
    }
