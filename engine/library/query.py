"""A table or query of another DuckDB file, read so that nothing else can be read or written.

The file is attached read-only in a connection of its own; then access to all other files, to
extensions and to settings is switched off for good, and only then does the user's SQL run. What it
returns is copied to a Parquet file in a private directory, and is a source like any other.
"""

from difflib import get_close_matches
from pathlib import Path

import duckdb

from engine.errors import SourceError
from engine.library.private import MEMORY_LIMIT, isolated, shut
from engine.library.watch import Watch


def extract(
    watch: Watch, database: Path, scratch: Path, *, table: str | None, query: str | None
) -> Path:
    """Copies a table's or query's rows to a Parquet file in ``scratch`` and returns its path.

    Without table and query, the file's only table is taken.

    Raises SourceError if the file, table or query cannot be read.
    """
    if table and query:
        raise SourceError("name either --table or --query, not both.")
    target = scratch / "extract.parquet"
    with isolated() as connection:
        _attach(connection, database)
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("SET temp_directory = ?", [str(scratch)])
        shut(connection)
        connection.execute("USE source")
        connection.execute("SET lock_configuration = true")
        sql = _one_select(connection, query) if query else _whole_table(connection, database, table)
        try:
            watch.run(
                connection,
                # The line's end is for a comment at the end of the query.
                f"COPY ({sql}\n) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)",
            )
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise SourceError(f"the query on {database} failed: {reason}") from None
    return target


def tables_of(database: Path) -> tuple[str, ...]:
    """The names of a DuckDB file's tables. Raises SourceError if it cannot be opened."""
    with isolated() as connection:
        _attach(connection, database)
        return tuple(_tables(connection))


def _attach(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    _require_duckdb(database)
    try:
        path = str(database.absolute()).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS source (READ_ONLY, TYPE duckdb)")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{database} cannot be opened as a DuckDB file: {reason}") from None


def _require_duckdb(database: Path) -> None:
    """DuckDB would wait at a pipe, and fetch an extension for a database of another kind."""
    try:
        str(database).encode()
        if not database.is_file():
            raise SourceError(f"there is no file {database}. Check the path.")
        with database.open("rb") as file:
            mark = file.read(12)[8:]
    except (OSError, ValueError) as error:  # ValueError: a null character, or no UTF-8, in the name
        raise SourceError(f"{str(database)[:200]!a} cannot be opened: {error}.") from None
    if mark != b"DUCK":
        raise SourceError(
            f"{database} is not a DuckDB file. Leave out --table, --query and --format to have it "
            "told by its content."
        )


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'source' "
        "ORDER BY table_name"
    ).fetchall()
    return [str(row[0]) for row in found]


def _one_select(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    try:
        query.encode()
        statements = connection.extract_statements(query)
    except UnicodeEncodeError:
        raise SourceError("--query is not valid UTF-8. Type it anew.") from None
    except duckdb.Error as error:
        raise SourceError(f"--query is not valid SQL: {str(error).splitlines()[0]}") from None
    if len(statements) != 1 or not _is_select(statements[0]):
        raise SourceError("--query must be one SELECT: it reads rows and can do nothing else.")
    return statements[0].query.strip().rstrip(";")


def _is_select(statement: duckdb.Statement) -> bool:
    try:
        return bool(statement.type == duckdb.StatementType.SELECT)
    except ValueError:  # a kind of statement for which duckdb's Python has no name
        return False


def _whole_table(connection: duckdb.DuckDBPyConnection, database: Path, table: str | None) -> str:
    names = _tables(connection)
    if table is None:
        if len(names) != 1:
            known = ", ".join(names) or "none"
            raise SourceError(f"{database} has these tables: {known}. Name one with --table.")
        table = names[0]
    if table not in names:
        near = get_close_matches(table, names, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(names) or 'none'}."
        raise SourceError(f"{database} has no table {table!r}. {hint}")
    quoted = table.replace('"', '""')
    return f'SELECT * FROM source."{quoted}"'
