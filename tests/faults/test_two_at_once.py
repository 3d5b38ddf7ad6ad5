"""Two at once: each succeeds, waits, or is refused with who holds what; nothing is half done."""

from pathlib import Path

import pytest
from killing import Ended, Nursery, rests
from test_kill_library import held, ratings
from test_kill_training import SETTINGS, trained

from engine.training.runs import MODEL, list_runs, trained_by
from engine.training.train import TrainRequest, train


def adding(source: Path, name: str) -> dict[str, object]:
    """An import."""
    return {"words": ["data", "import", str(source), "--name", name]}


def statuses(ended: list[Ended]) -> list[int]:
    assert all(one.status == 0 or one.is_refusal for one in ended), [one.said for one in ended]
    return sorted(one.status for one in ended)


def test_imports_into_a_library_that_none_has_made_yet(nursery: Nursery, tmp_path: Path) -> None:
    sources = [ratings(tmp_path / f"{seed}.csv", 2_000, seed) for seed in range(2)]
    jobs = [adding(source, source.stem) for source in sources]
    assert statuses(nursery.together(tmp_path, jobs)) == [0, 0]  # who comes later waits
    assert set(held(tmp_path / "library.duckdb")) == {"0", "1"}
    assert rests(tmp_path) == []


def test_two_imports_under_one_name_and_two_removals(nursery: Nursery, tmp_path: Path) -> None:
    jobs = [adding(ratings(tmp_path / f"{seed}.csv", 500, seed), "same") for seed in range(2)]
    ended = nursery.together(tmp_path, jobs)
    assert statuses(ended) == [0, 1]
    assert any("'same'" in one.said for one in ended if one.status)
    assert set(held(tmp_path / "library.duckdb")) == {"same"}
    removing = {"words": ["data", "remove", "same", "--yes"]}
    ended = nursery.together(tmp_path, [removing, removing])
    assert statuses(ended) == [0, 1]
    refused = next(one.said for one in ended if one.status)
    assert "no dataset" in refused or any(f"process {one.pid}" in refused for one in ended)
    assert held(tmp_path / "library.duckdb") == {}


@pytest.mark.thorough
def test_ten_who_read_beside_one_who_imports(nursery: Nursery, tmp_path: Path) -> None:
    nursery.well(tmp_path, *adding(ratings(tmp_path / "a.csv", 500), "old")["words"])  # type: ignore
    reading = {"words": ["data", "show", "old", "--json"]}
    writing = adding(ratings(tmp_path / "b.csv", 5_000), "new")
    *readers, writer = nursery.together(tmp_path, [reading] * 10 + [writing])
    assert writer.status == 0, writer.said
    for one in readers:
        assert one.status == 0 or f"in use by process {writer.pid}" in one.said, one.said


EXPLORES = """
import os, time
from pathlib import Path
from engine.explore.explorer import Explorer
home = Path(os.environ["SIGMA_TUI_HOME"])
explorer = Explorer.load(Path(os.environ["RUN"]), home / "library.duckdb")
(home / "open").touch()
until = time.monotonic() + 60
while not (home / "done").exists() and time.monotonic() < until:
    assert explorer.answer(explorer.history(3), k=5).recommendations
assert (home / "done").exists()
"""

CHANGES = """
import os, sys, time
from pathlib import Path
home = Path(os.environ["SIGMA_TUI_HOME"])
until = time.monotonic() + 60
while not (home / {wait_for!r}).exists() and time.monotonic() < until:
    time.sleep(0.01)
from sigma_tui.main import app
for words in {lines!r}:
    app(words, standalone_mode=False)
(home / "done").touch()
"""


def test_import_and_removal_beside_an_open_explorer(
    nursery: Nursery, small, tmp_path: Path
) -> None:
    """It has read all that it needs."""
    (tmp_path / "library.duckdb").write_bytes(small.library.read_bytes())
    source = ratings(tmp_path / "a.csv", 500)
    lines = [["data", "import", str(source), "--name", "new"], ["data", "remove", "small", "--yes"]]
    jobs = [
        {"code": EXPLORES, "env": {"RUN": str(small.run)}},
        {"code": CHANGES.format(lines=lines, wait_for="open")},
    ]
    assert statuses(nursery.together(tmp_path, jobs)) == [0, 0]
    assert set(held(tmp_path / "library.duckdb")) == {"new"}


@pytest.mark.parametrize("words", [["--name", "one"], []], ids=["one name", "no name"])
def test_two_new_trainings(nursery: Nursery, small, tmp_path: Path, words: list[str]) -> None:
    job = {"words": ["train", "small", *SETTINGS, "--library", str(small.library), *words]}
    ended = nursery.together(tmp_path, [job, job])
    runs = list_runs(tmp_path / "runs")
    if words:
        assert statuses(ended) == [0, 1]
        assert any("there is a run 'one' already" in one.said for one in ended)
        assert [run.state for run in runs] == ["done"]
    else:
        assert statuses(ended) == [0, 0]
        first, second = (trained(run.path) for run in runs)
        assert first[2] == second[2]
    assert rests(tmp_path) == []


@pytest.mark.thorough
def test_two_go_on_with_one_run_while_its_data_is_removed(
    nursery: Nursery, small, tmp_path: Path
) -> None:
    """A training has read its data when it has begun; the removal waits for its first epoch."""
    (tmp_path / "library.duckdb").write_bytes(small.library.read_bytes())
    settings = {"dim": 16, "categories": 4, "epochs": 12, "patience": 12, "batch_positions": 60}
    library = tmp_path / "library.duckdb"
    train(
        TrainRequest(library, tmp_path / "runs", "small", name="one", settings=settings,
                     device="cpu"),
        should_stop=lambda: True,
    )  # fmt: skip
    resume = {"words": ["train", "--resume", "one", "--device", "cpu"]}
    removal = CHANGES.format(
        lines=[["data", "remove", "small", "--yes"]], wait_for=f"runs/one/{MODEL}"
    )
    *trainings, removed = nursery.together(tmp_path, [resume, resume, {"code": removal}])
    assert statuses([*trainings, removed]) == [0, 0, 1] and removed.status == 0
    won, lost = sorted(trainings, key=lambda one: one.status)
    assert trained_by(tmp_path / "runs" / "one") == f"process {won.pid}"
    assert f"is being trained by process {won.pid}" in lost.said
    assert held(library) == {} and list_runs(tmp_path / "runs")[0].state == "done"
    asked = nursery.run(tmp_path, "recommend", "one", "--user", "u03", "--device", "cpu")
    assert asked.is_refusal and "no dataset 'small'" in asked.said
