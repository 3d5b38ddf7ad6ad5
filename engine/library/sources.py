"""From each format to one SELECT of its rows, as texts, in file order.

The SELECT has the columns user, item, time, rating, title (VARCHAR) and categories (VARCHAR[]);
what a format cannot even split into columns goes to the refused rows here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from engine.library.private import literal_path
from engine.library.recognition import Recognition
from engine.library.roles import Role
from engine.library.watch import Watch

MAX_LINE_BYTES = 32 << 20
"""A longer line is refused with its number, not read into memory."""

TEXT_ROLES: tuple[Role, ...] = ("user", "item", "time", "rating", "title")


@dataclass(frozen=True)
class Source:
    """A format's rows.

    select: SQL. lines: whether it also has the column ``line``; without it, rows and lines go up
    together. scratch: tables that it reads, to be dropped after it.
    """

    select: str
    lines: bool = False
    scratch: tuple[str, ...] = ()


def delimited(found: Recognition, quote: str, *, rejects: bool) -> Source:
    """Delimited text.

    rejects: whether lines that do not fit go to DuckDB's table ``reject_errors``, else they are
    passed over.
    """
    columns = ", ".join(f"{text(column)}: 'VARCHAR'" for column in found.columns)
    unfit = "store_rejects = true, rejects_limit = 0" if rejects else "ignore_errors = true"
    # DuckDB cuts the file into pieces of several lines of the greatest size, one for each thread.
    # Told a greatest size that no line comes near, it passes over longer ones without a word.
    longest = f"max_line_size = {MAX_LINE_BYTES}, " if found.long_lines else ""
    return Source(
        f"""SELECT {_columns(found)} FROM read_csv({_file(found)}, auto_detect = false,
        header = {found.header}, delim = {text(found.delimiter)}, quote = {text(quote)},
        escape = {text(quote)}, encoding = {text(found.encoding)}, columns = {{{columns}}},
        {longest}{unfit}, null_padding = false)"""
    )


def parquet(connection: duckdb.DuckDBPyConnection, found: Recognition) -> Source:
    """A Parquet file, whose columns have types."""
    path = text(literal_path(found.path))
    source = f"read_parquet({path}, hive_partitioning = false)"
    types = dict(
        connection.execute(
            f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})"
        ).fetchall()
    )
    return Source(f"SELECT {_columns(found, types)} FROM {source}")


def json_lines(
    watch: Watch, connection: duckdb.DuckDBPyConnection, found: Recognition, refused: str
) -> Source:
    """Lines of JSON objects; fields are looked up by name."""
    watch.run(
        connection,
        f"CREATE TABLE scanned AS SELECT line, content, json_valid(content) AS valid "
        f"FROM {_read_lines(found)} WHERE trim(content) <> ''",
    )
    watch.run(
        connection,
        f"INSERT INTO {refused} SELECT line, 'not valid JSON', content FROM scanned "
        "WHERE NOT valid",
    )
    fields = ", ".join(
        f"json_extract(content, {text(_pointer(column))}) AS {_name(column)}"
        for column in dict.fromkeys(found.roles.values())
    )
    watch.run(connection, f"CREATE TABLE parsed AS SELECT line, {fields} FROM scanned WHERE valid")
    watch.run(connection, "DROP TABLE scanned")
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
    return Source(f"SELECT line, {', '.join(selected)} FROM parsed", True, ("parsed",))


def _pointer(column: str) -> str:
    return "/" + column.replace("~", "~0").replace("/", "~1")


def sequences(
    watch: Watch, connection: duckdb.DuckDBPyConnection, found: Recognition, refused: str
) -> Source:
    """Lines of a user followed by items, oldest first."""
    watch.run(
        connection,
        f"CREATE TABLE scanned AS SELECT line, "
        f"list_filter(string_split_regex(content, '\\s+'), lambda token: token <> '') AS tokens "
        f"FROM {_read_lines(found)} WHERE trim(content) <> ''",
    )
    watch.run(
        connection,
        f"INSERT INTO {refused} SELECT line, 'a user without items', tokens[1] "
        "FROM scanned WHERE len(tokens) < 2",
    )
    select = """SELECT line, tokens[1] AS "user", unnest(tokens[2:]) AS item,
        CAST(NULL AS VARCHAR) AS time, CAST(NULL AS VARCHAR) AS rating,
        CAST(NULL AS VARCHAR) AS title, CAST(NULL AS VARCHAR[]) AS categories
        FROM scanned WHERE len(tokens) >= 2"""
    return Source(select, True, ("scanned",))


def _read_lines(found: Recognition) -> str:
    """A scan of whole lines with their numbers; no delimiter occurs in them."""
    return f"""(SELECT row_number() OVER () AS line, content FROM read_csv(
        {_file(found)}, auto_detect = false, header = false, delim = '\x01',
        quote = '', escape = '', encoding = {text(found.encoding)},
        columns = {{'content': 'VARCHAR'}}, max_line_size = {MAX_LINE_BYTES},
        null_padding = true, ignore_errors = true))"""


def _file(found: Recognition) -> str:
    """The path of a text, and that names say nothing: DuckDB would unpack what ends in ``.gz``, and
    take a folder called ``user=7`` for a column."""
    path, compression = text(literal_path(found.path)), "gzip" if found.packed else "none"
    return f"{path}, compression = '{compression}', hive_partitioning = false"


def _columns(found: Recognition, types: Mapping[str, str] | None = None) -> str:
    """The select list, in text except for the categories."""
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


def text(value: str) -> str:
    """An SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _name(column: str) -> str:
    """A quoted SQL name."""
    return '"' + column.replace('"', '""') + '"'
