"""What the form of a training asks of the engine, and how settings are completed."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import LibraryError, RunError
from engine.home import Home
from engine.library.library import Library
from engine.training.known_settings import known_settings
from engine.training.runs import find_run
from engine.tuning.summary import TrialSummary
from engine.tuning.tuned import Tuned
from sigma_tui.training.form import Judged, Wish, judge, make_run, offer, wish_of
from sigma_tui.typed.completion import matches


@pytest.fixture
def home(small, tmp_path: Path) -> Home:
    shutil.copy(small.library, tmp_path)
    (tmp_path / "runs").mkdir()
    base = Home.locate(tmp_path / "library.duckdb")
    return replace(base, runs=tmp_path / "runs", state=tmp_path / "state")


def judged(home: Home, wish: Wish) -> Judged:
    return judge(home, offer(home).datasets[0], wish)


def test_everything_there_is_is_offered(home) -> None:
    offered = offer(home)
    assert [data.name for data in offered.datasets] == ["small"]
    assert "sigma" in dict(offered.models) and len(offered.models) == 11


def test_a_wish_is_judged_by_the_engines_own_checks(home) -> None:
    wish = Wish("small", "sigma", "best", "dropout=0.4 epochs=100 prior=standard")
    found = judged(home, wish)
    assert [name for name, _ in found.presets] == ["best", "paper", "fast"]
    assert found.changes == {"dropout": 0.4, "prior": "standard"}  # 100 epochs are the preset's
    assert not found.trouble and found.free_name == "small-sigma-1"
    assert found.command == (
        "sigma-tui train small --model sigma --preset best --set dropout=0.4 --set epochs=100 "
        "--set prior=standard"
    )
    assert {"categories": 4} in [dict(choice.values) for choice in found.choices]
    for own, said in (
        ("dropout=2", "dropout lies between"),
        ("drop=1", "Did you mean 'dropout'?"),
        ("epochs=x", "epochs is a whole number"),
        ("prior=x", "one of mixture, standard"),
        ("heads=3", "does not split"),
        ("epochs", "not KEY=VALUE"),
    ):
        assert said in judged(home, replace(wish, own=own)).trouble
    assert "cannot be a run's name" in judged(home, replace(wish, name="a/b")).name_trouble


def test_a_taken_name_is_told_before_and_at_the_start(home) -> None:
    wish = Wish("small", "sasrec", "fast", "dim=16", "mine")
    assert not judged(home, wish).name_trouble
    make_run(home, wish, "cpu")
    assert "there is a run 'mine' already" in judged(home, wish).name_trouble
    with pytest.raises(RunError, match="there is a run 'mine' already"):
        make_run(home, wish, "cpu")


def test_a_dataset_that_was_removed_meanwhile_is_a_sentence_and_makes_no_run(home) -> None:
    with Library.open(home.library, write=True) as library:
        library.remove("small")
    with pytest.raises(LibraryError, match="there is no dataset 'small'"):
        make_run(home, Wish("small", "sigma", "fast"), "cpu")
    assert not list(home.runs.iterdir())


def test_the_wish_of_a_run_leads_to_the_same_settings(home) -> None:
    wish = Wish("small", "sigma", "fast", "dropout=0.25 epochs=7 windows=last", "first")
    make_run(home, wish, "cpu")
    run = find_run(home.runs, "first")
    again = wish_of(home, run)
    assert (again.dataset, again.model, again.preset, again.name) == ("small", "sigma", "fast", "")
    assert sorted(again.own.split()) == sorted(wish.own.split())
    make_run(home, again, "cpu")
    assert find_run(home.runs, "small-sigma-1").settings == run.settings


def test_settings_are_completed_by_name_and_then_by_value() -> None:
    known = known_settings("sigma")
    assert [match.text for match in matches("epochs=3 pri", known)][:2] == [
        "epochs=3 prior=", "epochs=3 prior_weight=",
    ]  # fmt: skip
    assert [match.text for match in matches("prior=m", known)] == ["prior=mixture"]
    assert next(match.text for match in matches("weight", known)) == "weight_decay="
    assert [(match.text, match.setting.name) for match in matches("a=1 epochs=", known)] == [
        ("a=1 epochs=", "epochs")
    ]
    assert matches("", known) == matches("epochs=3 ", known) == []
    assert matches("epochs=3", known) == matches("nothing=", known) == []


def test_nothing_of_the_form_is_written_until_it_starts(home) -> None:
    before = sorted(os.walk(home.library.parent))
    judged(home, Wish("small", "mind", "paper", "dim=8"))
    assert sorted(os.walk(home.library.parent)) == before


def test_what_a_search_found_is_a_preset_too(home, monkeypatch) -> None:
    summary = TrialSummary(3, "done", "run", False, {}, {}, 0.25, 0.1, 7, 9, 60.0, None, 1.0, "")
    found = Tuned("small-sigma-abc", "fast", {"dim": 24, "heads": 2}, summary)
    monkeypatch.setattr("engine.tuning.tuned.tuned", lambda *_asked: found)
    assert "tuned" not in dict(judged(home, Wish("small", "sigma", "best")).presets)
    (home.tuning / "study").mkdir(parents=True)
    (home.tuning / "study" / "study.json").touch()
    wish = Wish("small", "sigma", "tuned", "heads=4", "searched")
    seen = judged(home, wish)
    assert "trial 3 of study small-sigma-abc" in dict(seen.presets)["tuned"]
    assert seen.base["dim"] == 24 and seen.changes == {"heads": 4}
    make_run(home, wish, "cpu")
    run = find_run(home.runs, "searched")
    assert (run.preset, run.settings["model"]["dim"]) == ("tuned", 24)
