"""From a recognised source to one staged table, in SQL.

Every format becomes ``staged``: line, user, item, time (seconds), rating, title, categories, one
row an interaction, in file order; rows that cannot be read go to ``refused`` with line and reason.
"""

from dataclasses import dataclass

import duckdb

from engine.errors import SourceError
from engine.library.recognition import Recognition
from engine.library.roles import Role

MAX_LINE_BYTES = 32 << 20
"""A longer line is refused with its number, not read into memory."""

REJECT_TEXT = 200
"""Characters kept of a refused row."""

TEXT_ROLES: tuple[Role, ...] = ("user", "item", "time", "rating", "title")

NO_CATEGORIES = ("(no genres listed)", "")

SECONDS = (
    # (from magnitude on, divisor): seconds, milliseconds, microseconds, nanoseconds since 1970
    (1e17, 1e9),
    (1e14, 1e6),
    (1e11, 1e3),
)


@dataclass(frozen=True)
class Staged:
    """Names of the two tables that a source became."""

    rows: str
    refused: str


def stage(connection: duckdb.DuckDBPyConnection, found: Recognition, prefix: str) -> Staged:
    """Reads a source into temporary tables.

    Raises SourceError if DuckDB cannot read it at all.
    """
    staged = Staged(f"{prefix}_rows", f"{prefix}_refused")
    connection.execute(
        f"CREATE TEMP TABLE {staged.refused} (line BIGINT, reason VARCHAR, text VARCHAR)"
    )
    try:
        if found.format in ("csv", "movielens", "recbole"):
            _read_delimited(connection, found, staged)
        elif found.format == "jsonl":
            _read_json_lines(connection, found, staged)
        elif found.format == "sequences":
            _read_sequences(connection, found, staged)
        else:
            _read_parquet(connection, found, staged)
        _refuse_unusable(connection, found, staged)
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{found.path} cannot be read: {reason}") from None
    return staged


def _read_delimited(
    connection: duckdb.DuckDBPyConnection, found: Recognition, staged: Staged
) -> None:
    _scan_delimited(connection, found, found.quote)
    if found.quote and _rejects(connection, "error_type = 'UNQUOTED VALUE'"):
        # A lone quote swallows the rest of the file. Read quotes as characters instead.
        connection.execute("DROP TABLE scanned")
        _scan_delimited(connection, found, "")
    connection.execute(
        f"""INSERT INTO {staged.refused}
        SELECT DISTINCT ON (line) line, lower(error_type::VARCHAR), csv_line
        FROM reject_errors ORDER BY line"""
    )
    first = int(found.header)
    number = f"row + {first}"
    if _rejects(connection, "true"):
        # The scan numbers accepted rows; each refused line before a row moves it down by one.
        connection.execute(
            f"""CREATE TEMP TABLE gaps AS
            SELECT line - {first} - (row_number() OVER (ORDER BY line) - 1) AS before_row
            FROM (SELECT DISTINCT line FROM reject_errors)"""
        )
        number += " + (SELECT count(*) FROM gaps WHERE before_row <= row)"
    connection.execute(
        f"CREATE TEMP TABLE {staged.rows} AS SELECT {number} AS line, {_columns(found)} "
        "FROM scanned ORDER BY row"
    )
    connection.execute("DROP TABLE scanned")
    connection.execute("DROP TABLE IF EXISTS gaps")


def _scan_delimited(connection: duckdb.DuckDBPyConnection, found: Recognition, quote: str) -> None:
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    columns = ", ".join(f"{_text(column)}: 'VARCHAR'" for column in found.columns)
    connection.execute(
        f"""CREATE TEMP TABLE scanned AS SELECT row_number() OVER () AS row, *
        FROM read_csv({_text(str(found.path))}, auto_detect = false, header = {found.header},
            delim = {_text(found.delimiter)}, quote = {_text(quote)}, escape = {_text(quote)},
            encoding = {_text(found.encoding)}, columns = {{{columns}}}, store_rejects = true,
            rejects_limit = 0, max_line_size = {MAX_LINE_BYTES}, null_padding = false)"""
    )


def _rejects(connection: duckdb.DuckDBPyConnection, condition: str) -> bool:
    row = connection.execute(f"SELECT count(*) FROM reject_errors WHERE {condition}").fetchone()
    return bool(row and row[0])


def _read_lines(found: Recognition) -> str:
    """A scan of whole lines with their numbers; no delimiter occurs in them."""
    return f"""(SELECT row_number() OVER () AS line, content FROM read_csv(
        {_text(str(found.path))}, auto_detect = false, header = false, delim = '\x01',
        quote = '', escape = '', encoding = {_text(found.encoding)},
        columns = {{'content': 'VARCHAR'}}, max_line_size = {MAX_LINE_BYTES},
        null_padding = true, ignore_errors = true))"""


def _read_json_lines(
    connection: duckdb.DuckDBPyConnection, found: Recognition, staged: Staged
) -> None:
    connection.execute(
        f"CREATE TEMP TABLE scanned AS SELECT line, content, json_valid(content) AS valid "
        f"FROM {_read_lines(found)} WHERE trim(content) <> ''"
    )
    connection.execute(
        f"INSERT INTO {staged.refused} SELECT line, 'not valid JSON', content FROM scanned "
        "WHERE NOT valid"
    )
    fields = ", ".join(
        f"json_extract(content, {_text(_pointer(column))}) AS {_name(column)}"
        for column in dict.fromkeys(found.roles.values())
    )
    connection.execute(
        f"CREATE TEMP TABLE parsed AS SELECT line, {fields} FROM scanned WHERE valid"
    )
    selected = []
    for role in TEXT_ROLES:
        column = found.roles.get(role)
        value = f"{_name(column)} ->> '$'" if column else "NULL"
        selected.append(f'({value})::VARCHAR AS "{role}"')
    column = found.roles.get("categories")
    if column:
        name = _name(column)
        selected.append(
            f"CASE WHEN json_type({name}) = 'ARRAY' THEN CAST({name} AS VARCHAR[]) "
            f"ELSE {_split(f'({name} ->> $$$$$)')} END AS categories".replace("$$$$$", "'$'")
        )
    else:
        selected.append("CAST(NULL AS VARCHAR[]) AS categories")
    connection.execute(
        f"CREATE TEMP TABLE {staged.rows} AS SELECT line, {', '.join(selected)} FROM parsed"
    )
    connection.execute("DROP TABLE scanned")
    connection.execute("DROP TABLE parsed")


def _pointer(column: str) -> str:
    return "/" + column.replace("~", "~0").replace("/", "~1")


def _read_sequences(
    connection: duckdb.DuckDBPyConnection, found: Recognition, staged: Staged
) -> None:
    connection.execute(
        f"CREATE TEMP TABLE scanned AS SELECT line, "
        f"list_filter(string_split_regex(content, '\\s+'), lambda token: token <> '') AS tokens "
        f"FROM {_read_lines(found)} WHERE trim(content) <> ''"
    )
    connection.execute(
        f"INSERT INTO {staged.refused} SELECT line, 'a user without items', tokens[1] "
        "FROM scanned WHERE len(tokens) < 2"
    )
    # One line holds many interactions: numbers between lines keep the order within a line.
    connection.execute(
        f"""CREATE TEMP TABLE {staged.rows} AS
        SELECT line, tokens[1] AS "user", unnest(tokens[2:]) AS item,
               CAST(NULL AS VARCHAR) AS time, CAST(NULL AS VARCHAR) AS rating,
               CAST(NULL AS VARCHAR) AS title, CAST(NULL AS VARCHAR[]) AS categories
        FROM scanned WHERE len(tokens) >= 2"""
    )
    connection.execute("DROP TABLE scanned")


def _read_parquet(
    connection: duckdb.DuckDBPyConnection, found: Recognition, staged: Staged
) -> None:
    source = f"read_parquet({_text(str(found.path))}, file_row_number = true)"
    types = dict(
        connection.execute(
            f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})"
        ).fetchall()
    )
    connection.execute(
        f"CREATE TEMP TABLE {staged.rows} AS SELECT file_row_number + 1 AS line, "
        f"{_columns(found, types)} FROM {source} ORDER BY file_row_number"
    )


def _columns(found: Recognition, types: dict[str, str] | None = None) -> str:
    """The select list of the staged table, in text except for the categories."""
    selected = []
    for role in TEXT_ROLES:
        column = found.roles.get(role)
        value = _name(column) if column else "NULL"
        selected.append(f'CAST({value} AS VARCHAR) AS "{role}"')
    column = found.roles.get("categories")
    if column is None:
        value = "CAST(NULL AS VARCHAR[])"
    elif types and types[column].endswith("[]"):
        value = f"CAST({_name(column)} AS VARCHAR[])"
    elif found.format == "recbole" and column.endswith("token_seq"):
        value = f"string_split({_name(column)}, ' ')"
    else:
        value = _split(f"CAST({_name(column)} AS VARCHAR)")
    return ", ".join([*selected, f"{value} AS categories"])


def _split(value: str) -> str:
    """Categories from one text: 'A|B', a JSON list, 'A; B' or 'A, B'."""
    return f"""CASE
        WHEN {value} IS NULL THEN NULL
        WHEN starts_with({value}, '[') AND json_valid({value})
            THEN CAST(CAST({value} AS JSON) AS VARCHAR[])
        WHEN contains({value}, '|') THEN string_split({value}, '|')
        WHEN contains({value}, ';') THEN string_split({value}, ';')
        ELSE string_split({value}, ',') END"""


def _refuse_unusable(
    connection: duckdb.DuckDBPyConnection, found: Recognition, staged: Staged
) -> None:
    """Parses times and ratings; refuses rows without user or item or with unreadable values."""
    has_user, has_time = "user" in found.roles, "time" in found.roles
    has_rating = "rating" in found.roles
    seconds = "TRY_CAST(time AS DOUBLE)"
    moment = (
        "epoch(coalesce(TRY_CAST(time AS TIMESTAMP), TRY_CAST(time AS TIMESTAMPTZ)::TIMESTAMP))"
    )
    reasons = ["WHEN item IS NULL OR item = '' THEN 'no item'"]
    if has_user:
        reasons.append("WHEN \"user\" IS NULL OR \"user\" = '' THEN 'no user'")
    if has_rating:
        reasons.append(
            "WHEN TRY_CAST(rating AS DOUBLE) IS NULL OR NOT isfinite(TRY_CAST(rating AS DOUBLE)) "
            "THEN 'the rating is not a number'"
        )
    if has_time:
        reasons.append(
            f"WHEN coalesce({seconds}, {moment}) IS NULL "
            f"OR NOT isfinite(coalesce({seconds}, {moment})) OR abs(coalesce({seconds}, {moment})) "
            "> 9e18 THEN 'the time is neither a number nor a date'"
        )
    why = f"CASE {' '.join(reasons)} END"
    connection.execute(
        f"""INSERT INTO {staged.refused}
        SELECT line, why, left(concat_ws(' · ', "user", item, rating, time), {REJECT_TEXT})
        FROM (SELECT *, {why} AS why FROM {staged.rows}) WHERE why IS NOT NULL"""
    )
    connection.execute(
        f"UPDATE {staged.refused} SET text = left(text, {REJECT_TEXT}) "
        f"WHERE length(text) > {REJECT_TEXT}"
    )
    divisor = 1.0
    if has_time:
        row = connection.execute(
            f"SELECT median(abs({seconds})) FROM {staged.rows} WHERE isfinite({seconds})"
        ).fetchone()
        middle = row[0] if row and row[0] is not None else 0.0
        divisor = next((by for start, by in SECONDS if middle >= start), 1.0)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {staged.rows} AS
        SELECT row_number() OVER () AS row, line, "user", item,
            {f"coalesce({seconds} / {divisor}, {moment})" if has_time else "NULL::DOUBLE"} AS time,
            {"TRY_CAST(rating AS DOUBLE)" if has_rating else "NULL::DOUBLE"} AS rating,
            nullif(title, '') AS title,
            list_filter(list_transform(categories, lambda label: trim(label)),
                lambda label: label IS NOT NULL AND label NOT IN {NO_CATEGORIES}) AS categories
        FROM {staged.rows} WHERE ({why}) IS NULL"""
    )


def _text(value: str) -> str:
    """An SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _name(column: str) -> str:
    """A quoted SQL name."""
    return '"' + column.replace('"', '""') + '"'
