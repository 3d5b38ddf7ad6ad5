"""What somebody's SQL, and SQL in somebody's file, can reach: the file that was named."""

import os
import socket
import sqlite3
import threading
from pathlib import Path

import duckdb
import pytest

from engine.errors import LibraryError, SourceError
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.library.private import private_database
from engine.library.query import extract, tables_of
from engine.library.watch import Watch

SECRET = "the-secret-of-another-file"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database to read, and all that a query must not reach."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "secret.csv").write_text(f"user,item\nroot,{SECRET}\n")
    (folder / "secret.json").write_text(f'{{"user": "root", "item": "{SECRET}"}}\n')
    made = f"(SELECT 'root' AS user, '{SECRET}' AS item)"
    with duckdb.connect(folder / "other.duckdb") as connection:
        connection.execute(f"CREATE TABLE t AS FROM {made}")
        connection.execute(f"COPY {made} TO '{folder}/secret.parquet' (FORMAT parquet)")
    with duckdb.connect(folder / "mine.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS user, 2 AS item")
        connection.execute(f"CREATE VIEW trap AS FROM read_csv('{folder}/secret.csv')")
        connection.execute(f"CREATE MACRO peek() AS TABLE FROM read_text('{folder}/secret.csv')")
    return folder


def ask(world: Path, scratch: Path, query: str | None = None, table: str | None = None) -> Path:
    scratch.mkdir()
    with Watch(lambda _: None, lambda: False) as watch:
        return extract(watch, world / "mine.duckdb", scratch, table=table, query=query)


READING = [
    "FROM read_csv('{world}/secret.csv')",
    "FROM '{world}/secret.csv'",
    "FROM '{world}/secret.parquet'",
    "FROM '{world}/other.duckdb'",
    "FROM read_csv_auto('{world}/*.csv')",
    "FROM read_text('{world}/secret.csv')",
    "FROM read_blob('{world}/secret.csv')",
    "FROM read_json('{world}/secret.json')",
    "FROM read_ndjson_objects('{world}/secret.json')",
    "FROM read_parquet('{world}/secret.parquet')",
    "FROM parquet_metadata('{world}/secret.parquet')",
    "FROM parquet_schema('{world}/secret.parquet')",
    "FROM sniff_csv('{world}/secret.csv')",
    "FROM glob('{world}/*')",
    "FROM read_text('/proc/self/environ')",
    "FROM query('FROM read_text(''{world}/secret.csv'')')",
    "FROM query_table('{world}/secret.csv')",
    "SELECT (SELECT content FROM read_text('{world}/secret.csv')) AS user, 1 AS item",
    "WITH x AS (FROM read_text('{world}/secret.csv')) SELECT content AS user, 1 AS item FROM x",
    "FROM trap",
    "FROM peek()",
    "SELECT getenv('HOME') AS user, 1 AS item",
    "FROM read_csv('http://127.0.0.1:{port}/x.csv')",
    "FROM 'https://127.0.0.1:{port}/x.parquet'",
    "FROM read_text('s3://bucket/x')",
    "FROM sqlite_scan('{world}/x.sqlite', 't')",
    "FROM postgres_scan('host=127.0.0.1 port={port}', 'public', 't')",
    "FROM world",  # a variable of the Python that asks
    "FROM connection",
]
DOING = [
    "SELECT 1 AS user, 2 AS item; COPY t TO '{world}/out'",
    "COPY t TO '{world}/out'",
    "COPY (SELECT 1) TO '{world}/out' (FORMAT csv)",
    "COPY t TO PROGRAM 'touch {world}/out'",
    "EXPORT DATABASE '{world}/out'",
    "IMPORT DATABASE '{world}/out'",
    "ATTACH '{world}/other.duckdb' AS o",
    "ATTACH '{world}/out' AS o",
    "ATTACH 'http://127.0.0.1:{port}/x' AS o",
    "INSTALL httpfs",
    "INSTALL x FROM 'http://127.0.0.1:{port}'",
    "LOAD httpfs",
    "LOAD '{world}/out'",
    "FORCE INSTALL spatial",
    "UPDATE EXTENSIONS",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "SET autoinstall_known_extensions = true",
    "SET home_directory = '{world}'",
    "PRAGMA database_list",
    "PRAGMA enable_logging",
    "CALL pragma_version()",
    "CREATE TABLE x AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "INSERT INTO t VALUES (3, 4)",
    "DELETE FROM t",
    "DROP TABLE t",
    "UPDATE t SET item = 3",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN",
    "DETACH source",
    "USE memory",
    "PREPARE p AS SELECT 1",
    "EXPLAIN SELECT 1",
    "SELECT 1 AS user) TO '{world}/out' (FORMAT csv); --",
    "SELECT 1 AS user) TO '{world}/out' (FORMAT csv) --",
    "SELECT 1 /*",
    "",
    ";",
    "\udcff",
]


@pytest.mark.parametrize("queries", [READING, DOING], ids=["reading", "doing"])
def test_a_query_reads_what_was_named_and_does_nothing(world: Path, tmp_path, queries) -> None:
    before = {path: path.read_bytes() for path in world.iterdir()}
    called: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        for number, query in enumerate(queries):
            told = query.replace("{world}", str(world)).replace("{port}", str(port))
            with pytest.raises(SourceError) as refused:
                ask(world, tmp_path / str(number), told)
                pytest.fail(f"{query} was answered")
            assert SECRET not in str(refused.value) and "\n" not in str(refused.value), query
        with pytest.raises(TimeoutError):
            called.append(listening.accept())
    assert not called
    assert {path: path.read_bytes() for path in world.iterdir()} == before


def test_a_view_in_a_file_reads_no_other_file(world: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"secret\.csv"):
        ask(world, tmp_path / "x", table="trap")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM t -- what I want",
        "SELECT * FROM t;",
        "WITH x AS (FROM t) SELECT * FROM x",
        "SELECT * FROM t /* all of it */ ;  ",
        "SELECT 1 AS user, '; COPY t TO ''/x''' AS item",
    ],
)
def test_a_plain_question_is_answered(world: Path, tmp_path: Path, query: str) -> None:
    """Else all the others might be refused for no reason of theirs."""
    answer = ask(world, tmp_path / "x", query)
    with duckdb.connect() as connection:
        read = connection.execute(f"SELECT count(*), any_value(t.user) FROM '{answer}' AS t")
        assert read.fetchall() == [(1, 1)]


def test_another_kind_of_database_is_refused_and_nothing_is_fetched_for_it(tmp_path: Path) -> None:
    """DuckDB would ask its server for the extension that opens SQLite."""
    path = tmp_path / "x.duckdb"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (user, item)")
    for asked in (lambda: ask_file(path, tmp_path), lambda: tables_of(path)):
        with pytest.raises(SourceError, match="is not a DuckDB file"):
            asked()
    with private_database(tmp_path) as reading:
        for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
            assert reading.execute(f"SELECT current_setting('{setting}')").fetchone() == (False,)


def ask_file(path: Path, scratch: Path) -> Path:
    with Watch(lambda _: None, lambda: False) as watch:
        return extract(watch, path, scratch, table="t", query=None)


def test_a_pipe_in_place_of_a_database_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = threading.Event()

    def wait() -> None:
        for asked in (lambda: tables_of(tmp_path / "pipe"),
                      lambda: ask_file(tmp_path / "pipe", tmp_path)):  # fmt: skip
            with pytest.raises(SourceError, match="no file"):
                asked()
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    assert done.wait(20)


def test_a_library_that_a_stranger_made_reads_no_other_file(world: Path, tmp_path: Path) -> None:
    library, source = tmp_path / "library.duckdb", tmp_path / "r.csv"
    source.write_text("user,item\na,x\n")
    import_source(library, ImportRequest(source, "it"))
    with duckdb.connect(library) as connection:
        connection.execute("ALTER TABLE datasets RENAME TO real")
        connection.execute(
            "CREATE VIEW datasets AS SELECT * REPLACE "
            f"((SELECT content FROM read_text('{world}/secret.csv')) AS name) FROM real"
        )
    with Library.open(library) as opened, pytest.raises(LibraryError) as refused:
        print(opened.datasets())
    assert "secret.csv" in str(refused.value) and SECRET not in str(refused.value)
    with pytest.raises(LibraryError):
        import_source(library, ImportRequest(source, "other"))
