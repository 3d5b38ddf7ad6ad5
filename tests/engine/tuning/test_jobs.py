"""What is told to processes that search side by side, and what becomes of those that fail."""

import os
import time
from pathlib import Path

import pytest
from scripted import script_trainings

from engine.errors import TrainingError
from engine.tuning.jobs import work_together
from engine.tuning.study import Study
from engine.tuning.trial import Place
from engine.tuning.tune import TuneRequest, tune
from engine.tuning.worker import BUDGET_OVER, _Parent

JOB = """#!/bin/sh
# In place of python -m engine.tuning.worker STUDY LIBRARY RUNS DEVICE JOB JOBS LIMIT
case "$7" in
{cases}
esac
"""


@pytest.fixture
def study(small, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Study:
    script_trainings(monkeypatch, lambda settings: [(0.1, 99)])
    studies = tmp_path / "studies"
    path = tune(TuneRequest(small.library, tmp_path, studies, "small", trials=1)).path
    return Study(path)


def together(study: Study, monkeypatch, cases: str, ended=lambda: "") -> None:
    job = study.path / "job.sh"
    job.write_text(JOB.format(cases=cases))
    job.chmod(0o755)
    monkeypatch.setattr("engine.tuning.jobs.sys.executable", str(job))
    place = Place(Path("library"), Path("runs"), "cpu")
    work_together(study, place, jobs=3, limit=None, ended=ended, tick=lambda: None)


@pytest.mark.parametrize("which", [0, 2])
def test_one_that_is_killed_stops_the_others_and_is_a_sentence(study, monkeypatch, which) -> None:
    cases = f"{which}) kill -9 $$ ;; *) cat > $3/told-$7 ;;"
    with pytest.raises(TrainingError, match=r"of the 3 .* killed by SIGKILL\. Everything"):
        together(study, monkeypatch, cases)
    others = {0, 1, 2} - {which}
    assert {path.name for path in study.path.glob("told-*")} == {f"told-{n}" for n in others}
    assert all((study.path / f"told-{number}").read_bytes() == b"" for number in others)


def test_the_sentence_of_one_that_fails_is_said(study, monkeypatch) -> None:
    cases = "1) echo noise; echo 'error: the memory is full.' >&2; exit 1 ;; *) cat ;;"
    with pytest.raises(TrainingError, match=r"ended: the memory is full\. Everything"):
        together(study, monkeypatch, cases)


def test_all_are_told_that_the_budget_is_over(study, monkeypatch) -> None:
    asked = iter(["", "budget"])
    together(study, monkeypatch, "*) cat > $3/told-$7 ;;", ended=lambda: next(asked, "budget"))
    told = [path.read_bytes() for path in study.path.glob("told-*")]
    assert told == 3 * [BUDGET_OVER]


@pytest.mark.parametrize(("words", "expected"), [(BUDGET_OVER, "budget"), (b"", "asked")])
def test_a_job_hears_that_the_budget_is_over_or_that_its_parent_is_gone(words, expected) -> None:
    ours, theirs = os.pipe()
    parent = _Parent(ours)
    assert parent.ended() == ""
    os.write(theirs, words)
    os.close(theirs)
    deadline = time.monotonic() + 10
    while not parent.ended() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.close(ours)
    assert parent.ended() == expected
