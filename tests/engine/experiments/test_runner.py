"""Cells: run once, kept, gone on with, whatever happens between."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from engine.errors import RunError, SettingsError
from engine.evaluation.metrics import ndcg, recall
from engine.experiments import runner
from engine.experiments.datasets import datasets_in
from engine.experiments.kept import (
    DataFacts,
    cell_name,
    failed_runs,
    find_run_of,
    kept_results,
    read_ranks,
    read_result,
    result_of,
    same_settings,
    wanted_settings,
)
from engine.experiments.plan import Cell
from engine.experiments.remaining import Remaining
from engine.experiments.runner import LOCKS, Outcome, Place, run_cells
from engine.experiments.together import run_together
from engine.training.checkpoint import load_model
from engine.training.runs import find_run, list_runs

ROOT = Path(__file__).parents[3]
TINY = (("dim", 16), ("epochs", 2))
CELLS = [Cell("small", "sasrec", "fast", TINY, seed) for seed in (0, 1)]


@pytest.fixture
def place(small, tmp_path) -> Place:
    return Place(small.library, tmp_path / "experiments", "cpu", "sigma-tui reproduce table2")


def ran(place: Place, cells: list[Cell] = CELLS, **free) -> list[Outcome]:
    return run_cells(cells, datasets_in(place.library, ["small"]), place, **free)


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def facts(place: Place) -> DataFacts:
    return DataFacts.of(datasets_in(place.library, ["small"])["small"])


def after(count: int):
    """A ``should_stop`` that says yes from the given question on."""
    questions = iter(range(10**9))
    return lambda: next(questions) >= count


def test_every_cell_is_run_once_and_leaves_a_result_with_all_that_made_it(place) -> None:
    heard: list[dict] = []
    assert states(ran(place, tell=heard.append)) == ["finished", "finished"]
    first = ran(place)
    assert states(first) == ["kept", "kept"]
    result = read_result(place.root / first[0].run)
    assert (result.dataset, result.model, result.preset, result.seed) == (
        "small",
        "sasrec",
        "fast",
        0,
    )
    assert result.settings == wanted_settings(CELLS[0], facts(place).shape)
    assert result.data == facts(place)
    assert result.users == 30 and result.epochs == 2 and result.command == place.command
    assert result.machine.threads == 1
    build = torch.__version__.partition("+")  # which a wheel's own version may leave out
    assert result.machine.versions["torch"] in (build[0], torch.__version__)
    assert {"recall@20", "ndcg@40", "diversity@10", "mrr"} <= set(result.test)
    assert [event["state"] for event in heard if event["event"] == "cell"] == [
        "begins", "finished", "begins", "finished",
    ]  # fmt: skip
    last = [event for event in heard if event["event"] == "epoch"][-1]
    assert (last["number"], last["of"], last["epoch"]) == (2, 2, 2)
    begun = [event["left"] for event in heard if event.get("state") == "begins"]
    known = result.seconds + result.seconds_evaluating
    assert begun[0] is None  # nothing was measured yet
    assert 0.5 * known < begun[1] <= known
    assert last["left"] is None or 0 <= last["left"] < begun[1]
    assert json.loads(json.dumps(heard)) == heard


def test_the_kept_ranks_give_the_kept_metrics(place) -> None:
    (outcome,) = ran(place, CELLS[:1])
    result = read_result(place.root / outcome.run)
    ranks = read_ranks(place.root / outcome.run, result.data.fingerprint)
    assert ranks.shape == (30,) and ranks.dtype == torch.float32
    assert recall(ranks, 20) == pytest.approx(result.test["recall@20"])
    assert ndcg(ranks, 40) == pytest.approx(result.test["ndcg@40"])
    with pytest.raises(RunError, match="data"):
        read_ranks(place.root / outcome.run, "another")


def test_a_cell_is_a_run_that_others_can_open_by_its_name_and_do_not_list(place) -> None:
    (outcome,) = ran(place, CELLS[:1])
    runs = place.root.parent
    assert find_run(runs, f"experiments/{outcome.run}").state == "done"
    assert load_model(place.root / outcome.run, device="cpu").model_name == "sasrec"
    assert list_runs(runs) == []


def test_the_test_split_is_read_once_for_each_cell_and_by_no_stopped_one(
    place, monkeypatch
) -> None:
    read: list[str] = []
    real = runner.evaluate

    def counted(model, sequences, catalogue, split, **free):
        read.append(split)
        return real(model, sequences, catalogue, split, **free)

    monkeypatch.setattr(runner, "evaluate", counted)
    ran(place, should_stop=after(2))
    assert read == []
    ran(place)
    ran(place)
    assert read == ["test", "test"]


def test_a_stopped_cell_goes_on_to_the_result_of_an_unbroken_one(place, tmp_path) -> None:
    assert states(ran(place, should_stop=after(2))) == ["stopped", "stopped"]
    assert kept_results(place.root) == []
    assert states(ran(place)) == ["finished", "finished"]
    whole = replace(place, root=tmp_path / "whole")
    ran(whole)
    for parts, expected in zip(kept_results(place.root), kept_results(whole.root), strict=True):
        assert (parts.test, parts.valid) == (expected.test, expected.valid)


def test_a_budget_that_is_spent_begins_nothing(place) -> None:
    assert states(ran(place, budget=0.0)) == ["stopped", "stopped"]
    assert list(place.root.glob("*/run.json")) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.experiments.datasets import datasets_in
from engine.experiments.plan import Cell
from engine.experiments.runner import Place, run_cells

library, root, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
cells = [Cell("small", "sasrec", "fast", (("dim", 16), ("epochs", 2)), seed) for seed in (0, 1)]
seen = []

def tell(event):
    seen.append(f"{event['event']}-{event.get('state', event.get('epoch'))}-{event['number']}")
    if seen[-1] == when:
        os.kill(os.getpid(), signal.SIGKILL)

run_cells(cells, datasets_in(library, ["small"]), Place(library, root, "cpu"), tell=tell)
"""


@pytest.mark.thorough
@pytest.mark.parametrize(("when", "kept"), [("epoch-1-1", 0), ("cell-finished-1", 1)])
def test_after_kill_9_whole_cells_are_kept_and_the_rest_goes_on(
    place, tmp_path, when, kept
) -> None:
    words = [sys.executable, "-c", KILLED, str(place.library), str(place.root), when]
    killed = subprocess.run(words, cwd=ROOT, timeout=120, check=False)
    assert killed.returncode == -9
    before = {path: path.stat().st_mtime_ns for path in place.root.glob("*/result.json")}
    assert len(before) == kept
    outcomes = ran(place)
    assert states(outcomes) == ["kept"] * kept + ["finished"] * (2 - kept)
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    whole = replace(place, root=tmp_path / "whole")
    ran(whole)
    assert [one.test for one in kept_results(place.root)] == [
        one.test for one in kept_results(whole.root)
    ]


def test_a_run_that_was_trained_but_not_tested_is_only_tested(place) -> None:
    (outcome,) = ran(place, CELLS[:1])
    (place.root / outcome.run / "result.json").unlink()
    heard: list[dict] = []
    assert states(ran(place, CELLS[:1], tell=heard.append)) == ["finished"]
    assert [event["event"] for event in heard] == ["cell"]  # no epoch


def test_a_cell_that_fails_is_told_and_the_next_one_is_run(place) -> None:
    wild = (("dim", 16), ("epochs", 50), ("learning_rate", 10.0), ("gradient_clip", 1e9))
    outcomes = ran(place, [Cell("small", "sigma", "fast", wild), CELLS[0]])
    assert states(outcomes) == ["failed", "finished"]
    assert "learning_rate" in outcomes[0].reason
    ((name, reason),) = failed_runs(place.root)
    assert name == outcomes[0].run and reason == outcomes[0].reason


def test_a_cell_that_another_process_has_is_left_to_it(place) -> None:
    locks = place.root / LOCKS
    locks.mkdir(parents=True)
    with FileLock(locks / f"{cell_name(CELLS[0], facts(place))}.lock"):
        assert states(ran(place)) == ["busy", "finished"]
    assert states(ran(place)) == ["finished", "kept"]


def test_what_cannot_be_asked_for_is_said_before_anything_is_run(place) -> None:
    for wrong in (Cell("small", "sasrek", "fast"), Cell("small", "sasrec", "quick"),
                  Cell("small", "sasrec", "fast", (("dropuot", 0.1),))):  # fmt: skip
        with pytest.raises(SettingsError):
            ran(place, [CELLS[0], wrong])
    assert not place.root.exists()


def test_other_settings_seeds_or_data_are_another_cell(place) -> None:
    data = facts(place)
    name = cell_name(CELLS[0], data)
    assert name.startswith("small-sasrec-fast+dim-16+epochs-2-s0-")
    others = (
        CELLS[1],
        replace(CELLS[0], preset="paper"),
        replace(CELLS[0], changes=(*TINY, ("dropout", 0.4))),
    )
    names = {cell_name(other, data) for other in others}
    names.add(cell_name(CELLS[0], replace(data, fingerprint="another")))
    assert len(names) == 4 and name not in names
    same = replace(CELLS[0], changes=(*TINY, ("dropout", 0.5)))  # the default
    assert cell_name(same, data) == name


def test_a_preset_that_has_changed_makes_another_cell_and_the_old_result_is_not_its(
    place, monkeypatch
) -> None:
    cell = Cell("small", "sasrec", "fast")
    monkeypatch.setitem(runner_presets()["sasrec"], "fast", {"dim": 16, "epochs": 1})
    ran(place, [cell])
    assert result_of(cell, kept_results(place.root)) is not None
    monkeypatch.setitem(runner_presets()["sasrec"], "fast", {"dim": 16, "epochs": 1, "heads": 2})
    assert result_of(cell, kept_results(place.root)) is None
    assert states(ran(place, [cell])) == ["finished"]
    assert len(kept_results(place.root)) == 2


def runner_presets():
    from engine.training.presets import PRESETS

    return PRESETS


def test_a_setting_that_is_new_to_the_program_counts_as_its_default(place) -> None:
    (outcome,) = ran(place, CELLS[:1])
    path = place.root / outcome.run / "run.json"
    described = json.loads(path.read_text("utf-8"))
    del described["settings"]["model"]["positions"]
    renamed = place.root / "older"
    path.parent.rename(renamed)
    (renamed / "run.json").write_text(json.dumps(described), encoding="utf-8")
    assert find_run_of(place.root, CELLS[0], facts(place)) == renamed
    wanted = wanted_settings(CELLS[0], facts(place).shape)
    made = described["settings"]
    assert same_settings("sasrec", made, wanted)
    other = {**wanted, "model": {**wanted["model"], "positions": "right"}}
    assert not same_settings("sasrec", made, other)
    gone = {**made, "model": {**made["model"], "of_old": 1}}
    assert not same_settings("sasrec", gone, wanted)


def test_a_damaged_result_says_what_to_do(place) -> None:
    (outcome,) = ran(place, CELLS[:1])
    path = place.root / outcome.run / "result.json"
    path.write_text(path.read_text("utf-8")[:100], encoding="utf-8")
    with pytest.raises(RunError, match="Remove it"):
        kept_results(place.root)


@pytest.mark.thorough
def test_several_processes_share_the_cells(place) -> None:
    cells = [Cell("small", "sasrec", "fast", TINY, seed) for seed in (0, 1, 2)]
    heard: list[dict] = []
    outcomes = run_together(cells, place, 2, tell=heard.append)
    assert states(outcomes) == ["finished"] * 3
    assert len([event for event in heard if event.get("state") == "finished"]) == 3
    assert states(ran(place, cells)) == ["kept"] * 3


@pytest.mark.thorough
def test_processes_that_are_asked_to_stop_keep_what_they_have(place) -> None:
    long = [replace(cell, changes=(("dim", 16), ("epochs", 100_000))) for cell in CELLS]
    heard: list[dict] = []
    outcomes = run_together(
        long,
        place,
        2,
        tell=heard.append,
        should_stop=lambda: any(event["event"] == "epoch" for event in heard),
    )
    assert states(outcomes) == ["stopped", "stopped"]
    assert kept_results(place.root) == []


def test_time_left_is_of_what_was_measured_and_unknown_before() -> None:
    from made_results import made_result

    remaining = Remaining([])
    cell = Cell("office", "sasrec", "best")
    assert remaining.seconds(cell, 0.0, []) is None
    remaining.add(made_result(cell, {}, seconds=100.0, seconds_evaluating=0.0))
    remaining.add(made_result(replace(cell, seed=1), {}, seconds=200.0, seconds_evaluating=0.0))
    assert remaining.seconds(cell, 50.0, [cell, cell]) == 100.0 + 300.0
    assert remaining.seconds(cell, 500.0, [cell]) is None  # nobody knows how much longer
    assert remaining.of(Cell("office", "sigma", "best")) == 150.0  # as the dataset's others
    assert remaining.seconds(cell, 0.0, [Cell("toys", "sasrec", "best")]) is None
