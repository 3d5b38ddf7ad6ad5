"""A source that shrinks while it is read, a clock that goes backwards, output that nobody reads."""

import gzip
from pathlib import Path

import duckdb
import pytest
from killing import Nursery
from test_kill_library import held, ratings
from test_kill_training import trained

from engine.errors import SourceError
from engine.library.importing import ImportRequest, import_source
from engine.library.watch import Progress
from engine.training.events import EVENTS
from engine.training.runs import list_runs
from engine.training.train import resume, train


def source_of(folder: Path, format: str) -> Path:
    """A file of a format, large enough not to be read at once."""
    plain = ratings(folder / "r.csv", 20_000)
    other = folder / f"r.{format}"
    if format == "gz":
        other.write_bytes(gzip.compress(plain.read_bytes()))
    elif format != "csv":
        kind = "parquet" if format == "parquet" else "json"
        duckdb.sql(f"COPY (FROM '{plain}') TO '{other}' (FORMAT {kind})")
    return other


@pytest.mark.parametrize(
    ("step", "format"),
    [
        ("reading", "csv"),
        ("recognising", "parquet"),
        *(
            pytest.param(step, format, marks=pytest.mark.slow)
            for step in ("reading", "recognising")
            for format in ("csv", "gz", "parquet", "jsonl")
        ),
    ],
)
def test_a_source_that_shrinks_is_refused(tmp_path: Path, format: str, step: str) -> None:
    """Half of it would otherwise be taken for the whole."""
    source, library = source_of(tmp_path, format), tmp_path / "library.duckdb"
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


def test_a_clock_that_goes_backwards_changes_nothing(small, tmp_path: Path) -> None:
    """A training was begun on a day that is yet to come, and goes on today."""
    asked = small.request(runs=tmp_path, name="run")
    train(asked, should_stop=lambda: True)
    path = tmp_path / "run"
    for name in ("run.json", EVENTS):
        text = (path / name).read_text()
        (path / name).write_text(text.replace('": "20', '": "29'))
    resume(path, library=small.library, device="cpu")
    assert trained(path)[1:] == trained(small.run)[1:]
    (run,) = list_runs(tmp_path)
    assert run.state == "done" and run.created.startswith("29")


def test_no_duration_is_measured_by_a_clock_that_may_be_set() -> None:
    root = Path(__file__).parents[2]
    ours = [path for part in ("engine", "sigma_tui") for path in (root / part).rglob("*.py")]
    assert len(ours) > 100
    assert [path.name for path in ours if "time.time()" in path.read_text("utf-8")] == []


def test_nobody_reads_what_is_printed(nursery: Nursery, small) -> None:
    """As before `| head`: it ends without a word."""
    for words in (
        ("data", "show", "small", "--json"),
        ("runs", "list"),
        ("recommend", "tiny", "--user", "u03", "--device", "cpu"),
    ):
        ended = nursery.run(small.home, *words, nobody_reads=True)
        assert ended.status in (0, 1) and ended.said == "", (words, ended)
