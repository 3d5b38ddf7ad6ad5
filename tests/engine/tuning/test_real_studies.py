"""Searches with real trainings, in one process, in several, killed and stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.explore.explorer import Explorer
from engine.training.runs import find_run, read_events
from engine.training.train import TrainRequest, train
from engine.tuning.study import Study
from engine.tuning.summary import TrialSummary
from engine.tuning.tune import TuneRequest, tune

ROOT = Path(__file__).parents[3]
SETTINGS = {"dim": 16, "layers": 1, "heads": 2, "batch_positions": 640, "epochs": 2}
ENDLESS = {**SETTINGS, "epochs": 100_000, "patience": 100_000}


def request(small, tmp_path, **changes) -> TuneRequest:
    return TuneRequest(
        **{"library": small.library, "runs": tmp_path / "runs", "dataset": "small",
           "studies": tmp_path / "state" / "tuning", "device": "cpu", "model": "sasrec",
           "settings": SETTINGS, **changes}
    )  # fmt: skip


def study_of(tmp_path: Path) -> Study:
    (path,) = (tmp_path / "state" / "tuning").iterdir()
    return Study(path)


def trials_of(home: Path) -> list[TrialSummary]:
    """The trials of the only study, none before there is one."""
    begun = list((home / "state" / "tuning").glob("*/journal.jsonl"))
    return study_of(home).trials() if begun else []


def wait_for(what: Callable[[], object], child: "subprocess.Popen[str]") -> None:
    """Waits until something is so while a process works; the process ends if it never is."""
    deadline = time.monotonic() + 200
    while not what():
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            raise AssertionError(child.communicate())
        time.sleep(0.2)


def test_the_best_trial_opens_in_the_explorer_and_its_command_gives_it_again(
    small, tmp_path
) -> None:
    told = []
    result = tune(request(small, tmp_path, model="sigma", trials=4), on_progress=told.append)
    assert result.finished and len(result.trials) == 4
    assert told[-1].trials == result.trials
    best = result.best()[0]
    run = find_run(tmp_path / "runs", best.run)
    assert run.valid["recall@20"] == best.recall >= result.trials[0].recall
    answer = Explorer.load(run.path, small.library, device="cpu").answer([1, 2, 3])
    assert answer.recommendations
    again = train(
        TrainRequest(
            library=small.library, runs=tmp_path / "again", dataset="small", device="cpu",
            settings=result.plan.decided | best.changes,
        )
    )  # fmt: skip
    assert again.valid["recall@20"] == best.recall
    events = [event for event in read_events(run.path) if event["event"] == "epoch"]
    reported = study_of(tmp_path).optuna.trials[best.number - 1].intermediate_values
    assert reported == {event["epoch"]: event["valid"]["recall@20"] for event in events}


def test_the_budget_ends_the_trial_under_way_which_counts_with_what_it_reached(
    small, tmp_path
) -> None:
    budget, started = 1.0, time.monotonic()
    result = tune(request(small, tmp_path, settings=ENDLESS, budget=budget))
    while not result.trials or result.trials[-1].epochs == 0:  # on a busy machine
        assert all(trial.state == "interrupted" for trial in result.trials)
        budget *= 2
        result = tune(request(small, tmp_path, settings=ENDLESS, budget=budget))
    assert budget <= result.seconds <= time.monotonic() - started
    trial = result.trials[-1]
    assert trial.state == "done" and trial.preset and trial.epochs > 0
    assert result.best() == [trial]
    spent = tune(request(small, tmp_path, settings=ENDLESS, budget=budget))
    assert spent.trials == result.trials and spent.seconds < result.seconds + 1


CHILD = """
import sys
from sigma_tui.main import run
sys.argv = ["sigma-tui", *{words!r}]
run()
"""


def start_child(small, home: Path, **settings: object) -> "subprocess.Popen[str]":
    fixed = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    said = ["tune", "small", "--model", "sasrec", "--library", str(small.library),
            "--device", "cpu", "--trials", "3", *fixed]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(words=said)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "SIGMA_TUI_HOME": str(home), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.thorough
def test_after_kill_9_the_trial_goes_on_where_it_was_and_finished_ones_are_kept(
    small, tmp_path
) -> None:
    settings = {**SETTINGS, "epochs": 40, "patience": 40}
    child = start_child(small, tmp_path, **settings)
    wait_for(lambda: [trial for trial in trials_of(tmp_path)[1:] if trial.epochs >= 3], child)
    child.kill()
    child.wait()
    first, under_way = trials_of(tmp_path)
    assert (first.state, under_way.state) == ("done", "running")
    went_on = tune(request(small, tmp_path, settings=settings, trials=2))
    assert [trial.state for trial in went_on.trials] == ["done", "interrupted", "done"]
    assert went_on.trials[0] == first
    killed, again = went_on.trials[1:]
    assert (again.run, again.drawn) == (killed.run, killed.drawn)
    assert again.epochs == 40 > killed.epochs
    starts = [e for e in read_events(tmp_path / "runs" / again.run) if e["event"] == "start"]
    assert [start["resumed"] for start in starts] == [False, True]


@pytest.mark.thorough
def test_two_jobs_share_a_study(small, tmp_path) -> None:
    result = tune(request(small, tmp_path, trials=5, jobs=2))
    assert result.finished and len(result.trials) == 5
    assert {trial.state for trial in result.trials} <= {"done", "pruned"}
    assert [trial.preset for trial in result.trials] == [True, False, False, False, False]
    times = [
        (trial.datetime_start, trial.datetime_complete)
        for trial in study_of(tmp_path).optuna.trials
    ]
    assert times[1][0] < times[0][1]  # side by side
    assert len({str(trial.drawn) for trial in result.trials}) == 5
    kept = {path.name for path in (tmp_path / "runs").iterdir()}
    assert kept == {trial.run for trial in result.best(3)}
