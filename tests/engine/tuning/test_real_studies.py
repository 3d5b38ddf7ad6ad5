"""Searches with real trainings, in one process, in several, killed and stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import TrainingError
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
        time.sleep(0.05)


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
    started = time.monotonic()
    endless = request(small, tmp_path, settings=ENDLESS, budget=2.0)
    result = tune(endless)
    assert 2.0 <= result.seconds <= time.monotonic() - started
    (trial,) = result.trials
    assert trial.state == "done" and trial.preset and trial.epochs > 0
    assert result.best() == [trial]
    assert tune(endless).trials == result.trials  # the budget is spent
    assert tune(request(small, tmp_path / "none", budget=0.0)).trials == []


CHILD = """
import sys
from sigma_tui.main import run
sys.argv = ["sigma-tui", *{words!r}]
run()
"""


def start_child(small, home: Path, *words: str, **settings: object) -> "subprocess.Popen[str]":
    fixed = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    said = [
        "tune",
        "small",
        "--model",
        "sasrec",
        "--library",
        str(small.library),
        "--device",
        "cpu",
        *fixed,
        *words,
    ]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(words=said)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "SIGMA_TUI_HOME": str(home), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_after_kill_9_the_trial_goes_on_where_it_was_and_finished_ones_are_kept(
    small, tmp_path
) -> None:
    settings = {**SETTINGS, "epochs": 40, "patience": 40}
    child = start_child(small, tmp_path, "--trials", "3", **settings)
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


def test_ctrl_c_keeps_the_state_and_is_status_130(small, tmp_path) -> None:
    child = start_child(small, tmp_path, "--budget", "10", "--json", **ENDLESS)
    wait_for(lambda: [trial for trial in trials_of(tmp_path) if trial.epochs >= 2], child)
    child.send_signal(signal.SIGINT)
    printed, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "The same command goes on." in said and "Traceback" not in said
    result = json.loads(printed)
    assert (result["finished"], result["best"]) == (False, None)
    assert [trial["state"] for trial in result["trials"]] == ["interrupted"]
    assert study_of(tmp_path).next().user_attrs["run"] == result["trials"][0]["run"]


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


def test_a_killed_job_is_a_sentence_and_nothing_is_lost(small, tmp_path) -> None:
    def kill_one() -> bool:
        for line in subprocess.run(
            ["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines():
            if "engine.tuning.worker" in line and str(tmp_path) in line and " 1 2 0" in line:
                os.kill(int(line.split()[0]), signal.SIGKILL)
                return True
        return False

    killed = False

    def both_train(progress) -> None:
        nonlocal killed
        running = [trial for trial in progress.trials if trial.state == "running"]
        print([(t.number, t.state, t.epochs) for t in progress.trials], flush=True)
        if not killed and len(running) == 2 and min(trial.epochs for trial in running) >= 1:
            killed = kill_one()

    endless = request(small, tmp_path, settings=ENDLESS, jobs=2)
    with pytest.raises(TrainingError, match=r"killed by SIGKILL\. Everything"):
        tune(endless, on_progress=both_train)
    states = sorted(trial.state for trial in study_of(tmp_path).trials())
    assert states == ["interrupted", "running"]  # the other put its own off
    result = tune(request(small, tmp_path, settings=ENDLESS, trials=2, budget=0.0))
    assert [trial.state for trial in result.trials] == ["interrupted", "interrupted"]
