"""The import benchmark measures what it says, on files small enough for a test."""

import json

import duckdb
import pytest
from typer.testing import CliRunner

from engine.bench.importing import measure_imports
from engine.bench.made_ratings import RATINGS, TITLES, make_ratings
from engine.errors import SourceError
from sigma_tui.main import app


def test_the_made_files_are_what_was_asked_for(tmp_path) -> None:
    make_ratings(tmp_path, rows=20_000, users=300, items=200)
    with duckdb.connect() as connection:
        rows, *ends, times, first = connection.execute(
            f"""SELECT count(*), min("userId"), max("userId"), min("movieId"), max("movieId"),
                min(rating), max(rating), count(DISTINCT timestamp),
                count(*) FILTER ("movieId" = 1)
            FROM read_csv('{tmp_path / RATINGS}')"""
        ).fetchall()[0]
        titles = connection.execute(
            f'SELECT count(*), count(DISTINCT title), min("movieId"), max("movieId"), '
            f"count(genres) FROM read_csv('{tmp_path / TITLES}')"
        ).fetchall()[0]
    assert rows == 20_000
    assert ends == [1, pytest.approx(300, abs=20), 1, pytest.approx(200, abs=5), 0.5, 5.0]
    assert times > 19_900
    assert 20_000 / 12 < first < 20_000 / 5  # Zipf: the first item has a share of ln 2 / ln 200
    assert titles == (200, 200, 1, 200, 200)


@pytest.mark.thorough
def test_the_command_gives_sane_json_and_keeps_the_files(tmp_path) -> None:
    words = [
        "bench",
        "import",
        "--rows",
        "20000",
        "--repeats",
        "1",
        "--keep",
        str(tmp_path),
        "--json",
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, (result.output, result.exception)
    found = json.loads(result.stdout)
    assert found["rows"] == 20_000
    assert found["ratio"]["repeats"] == 1
    assert found["ratio"]["median"] == pytest.approx(
        found["import_seconds"]["median"] / found["plain_seconds"]["median"], rel=0.05
    )
    assert found["statement_ratio"]["median"] >= found["ratio"]["median"]
    assert found["import_rows_per_second"] > 0
    assert 20 < found["import_peak_mib"] < 6000
    assert found["plain_peak_mib"] > 20
    assert 0 < found["progress_gap_seconds"] <= found["import_seconds"]["p95"]
    assert found["cancel_seconds"] >= 0
    assert {path.name for path in tmp_path.iterdir()} == {RATINGS, TITLES}


def test_a_file_that_cannot_be_imported_is_one_sentence(tmp_path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="cannot be imported") as caught:
        measure_imports(source, None, repeats=1)
    assert "\n" not in str(caught.value)
