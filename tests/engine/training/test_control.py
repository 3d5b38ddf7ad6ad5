"""What others may do to a run: prepare it, ask it to stop, note something; and how it fails."""

import errno
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from safetensors import SafetensorError

from engine.errors import LibraryError, RunError, TrainingError
from engine.models.registry import MODELS
from engine.training import checkpoint
from engine.training.events import read_events
from engine.training.known_settings import known_settings
from engine.training.note import LONGEST, read_note, write_note
from engine.training.presets import chosen, settings_for
from engine.training.rule import Shape
from engine.training.runs import (
    LOCK,
    STOP,
    ask_to_stop,
    check_name,
    find_run,
    free_name,
    is_asked_to_stop,
)
from engine.training.train import TrainRequest, prepare, resume, train

TINY = {"dim": 16, "epochs": 50, "patience": 50, "interest_negatives": 16}


def request(small, runs: Path, **settings: object) -> TrainRequest:
    return TrainRequest(
        small.library, runs, "small", name="run", settings={**TINY, **settings}, device="cpu"
    )


def last_event(run: Path) -> dict[str, object]:
    return read_events(run)[-1]


def test_a_prepared_run_is_there_and_not_trained(small, tmp_path) -> None:
    path = prepare(request(small, tmp_path))
    found = find_run(tmp_path, "run")
    assert (found.path, found.state, found.epochs) == (path, "stopped", 0)
    with pytest.raises(RunError, match="there is a run 'run' already"):
        prepare(request(small, tmp_path))
    assert resume(path, library=small.library, device="cpu", should_stop=lambda: True).epochs == 0


def test_a_run_is_asked_to_stop_by_a_file_and_keeps_everything(small, tmp_path) -> None:
    with pytest.raises(RunError, match="nothing to stop"):
        ask_to_stop(prepare(request(small, tmp_path)))

    def stop_in_the_second(event) -> None:
        if event["event"] == "epoch" and event["epoch"] == 2:
            ask_to_stop(tmp_path / "run")
            assert is_asked_to_stop(tmp_path / "run")

    stopped = resume(
        tmp_path / "run", library=small.library, device="cpu", on_event=stop_in_the_second
    )
    assert not stopped.finished and stopped.epochs == 2
    assert not is_asked_to_stop(tmp_path / "run")
    assert find_run(tmp_path, "run").state == "stopped"


def test_a_wish_to_stop_that_a_killed_process_left_stops_nobody_else(small, tmp_path) -> None:
    path = prepare(request(small, tmp_path, epochs=2))
    (path / STOP).touch()
    assert resume(path, library=small.library, device="cpu").finished


def test_a_moments_look_at_the_lock_does_not_keep_a_training_from_it(small, tmp_path) -> None:
    path = prepare(request(small, tmp_path, epochs=1))
    lock = FileLock(path / LOCK, thread_local=False)
    lock.acquire()
    threading.Timer(0.1, lock.release).start()
    assert resume(path, library=small.library, device="cpu").finished


def test_data_that_is_gone_is_told_in_the_events(small, tmp_path) -> None:
    path = prepare(request(small, tmp_path))
    with pytest.raises(LibraryError):
        resume(path, library=tmp_path / "empty.duckdb", device="cpu")
    end = last_event(path)
    assert end["state"] == "failed" and "there is no dataset 'small'" in str(end["reason"])
    assert find_run(tmp_path, "run").state == "failed"


@pytest.mark.parametrize(
    "error", [SafetensorError("No space left on device"), OSError(errno.ENOSPC, "No space left")]
)
def test_a_full_disk_is_a_sentence_in_the_events(small, tmp_path, monkeypatch, error) -> None:
    def full(_tensors, path: Path, **_more: object) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(TrainingError, match="Make room"):
        train(request(small, tmp_path))
    end = last_event(tmp_path / "run")
    assert end["state"] == "failed" and "No space left" in str(end["reason"])
    assert not list((tmp_path / "run").glob(".*tmp"))  # what was begun makes no room scarce


def test_a_note_is_kept_cut_and_removed(tmp_path) -> None:
    assert read_note(tmp_path) == ""
    write_note(tmp_path, "  [red]one\x1b two \n")
    assert read_note(tmp_path) == "[red]one\x1b two"
    write_note(tmp_path, "x" * (LONGEST + 5))
    assert len(read_note(tmp_path)) == LONGEST
    write_note(tmp_path, " ")
    assert not list(tmp_path.iterdir())
    with pytest.raises(RunError, match="cannot be kept"):
        write_note(tmp_path / "gone", "x")


@pytest.mark.parametrize("dataset", ["[REC]", "../up", "七人の侍", "a b", "\x1b[31m", "x" * 300])
def test_a_free_name_is_a_possible_one_whatever_the_dataset(tmp_path, dataset) -> None:
    name = free_name(tmp_path, dataset, "comirec-dr")
    check_name(name)
    assert name.endswith("-comirec-dr-1")


@pytest.mark.parametrize("model", MODELS)
def test_every_setting_says_what_it_is_and_every_model_too(model: str) -> None:
    assert len(MODELS[model].about) > 20
    for setting in known_settings(model):
        assert setting.about, (model, setting.name)
        assert setting.choices or setting.limits or setting.kind == "bool", setting.name


def test_the_rule_says_what_it_chose_and_why_and_nothing_that_the_preset_sets() -> None:
    beauty = Shape(22_363, 12_101, 8.9)
    for preset in ("best", "fast", "paper"):
        of_model, training = settings_for("sigma", preset, {}, beauty)
        for choice in chosen("sigma", preset, beauty):
            assert choice.because
            for name, value in choice.values.items():
                assert getattr(of_model, name, None) == value or getattr(training, name, 0) == value
    said = {name for choice in chosen("sigma", "fast", beauty) for name in choice.values}
    assert "dim" not in said and "patience" not in said  # fast has its own
    assert {"categories", "cosine", "negatives"} <= said
    assert [choice.values for choice in chosen("sasrec", "paper", beauty)] == []
