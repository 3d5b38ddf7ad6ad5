"""Progress and cancellation of imports."""

import signal
import threading
from concurrent.futures import CancelledError
from pathlib import Path

import duckdb
import pytest

from engine.library.importing import ImportRequest, import_source
from engine.library.watch import Progress, Watch

ENDLESS = "SELECT count(*) FROM range(100_000_000_000) a WHERE hash(range) = 1"


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "ratings.csv"
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT hash(i) % 900 AS "user", hash(-i) % 300 AS item, i AS time
            FROM range(60000) t(i)) TO '{path}' (HEADER)"""
        )
    return path


def everything(library: Path) -> list[object]:
    """All rows of all tables of a library."""
    with duckdb.connect(library, read_only=True) as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            for (table,) in connection.execute("SHOW TABLES").fetchall()
        ]


def test_progress_goes_up_to_the_writing_and_never_back(source, tmp_path) -> None:
    told: list[Progress] = []
    request = ImportRequest(source, "it", k_core=5)
    import_source(tmp_path / "library.duckdb", request, told.append)
    fractions = [progress.done for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert 0.7 < fractions[-1] <= 1.0
    steps = list(dict.fromkeys(progress.step for progress in told))
    assert steps[0] == "recognising the source"
    assert "reducing to the 5-core" in steps
    assert steps[-1] == "writing to the library"
    assert str(Progress("reading", 0.5)) == "reading · 50%"


@pytest.mark.thorough
def test_cancelled_in_any_step_an_import_leaves_no_trace(source, tmp_path) -> None:
    library = tmp_path / "library.duckdb"
    import_source(library, ImportRequest(source, "before", k_core=40))
    before = everything(library)
    steps: list[str] = []
    import_source(tmp_path / "other.duckdb", ImportRequest(source, "it", k_core=5),
                  lambda progress: steps.append(progress.step))  # fmt: skip
    for step in dict.fromkeys(steps):
        told: list[str] = []
        with pytest.raises(CancelledError):
            import_source(
                library,
                ImportRequest(source, "before", k_core=5, replace=True),
                lambda progress, told=told: told.append(progress.step),
                lambda step=step, told=told: step in told,
            )
        assert everything(library) == before
        assert not list(tmp_path.glob(".import-*"))
    import_source(library, ImportRequest(source, "after"))


def test_an_import_cancelled_while_rows_are_written_leaves_no_trace(
    source, tmp_path, monkeypatch
) -> None:
    library = tmp_path / "library.duckdb"
    import_source(library, ImportRequest(source, "before"))
    before = everything(library)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.library.writing.digest", stopped)
    with pytest.raises(KeyboardInterrupt):
        import_source(library, ImportRequest(source, "it"))
    assert everything(library) == before


@pytest.mark.parametrize("beside", [False, True])
def test_a_statement_under_way_is_interrupted(beside) -> None:
    ticks: list[Progress] = []
    with (
        duckdb.connect() as connection,
        Watch(ticks.append, lambda: len(ticks) > 2) as watch,
    ):
        with pytest.raises(CancelledError):
            if beside:
                with watch.alongside(connection, ENDLESS):
                    watch.tick(0.5)
            else:
                watch.run(connection, ENDLESS)
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert len(ticks) == 3


def test_ctrl_c_stops_a_statement_under_way() -> None:
    # A shell starts what runs in its background with Ctrl-C ignored, and with it these tests.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _stopped_by_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, before)


def _stopped_by_ctrl_c() -> None:
    with (
        duckdb.connect() as connection,
        Watch(lambda _progress: None, lambda: False) as watch,
    ):
        main = threading.main_thread().ident
        assert main is not None
        timer = threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            watch.run(connection, ENDLESS)
        timer.join()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_duckdb_raises_is_passed_on() -> None:
    with (
        duckdb.connect() as connection,
        Watch(lambda _progress: None, lambda: False) as watch,
    ):
        with pytest.raises(duckdb.CatalogException):
            watch.run(connection, "SELECT * FROM nowhere")
        with (
            pytest.raises(duckdb.CatalogException),
            watch.alongside(connection, "SELECT * FROM nowhere"),
        ):
            pass
