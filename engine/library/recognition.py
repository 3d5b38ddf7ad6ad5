"""What a source is, told by its content: format, encoding, columns and their roles.

Only the head of a file is read (the whole of it once, to settle its encoding), so that the app can
show what was recognised, and why, before anything is imported.
"""

import codecs
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import duckdb

from engine.errors import SourceError
from engine.library.by_values import columns_by_values, roles_by_values
from engine.library.delimited import SEEN, cells_of, delimiter_of, is_header, positional_names
from engine.library.head import HEAD_BYTES, head_of, is_packed, looked_through
from engine.library.private import isolated, literal_path
from engine.library.roles import Role, guessed_roles, is_known, listed, named_roles

Format = Literal["csv", "parquet", "jsonl", "duckdb", "movielens", "recbole", "sequences"]
MOST_COLUMNS = 16_384
"""Of delimited text: as many as a sheet of a spreadsheet has. DuckDB's time for more grows with the
square of their number."""
_ONE_COLUMN = (
    "{path} has one column only. Interactions need at least a user and an item in separate columns."
)


@dataclass(frozen=True)
class Recognition:
    """What a source was taken for.

    path: the file. format: see ``Format``. encoding: of text formats, as DuckDB names it.
    delimiter, quote, header: of delimited text. columns: names in order. examples: a value of each
    column of delimited text, from its first line of data. roles: role → column.
    by_values: columns of delimited text that look like a time or a rating.
    reason: how it was told, for people. companion: a file with item metadata found beside it.
    long_lines: whether a line of a text format may be longer than ``CHUNK_BYTES``. packed: whether
    the file is a gzip of it.
    """

    path: Path
    format: Format
    encoding: str = "utf-8"
    delimiter: str = ""
    quote: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    roles: Mapping[Role, str] = field(default_factory=dict)
    by_values: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    reason: str = ""
    companion: Path | None = None
    long_lines: bool = True
    packed: bool = False

    @property
    def why(self) -> str:
        """How it was told, and which roles the values tell and not the names."""
        told = [
            f"{column[:60]} is the {role}"
            for role, column in self.roles.items()
            if column in self.by_values.get(role, ()) and not is_known(column)
        ]
        return f"{self.reason}; by its values {' and '.join(told)}" if told else self.reason


def recognise(
    path: Path,
    *,
    format: Format | None = None,
    roles: Mapping[Role, str | None] | None = None,
    items_only: bool = False,
    tick: Callable[[], None] = lambda: None,
) -> Recognition:
    """Tells what a file is and what its columns mean.

    format: given by the user, or None to tell it by content. roles: columns that the user named,
    or None for a role that no column has; the others are guessed. items_only: the file describes
    items and has no users. tick: called again and again while a long file is looked through; what
    it raises is passed on.

    Raises SourceError, in one sentence, if it cannot be read as interactions or items.
    """
    found = look_at(path, format=format, roles=roles, items_only=items_only, tick=tick)
    require(found, items_only=items_only)
    return found


def look_at(
    path: Path,
    *,
    format: Format | None = None,
    roles: Mapping[Role, str | None] | None = None,
    items_only: bool = False,
    tick: Callable[[], None] = lambda: None,
) -> Recognition:
    """As ``recognise``, but which column is the user or item may stay open: a person is asked."""
    head = head_of(path)
    kind, reason = (format, "as you said") if format else _format(path, head)
    if kind == "parquet":
        columns = _parquet_columns(path)
        found = Recognition(path, kind, columns=columns, reason=reason)
    elif kind == "duckdb":
        return Recognition(path, kind, reason=reason)
    else:
        encoding, long_lines = looked_through(path, head, tick)
        text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
        lines = [line for line in text.splitlines() if line.strip()]
        if len(head) >= HEAD_BYTES and len(lines) > 1:
            lines.pop()  # cut off in the middle
        if not lines:
            raise SourceError(f"{path} is empty: there is nothing to import in it.")
        found = _text(path, kind, encoding, lines, reason, items_only)
        found = replace(found, long_lines=long_lines, packed=is_packed(path))
    if kind in ("csv", "parquet", "jsonl") and len(found.columns) < 2:
        raise SourceError(_ONE_COLUMN.format(path=path))
    companion = None if items_only else _companion(path, found)
    return with_roles(replace(found, companion=companion), roles or {})


def with_roles(found: Recognition, roles: Mapping[Role, str | None]) -> Recognition:
    """The same file with other roles; see ``recognise``. A column that is named for a role is not
    guessed to have another."""
    wanted = {role: column for role, column in roles.items() if column is not None}
    named = named_roles(found.path, found.columns, wanted)
    free = [column for column in found.columns if column not in named.values()]
    guessed = {role: name for role, name in guessed_roles(free).items() if role not in roles}
    alike = {
        role: columns
        for role, columns in found.by_values.items()
        if role not in roles and role not in guessed
    }
    guessed |= roles_by_values(alike, [name for name in free if name not in guessed.values()])
    return replace(found, roles={**guessed, **named})


def missing_roles(found: Recognition, *, items_only: bool = False) -> tuple[Role, ...]:
    """What must be known of a file before it can be read, and is not."""
    needed: tuple[Role, ...] = ("item",) if items_only else ("user", "item")
    return tuple(role for role in needed if role not in found.roles)


def require(found: Recognition, *, items_only: bool = False) -> None:
    """Raises SourceError if a role is missing."""
    for role in missing_roles(found, items_only=items_only):
        raise SourceError(
            f"which column of {found.path} is the {role} cannot be told from the names "
            f"({listed(found.columns)}). Name it with --{role} COLUMN."
        )


def _format(path: Path, head: bytes) -> tuple[Format, str]:
    if head[:4] == b"PAR1":
        return "parquet", "it begins with Parquet's mark"
    if head[8:12] == b"DUCK":
        return "duckdb", "it begins with DuckDB's mark"
    if head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise SourceError(
            f"{path} is text in UTF-32, or in UTF-16 with the high byte first. Neither is read: "
            "save it as UTF-8, for example with `iconv -t UTF-8`."
        )
    if b"\0" in head and not head.startswith(codecs.BOM_UTF16_LE):
        raise SourceError(
            f"{path} is a binary file of no known format. Import CSV, TSV, Parquet, JSON lines, "
            "a DuckDB file, MovieLens, RecBole or sequence text."
        )
    text = head.decode("utf-8", errors="replace").lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(head) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    lines = lines[:200]
    if not lines:
        raise SourceError(f"{path} is empty: there is nothing to import in it.")
    if lines[0].lstrip().startswith("{") and _is_json(lines[0]):
        return "jsonl", "each line is a JSON object"
    if all("::" in line for line in lines[:20]):
        return "movielens", "fields are separated by '::'"
    if re.fullmatch(r"[\w ]+:(token|float)(_seq)?(\t[\w ]+:(token|float)(_seq)?)*", lines[0]):
        return "recbole", "the header names its types, as RecBole's atomic files do"
    if _are_sequences(lines):
        return "sequences", "each line is a user followed by items, of differing length"
    return "csv", "it is delimited text"


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except RecursionError:  # valid, but deeper than Python follows; DuckDB has no such bound
        return True
    except ValueError:
        # A head that ends inside a very long first line still looks like one.
        return line.rstrip()[-1:] != "}" and '":' in line[:2000]


def _are_sequences(lines: list[str]) -> bool:
    rows = [line.split() for line in lines]
    if any(re.search(r"[,;\t|\"]", line) for line in lines):
        return False
    counts = {len(row) for row in rows}
    users = [row[0] for row in rows]
    plain = all(len(row) >= 2 for row in rows)
    return plain and len(set(users)) == len(users) and (len(counts) > 1 or len(rows) == 1)


def _text(
    path: Path, kind: Format, encoding: str, lines: list[str], reason: str, items_only: bool
) -> Recognition:
    if kind == "sequences":
        return Recognition(path, kind, encoding, columns=("user", "item"), reason=reason)
    if kind == "jsonl":
        names: dict[str, None] = {}
        for line in lines[:100]:
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                names.update(dict.fromkeys(value))
        if not names:
            raise SourceError(
                f"no JSON object in the first {HEAD_BYTES >> 10} KiB of {path} could be read "
                "whole, so its fields are not known. Put a short and plain line first."
            )
        return Recognition(path, kind, encoding, columns=tuple(names), reason=reason)
    if kind == "movielens":
        count = lines[0].count("::") + 1
        return Recognition(
            path, kind, encoding, "::", "", False, positional_names(lines, "::", items_only, count),
            reason=reason,
        )  # fmt: skip
    if kind == "recbole":
        columns = tuple(lines[0].split("\t"))
        return Recognition(path, kind, encoding, "\t", "", True, columns, reason=reason)
    delimiter = delimiter_of(lines)
    if delimiter is None:
        raise SourceError(_ONE_COLUMN.format(path=path))
    first = [cell.strip().strip('"') for cell in cells_of(lines[0], delimiter)]
    header = is_header(first, lines, delimiter)
    columns = tuple(first) if header else positional_names(lines, delimiter, items_only, len(first))
    if len(columns) > MOST_COLUMNS:
        raise SourceError(
            f"{path} has {len(columns):,} columns, of which at most {MOST_COLUMNS:,} are read. "
            "Leave out those that are neither user, item, time, rating, title nor categories."
        )
    if len({column.lower() for column in columns}) < len(columns):  # as DuckDB compares them
        raise SourceError(f"{path} names a column twice in its header; rename one of them.")
    named = {"\t": "tab", " ": "space"}.get(delimiter, f"'{delimiter}'")
    reason = f"{reason} with {named} between columns, {'a' if header else 'no'} header"
    data = [
        tuple(cell.strip().strip('"') for cell in cells_of(line, delimiter))
        for line in (lines[1:] if header else lines)[:SEEN]
    ]
    by_values = columns_by_values(columns, data) if header and not items_only else {}
    return Recognition(
        path, kind, encoding, delimiter, '"', header, columns, data[0] if data else (),
        by_values=by_values, reason=reason,
    )  # fmt: skip


def _companion(path: Path, found: Recognition) -> Path | None:
    """A file with titles and categories that belongs to this one by the field's custom."""
    name = path.name.lower()
    candidates = []
    if found.format == "recbole" and path.suffix == ".inter":
        candidates.append(path.with_suffix(".item"))
    if name.startswith("ratings."):
        candidates.append(path.with_name("movies" + path.name[len("ratings") :]))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _parquet_columns(path: Path) -> tuple[str, ...]:
    try:
        with isolated() as connection:
            described = connection.execute(
                "SELECT column_name FROM (DESCRIBE SELECT * FROM "
                "read_parquet(?, hive_partitioning = false))",
                [literal_path(path)],
            ).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path} is a damaged Parquet file: {reason}") from None
    return tuple(str(row[0]) for row in described)
