"""What is seen of a training from its files alone, without a process."""

import json
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from engine.training.events import EVENTS
from engine.training.note import write_note
from engine.training.runs import LOCK, MODEL, SAID, STATE, STOP
from sigma_tui.training.follower import Follower, Look
from sigma_tui.training.words import (
    best_line,
    interests_line,
    phase_sentence,
    progress_line,
    step_words,
)

START = {"event": "start", "device": "cpu", "processes": 1, "epochs": 9, "patience": 2}
BEGIN = {"event": "begin", "found": False, "seconds": 0.1}
EPOCH = {
    "event": "epoch", "epoch": 1, "losses": {"loss": 1.5}, "valid": {"recall@20": 0.25},
    "diagnostics": {"interests_alive": 1.0}, "best": True, "seconds": 2.0,
    "sequences_per_second": 10.0, "memory": 1 << 30,
}  # fmt: skip


@pytest.fixture
def run(small, tmp_path: Path) -> Path:
    """A run of which nothing is trained."""
    made = tmp_path / "mine"
    made.mkdir()
    shutil.copy(small.run / "run.json", made)
    return made


def tell(run: Path, *events: dict[str, Any]) -> None:
    with (run / EVENTS).open("ab") as file:
        for event in events:
            file.write(json.dumps(event).encode() + b"\n")


def look(run: Path) -> Look:
    seen: list[Look] = []
    follower = Follower(run, seen.append)
    follower.look_once()
    return seen[-1]


def end(state: str, reason: str = "") -> dict[str, Any]:
    return {"event": "end", "state": state, "reason": reason}


def test_a_run_of_which_nothing_is_trained_says_how_to_begin(run) -> None:
    seen = look(run)
    assert seen.phase == "stopped" and not seen.kept and not seen.explorable
    assert "Press c to begin" in phase_sentence(seen)


@pytest.mark.parametrize(("state", "word"), [("done", "explore"), ("stopped", "go on")])
def test_an_end_is_told_with_what_to_do(run, state, word) -> None:
    tell(run, START, EPOCH, end(state))
    seen = look(run)
    assert seen.phase == state and word in phase_sentence(seen)
    assert "Recall@20 0.2500" in best_line(seen.standing)


def test_a_failure_tells_its_reason_and_what_to_change(run) -> None:
    tell(run, START, end("failed", "the memory of cuda is full. Lower batch_positions"))
    seen = look(run)
    assert seen.phase == "failed"
    said = phase_sentence(seen)
    assert "memory of cuda is full. Lower batch_positions." in said
    assert "Press e to change settings" in said and "no epoch had ended" in said


def test_a_process_that_went_without_a_word_was_killed_and_can_go_on(run) -> None:
    tell(run, START, EPOCH)
    (run / STATE).touch()
    (run / MODEL).touch()
    seen = look(run)
    assert (seen.phase, seen.kept, seen.explorable) == ("killed", True, True)
    assert "Press c to go on, as everything up to epoch 1 is kept" in phase_sentence(seen)


def test_one_that_was_stopped_and_then_killed_in_the_first_epoch_goes_on_from_the_stop(run) -> None:
    tell(run, START)
    (run / STATE).touch()
    said = phase_sentence(look(run))
    assert "go on from where it was stopped before, in the first epoch" in said and "0" not in said


def test_it_is_told_while_it_is_found_where_items_begin(run, monkeypatch) -> None:
    tell(run, START)
    with FileLock(run / LOCK):
        seen: list[Look] = []
        follower = Follower(run, seen.append)
        follower.look_once()
        assert step_words(seen[-1].standing) == "reading the data"
        tell(run, BEGIN)
        follower.look_once()
        assert seen[-1].phase == "training"
        assert step_words(seen[-1].standing) == "finding where items begin"
        said = phase_sentence(seen[-1])
        assert said.startswith("Finding where items begin, for training on cpu:")
        assert said.endswith("It goes on when you leave the app.")
        monkeypatch.setattr("sigma_tui.training.follower.QUIET", 0.0)
        monkeypatch.setattr(follower, "_heard", follower._heard - 7)
        follower.look_once()
        silent = phase_sentence(seen[-1])
        assert "Finding where items begin" in silent and "nothing was heard of it for 7" in silent
        monkeypatch.setattr("sigma_tui.training.follower.QUIET", 600.0)
        follower.stop_training()
        follower.look_once()
        assert seen[-1].phase == "stopping" and (run / STOP).exists()
        assert "found anew when you go on" in phase_sentence(seen[-1])
    tell(run, end("stopped"))
    follower.look_once()
    assert phase_sentence(look(run)) == phase_sentence(seen[-1]) == (
        "Stopped before epoch 1, while it was found where items begin. Press c to go on, to the "
        "same result."
    )  # fmt: skip


def test_a_training_that_has_found_where_items_begin_is_told_as_any_other(run) -> None:
    tell(run, START, BEGIN, {**BEGIN, "found": True})
    with FileLock(run / LOCK):
        assert phase_sentence(look(run)).startswith("Training on cpu, epoch 1 of 9 at most")
    tell(run, end("stopped"))
    assert phase_sentence(look(run)).startswith("Stopped in epoch 1.")


def test_a_process_that_was_killed_while_it_found_where_items_begin_begins_again(run) -> None:
    tell(run, START, BEGIN)
    seen = look(run)
    assert seen.phase == "killed"
    assert "Press c to begin again: no epoch had ended." in phase_sentence(seen)


def test_a_full_disk_is_said_where_a_process_could_not_say_it(run, monkeypatch) -> None:
    tell(run, START, EPOCH)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(
        "sigma_tui.training.follower.shutil.disk_usage", lambda _path: usage(9, 9, 0)
    )
    assert "the disk is full" in phase_sentence(look(run))


def test_an_error_before_the_first_event_is_found_in_what_the_process_said(run) -> None:
    (run / SAID).write_text("epoch 1\nerror: the library is in use by process 7.\n")
    seen = look(run)
    assert (seen.phase, seen.why) == ("failed", "the library is in use by process 7.")
    (run / SAID).write_text("Traceback\n  File x\nModuleNotFoundError: No module named 'x'\n")
    assert look(run).why == "ModuleNotFoundError: No module named 'x'"


def test_a_device_that_took_the_process_along_is_told(run) -> None:
    """As where a thread of CUDA ends it: no exception of Python's is printed."""
    tell(run, START, EPOCH)
    (run / STATE).touch()
    (run / SAID).write_text(
        "terminate called after throwing an instance of 'c10::AcceleratorError'\n"
        "  what():  CUDA error: an illegal memory access was encountered\n"
        "CUDA kernel errors might be asynchronously reported at some other API call.\n"
    )
    said = phase_sentence(look(run))
    assert "the device was lost (CUDA error: an illegal memory access was encountered)" in said
    assert "--resume mine --device cpu. Press c to go on, as everything up to epoch 1" in said


def test_a_training_by_another_process_is_followed_and_asked_to_stop(run) -> None:
    tell(run, START, EPOCH)
    with FileLock(run / LOCK):
        seen: list[Look] = []
        follower = Follower(run, seen.append)
        follower.look_once()
        assert seen[-1].phase == "training"
        assert "1.00 GiB" in progress_line(seen[-1].standing)
        follower.look_once()
        assert len(seen) == 1  # nothing new
        follower.stop_training()
        follower.look_once()
        assert seen[-1].phase == "stopping" and (run / STOP).exists()
    tell(run, end("stopped"))
    (run / STOP).unlink()
    follower.look_once()
    assert seen[-1].phase == "stopped"


def test_a_run_that_is_removed_or_made_anew_meanwhile_is_noticed(run) -> None:
    tell(run, START, EPOCH, end("done"))
    seen: list[Look] = []
    follower = Follower(run, seen.append)
    follower.look_once()
    (run / EVENTS).write_bytes(b"")
    tell(run, START)
    follower.look_once()
    assert seen[-1].phase == "killed" and not seen[-1].standing.trained
    shutil.rmtree(run)
    follower.look_once()
    assert seen[-1].phase == "gone" and "has been removed" in phase_sentence(seen[-1])


def test_interests_that_died_are_told_with_advice(run) -> None:
    tell(run, START, EPOCH, end("done"))
    line = interests_line(look(run))
    assert line.startswith("Interests alive: 1 of 4. Raise interest_weight")


def test_a_note_and_a_damaged_description_are_seen(run) -> None:
    write_note(run, "why")
    assert look(run).note == "why"
    (run / "run.json").write_text("{")
    assert "damaged" in phase_sentence(look(run))
