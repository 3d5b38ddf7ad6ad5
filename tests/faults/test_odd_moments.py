"""A source that shrinks while it is read, a clock that goes backwards, output that nobody reads."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest
from killing import Nursery
from test_kill_library import held, ratings
from test_kill_training import SETTINGS, trained

from engine.errors import SourceError
from engine.library.importing import ImportRequest, import_source
from engine.library.watch import Progress
from engine.training.events import EVENTS
from engine.training.runs import list_runs


def sources(folder: Path) -> dict[str, Path]:
    """One file in several formats, large enough not to be read at once."""
    plain = ratings(folder / "r.csv", 60_000)
    packed = folder / "r.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    columns = folder / "r.parquet"
    duckdb.sql(f"COPY (FROM '{plain}') TO '{columns}'")
    lines = folder / "r.jsonl"
    duckdb.sql(f"COPY (FROM '{plain}') TO '{lines}' (FORMAT json)")
    return {"csv": plain, "gz": packed, "parquet": columns, "jsonl": lines}


@pytest.mark.parametrize("format", ["csv", "gz", "parquet", "jsonl"])
@pytest.mark.parametrize("step", ["recognising", "reading"])
def test_a_source_that_shrinks_is_refused(tmp_path: Path, format: str, step: str) -> None:
    """Half of it would otherwise be taken for the whole."""
    source, library = sources(tmp_path)[format], tmp_path / "library.duckdb"
    import_source(library, ImportRequest(ratings(tmp_path / "a.csv", 60), "before"))
    before = held(library)

    def cut(progress: Progress) -> None:
        if progress.step.startswith(step):
            with source.open("r+b") as file:
                file.truncate(source.stat().st_size // 2)

    with pytest.raises(SourceError, match="became shorter while it was read"):
        import_source(library, ImportRequest(source, "new"), cut)
    assert held(library) == before
    assert not list(tmp_path.glob(".import-*"))


def test_a_clock_that_goes_backwards_changes_nothing(
    nursery: Nursery, small, tmp_path: Path
) -> None:
    """A training was begun on a day that is yet to come, and goes on today."""
    words = ("train", "small", *SETTINGS, "--library", str(small.library), "--name")
    nursery.well(tmp_path, *words, "whole")
    expected = trained(tmp_path / "runs" / "whole")
    whole = nursery.run(tmp_path, *words, "run", kill_after=0.6)
    path = tmp_path / "runs" / "run"
    if not path.exists():
        nursery.well(tmp_path, *words, "run")
    for name in ("run.json", EVENTS):
        if (path / name).exists():
            text = (path / name).read_text()
            (path / name).write_text(text.replace('": "20', '": "29'))
    if whole.killed:
        nursery.well(
            tmp_path, "train", "--resume", "run", "--library", str(small.library), "--device", "cpu"
        )
    assert trained(path)[1:] == expected[1:]
    runs = list_runs(tmp_path / "runs")
    assert [run.name for run in runs] == ["run", "whole"] and runs[0].created.startswith("29")


def test_no_duration_is_measured_by_a_clock_that_may_be_set() -> None:
    root = Path(__file__).parents[2]
    ours = [path for part in ("engine", "sigma_tui") for path in (root / part).rglob("*.py")]
    assert len(ours) > 100
    assert [path.name for path in ours if "time.time()" in path.read_text("utf-8")] == []


def test_nobody_reads_what_is_printed(nursery: Nursery, small) -> None:
    """As before `| head`: it ends without a word."""
    for words in (
        ("data", "list"),
        ("data", "show", "small", "--json"),
        ("runs", "list"),
        ("recommend", "tiny", "--user", "u03", "--device", "cpu"),
        ("--help",),
    ):
        ended = nursery.run(small.home, *words, nobody_reads=True)
        assert ended.status in (0, 1) and ended.said == "", (words, ended)


def test_json_is_whole_where_it_is_read(nursery: Nursery, small) -> None:
    ended = nursery.well(small.home, "data", "show", "small", "--json")
    assert json.loads(ended.said)["name"] == "small"
