"""Import: from a file or query to a dataset in the library, in one transaction.

Reading and cleaning happen in a private in-memory database beside the library, so that the library
is held for the final copy alone; that copy is one transaction, and after a crash at any moment the
dataset is wholly there or not at all.
"""

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from engine.errors import LibraryError, SourceError
from engine.library.library import (
    DatasetSummary,
    Library,
    Reject,
    Rule,
    check_version,
    create_tables,
    delete_dataset,
    explain,
)
from engine.library.query import extract
from engine.library.recognition import Format, Recognition, recognise
from engine.library.roles import Role
from engine.library.rules import Duplicates, keep_core, keep_rated, settle_duplicates
from engine.library.staging import Staged, stage

MEMORY_LIMIT = "4GB"
"""For staging, beside whatever else the machine does; DuckDB spills to disk beyond it."""


@dataclass(frozen=True)
class ImportRequest:
    """What to import and how.

    source: the file. name: of the dataset. format: None tells it by content. items: a second file
    with titles and categories; None takes one found beside the source, if it belongs there by
    custom. roles: columns named by the user. table, query: of a DuckDB file. min_rating, k_core,
    duplicates: the rules. replace: take the place of a dataset of that name.
    """

    source: Path
    name: str
    format: Format | None = None
    items: Path | None = None
    roles: Mapping[Role, str] = field(default_factory=dict)
    table: str | None = None
    query: str | None = None
    min_rating: float | None = None
    k_core: int | None = None
    duplicates: Duplicates = "keep"
    replace: bool = False


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
    progress: Callable[[str], None] | None = None,
) -> ImportReport:
    """Imports a source into the library file.

    progress: told each step in a few words.
    Raises SourceError or LibraryError with the library unchanged.
    """
    say = progress or (lambda _step: None)
    _check(library, request)
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=library.parent) as scratch:
            return _import(library, request, Path(scratch), say)
    except OSError as error:
        raise LibraryError(f"cannot write beside the library {library}: {error}.") from None


def _check(library: Path, request: ImportRequest) -> None:
    if not re.fullmatch(r"[\w][\w .+-]{0,99}", request.name):
        raise LibraryError(
            f"{request.name!r} cannot be a dataset's name: use up to 100 letters, digits, spaces, "
            "'.', '-' and '_', beginning with a letter or digit."
        )
    if request.k_core is not None and request.k_core < 1:
        raise SourceError(f"a {request.k_core}-core does not exist; use --k-core 1 or more.")
    with Library.open(library) as opened:
        taken = any(dataset.name == request.name for dataset in opened.datasets())
    if taken and not request.replace:
        raise LibraryError(
            f"the library has a dataset {request.name!r} already. Choose another --name, or add "
            "--replace to put this one in its place."
        )


def _import(
    library: Path, request: ImportRequest, scratch: Path, say: Callable[[str], None]
) -> ImportReport:
    say("recognising the source")
    source, found_format = request.source, request.format
    if request.table or request.query or _is_database(request):
        say("reading from the DuckDB file")
        source = extract(request.source, scratch, table=request.table, query=request.query)
        found_format = "parquet"
    found = recognise(source, format=found_format, roles=_for(request.roles, items=False))
    items_path = request.items or found.companion
    found_items = None
    if items_path is not None:
        roles = _for(request.roles, items=True) if request.items else {}
        found_items = recognise(items_path, roles=roles, items_only=True)

    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"SET threads = {max(1, min(4, os.cpu_count() or 1))}")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET temp_directory = ?", [str(scratch)])
        say("reading interactions")
        staged = stage(connection, found, "source")
        say("reading titles and categories")
        staged_items = stage(connection, found_items, "items") if found_items else None
        rules = _clean(connection, staged, request, say)
        say("numbering users and items")
        _number(connection, staged, staged_items)
        fingerprint = _fingerprint(connection)
        say("writing to the library")
        options = _options(request, found, found_items)
        _write(connection, library, request, staged, staged_items, found, found_items, rules,
               options, fingerprint)  # fmt: skip
    with Library.open(library) as opened:
        summary = opened.summary(request.name)
        rejects = tuple(opened.rejects(request.name, limit=10))
    return ImportReport(summary, found, found_items, rules, rejects)


def _is_database(request: ImportRequest) -> bool:
    if request.format == "duckdb":
        return True
    try:
        with request.source.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except OSError:
        return False


def _for(roles: Mapping[Role, str], *, items: bool) -> dict[Role, str]:
    """The roles that a user named for one of two files: titles belong to the items' file."""
    about_items = {"title", "categories"}
    return {
        role: column
        for role, column in roles.items()
        if (role in about_items) == items or (not items and role not in about_items)
    }


def _clean(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    request: ImportRequest,
    say: Callable[[str], None],
) -> tuple[Rule, ...]:
    rules = []
    if request.min_rating is not None:
        say("keeping positive ratings")
        rules.append(keep_rated(connection, staged.rows, request.min_rating))
    say("looking for repeats")
    rules.append(settle_duplicates(connection, staged.rows, request.duplicates))
    if request.k_core is not None:
        say(f"reducing to the {request.k_core}-core")
        rules.append(keep_core(connection, staged.rows, request.k_core))
    if not rules[-1].after.interactions:
        refused = connection.execute(f"SELECT count(*) FROM {staged.refused}").fetchone()
        emptied = next(
            (r for r in rules if r.before.interactions and not r.after.interactions), None
        )
        why = f"after the rule '{emptied.text}'" if emptied else "that could be read"
        raise SourceError(
            f"{request.source} has no interactions left {why} "
            f"({refused[0] if refused else 0:,} rows were rejected). Loosen the rules, or check "
            "which column has which role."
        )
    return tuple(rules)


def _number(
    connection: duckdb.DuckDBPyConnection, staged: Staged, staged_items: Staged | None
) -> None:
    """Users 0.. by first appearance; items 1.. by popularity, then label; positions by time, then
    file order. All three are functions of the data alone."""
    rows = staged.rows
    connection.execute(
        f"""CREATE TEMP TABLE numbered_users AS
        SELECT (row_number() OVER (ORDER BY first_row) - 1)::INTEGER AS "user", label FROM (
            SELECT "user" AS label, min(row) AS first_row FROM {rows} GROUP BY "user")"""
    )
    about = staged_items.rows if staged_items else rows
    connection.execute(
        f"""CREATE TEMP TABLE numbered_items AS
        WITH counted AS (SELECT item AS label, count(*) AS popularity FROM {rows} GROUP BY item),
        described AS (
            SELECT item AS label, arg_min(title, row) FILTER (title IS NOT NULL) AS title,
                arg_min(categories, row) FILTER (len(categories) > 0) AS categories
            FROM {about} GROUP BY item)
        SELECT row_number() OVER (ORDER BY popularity DESC, label)::INTEGER AS item, label, title,
            coalesce(categories, []::VARCHAR[]) AS categories, popularity
        FROM counted LEFT JOIN described USING (label)"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE numbered AS
        SELECT users."user", (row_number() OVER (
                PARTITION BY users."user" ORDER BY time NULLS FIRST, row) - 1)::INTEGER AS position,
            items.item, time, rating
        FROM {rows} AS rows JOIN numbered_users AS users ON rows."user" = users.label
        JOIN numbered_items AS items ON rows.item = items.label"""
    )


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """SHA-256 over labels and sequences, the same on every platform and number of threads."""
    row = connection.execute(
        """SELECT sha256(
            (SELECT string_agg(length(label) || ':' || label, ',' ORDER BY item)
             FROM numbered_items) || '|' ||
            (SELECT string_agg(digest, '' ORDER BY "user") FROM (
                SELECT users."user", sha256(any_value(label) || '|' ||
                    string_agg(item::VARCHAR, ',' ORDER BY position)) AS digest
                FROM numbered JOIN numbered_users AS users USING ("user")
                GROUP BY users."user")))"""
    ).fetchone()
    assert row is not None
    return str(row[0])


def _options(
    request: ImportRequest, found: Recognition, found_items: Recognition | None
) -> dict[str, object]:
    return {
        "source": str(request.source),
        "table": request.table,
        "query": request.query,
        "format": "duckdb" if request.table or request.query else found.format,
        "encoding": found.encoding,
        "roles": dict(found.roles),
        "items": str(found_items.path) if found_items else None,
        "item_roles": dict(found_items.roles) if found_items else {},
        "min_rating": request.min_rating,
        "k_core": request.k_core,
        "duplicates": request.duplicates,
        "order": "time, then file order" if "time" in found.roles else "file order",
    }


def _write(
    connection: duckdb.DuckDBPyConnection,
    library: Path,
    request: ImportRequest,
    staged: Staged,
    staged_items: Staged | None,
    found: Recognition,
    found_items: Recognition | None,
    rules: tuple[Rule, ...],
    options: dict[str, object],
    fingerprint: str,
) -> None:
    try:
        connection.execute(f"ATTACH '{str(library).replace(chr(39), chr(39) * 2)}' AS library")
        create_tables(connection, "library")
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
            f'INSERT INTO library.interactions SELECT {here}, "user", position, item, time, rating '
            'FROM numbered ORDER BY "user", position',
        ):
            connection.execute(statement)
        for recognition, tables in ((found, staged), (found_items, staged_items)):
            if recognition is not None and tables is not None:
                connection.execute(
                    f"INSERT INTO library.rejects SELECT {here}, ?, line, reason, text "
                    f"FROM {tables.refused} ORDER BY line",
                    [recognition.path.name if recognition is not found else request.source.name],
                )
        connection.execute(
            f"""INSERT INTO library.datasets SELECT {here}, ?, ?, ?,
            (SELECT count(*) FROM numbered_users), (SELECT count(*) FROM numbered_items),
            (SELECT count(*) FROM numbered), (SELECT max(position) + 1 FROM numbered),
            (SELECT min(time) FROM numbered), (SELECT max(time) FROM numbered),
            (SELECT count(*) FROM library.rejects WHERE dataset = {here}), ?, ?""",
            [
                request.name,
                datetime.now(UTC).isoformat(timespec="seconds"),
                fingerprint,
                json.dumps(options),
                json.dumps([_rule_json(rule) for rule in rules]),
            ],
        )
        connection.commit()
        connection.execute("DETACH library")
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        raise LibraryError(explain(library, error)) from None


def _rule_json(rule: Rule) -> dict[str, object]:
    return {
        "text": rule.text,
        "before": list(asdict(rule.before).values()),
        "after": list(asdict(rule.after).values()),
    }
