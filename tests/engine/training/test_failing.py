"""Trainings that fail: of numbers that are none, and of memory that is not there."""

import math
import re
from pathlib import Path

import pytest
import torch
from test_training import epochs
from test_training import request as any_request

from engine.errors import TrainingError
from engine.training import step as stepping
from engine.training.checkpoint import load_model
from engine.training.events import read_events
from engine.training.lost import lost_device
from engine.training.runs import MODEL, find_run
from engine.training.train import TrainRequest, resume, train

BATCHES = 4
"""Steps of an epoch of the small dataset, at least."""


def request(small, runs: Path, name: str = "run", **settings: object) -> TrainRequest:
    """Begun at random: whether to stop is asked after steps alone, which are counted by it."""
    return any_request(small, runs, name, initial="random", **settings)


@pytest.fixture
def spoiled(monkeypatch):
    """Has a step spoil something, by its number from 1 on."""
    real, count = stepping.TrainingStep.__call__, [0]

    def spoil(when: int, how) -> None:
        def call(self, batch):
            losses = real(self, batch)
            count[0] += 1
            return how(self, losses) if count[0] == when else losses

        count[0] = 0
        monkeypatch.setattr(stepping.TrainingStep, "__call__", call)

    return spoil


def a_loss(_step, losses):
    return {**losses, "loss": losses["loss"] * math.nan}


def a_weight(step, losses):
    with torch.no_grad():
        next(step.model.parameters()).view(-1)[3] = math.inf
    return losses


def steps_an_epoch(small, tmp_path: Path) -> int:
    """Counted by stopping: how many steps the first epoch has."""
    seen: list[int] = []

    def stop() -> bool:
        seen.append(1)
        return False

    train(request(small, tmp_path, "counted", epochs=1), should_stop=stop)
    return len(seen)


def test_the_step_is_told_and_the_last_good_state_kept(small, tmp_path, spoiled) -> None:
    whole = train(request(small, tmp_path, "whole"))
    steps = steps_an_epoch(small, tmp_path)
    assert steps >= BATCHES
    spoiled(steps + 3, a_loss)
    with pytest.raises(TrainingError) as failed:
        train(request(small, tmp_path))
    said = str(failed.value)
    assert re.search(r"in epoch 2 at step 3\. The run is kept up to epoch 1", said)
    assert "Lower learning_rate (now" in said and "gradient_clip" in said
    assert find_run(tmp_path, "run").state == "failed"
    assert read_events(tmp_path / "run")[-1]["reason"] == said
    assert load_model(tmp_path / "run", device="cpu").epoch == 1
    again = resume(tmp_path / "run", library=small.library, device="cpu")
    assert again.finished and epochs(again) == epochs(whole)


def test_a_step_of_a_training_that_went_on_is_counted_from_the_epochs_first(
    small, tmp_path, spoiled
) -> None:
    asked = iter(range(1000))
    train(request(small, tmp_path), should_stop=lambda: next(asked) >= 1)  # two steps
    spoiled(2, a_loss)
    with pytest.raises(TrainingError, match="in epoch 1 at step 4"):
        resume(tmp_path / "run", library=small.library, device="cpu")


@pytest.mark.parametrize("spoil", [a_loss, a_weight])
def test_a_stop_does_not_keep_what_is_not_a_number(small, tmp_path, spoiled, spoil) -> None:
    """A person may press Ctrl-C in the moment between the bad step and the look at it."""
    steps = steps_an_epoch(small, tmp_path)
    asked = iter(range(1, 1000))
    spoiled(steps + 2, spoil)
    with pytest.raises(TrainingError, match="not a number in epoch 2 at step 2"):
        train(request(small, tmp_path), should_stop=lambda: next(asked) >= steps + 2)
    again = resume(tmp_path / "run", library=small.library, device="cpu")
    assert again.finished and all(math.isfinite(loss["loss"]) for _, loss, _, _ in epochs(again))


def test_weights_that_the_last_step_spoiled_are_not_kept(small, tmp_path, spoiled) -> None:
    """The loss of that step was computed before, and is a number."""
    steps = steps_an_epoch(small, tmp_path)
    spoiled(steps, a_weight)
    with pytest.raises(TrainingError, match=r"a weight became infinite .* kept as it began"):
        train(request(small, tmp_path))
    assert not (tmp_path / "run" / MODEL).exists()


def test_want_of_memory_says_what_to_lower(small, tmp_path, monkeypatch) -> None:
    """The machine's own: an allocation that no machine grants."""

    def huge(_self, _batch):
        return {"loss": torch.empty(1 << 50)}

    monkeypatch.setattr(stepping.TrainingStep, "__call__", huge)
    with pytest.raises(TrainingError, match=r"memory of cpu is full\. Lower batch_positions \(now"):
        train(request(small, tmp_path))
    end = read_events(tmp_path / "run")[-1]
    assert end["state"] == "failed" and "--set batch_positions=" in end["reason"]
    assert "initial=random" not in end["reason"]


LOSSES = [
    "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported",
    "CUDA driver error: device not ready",
    "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`",
]


def test_a_lost_device_says_what_is_kept_and_how_to_go_on(small, tmp_path, spoiled) -> None:
    steps = steps_an_epoch(small, tmp_path)

    def lost(_step, _losses):
        raise RuntimeError(LOSSES[0])

    spoiled(steps + 2, lost)
    with pytest.raises(TrainingError, match=r"the device was lost \(.*--resume run --device cpu"):
        train(request(small, tmp_path))
    end = read_events(tmp_path / "run")[-1]
    assert end["state"] == "failed" and "unspecified launch failure)" in end["reason"]
    assert load_model(tmp_path / "run", device="cpu").epoch == 1
    again = resume(tmp_path / "run", library=small.library, device="cpu")
    assert again.finished and len(epochs(again)) == len(
        epochs(train(request(small, tmp_path, "w")))
    )


@pytest.mark.parametrize("said", LOSSES)
def test_a_lost_device_is_known_by_what_is_said(said: str) -> None:
    assert f"({said.splitlines()[0]})" in lost_device(f"Traceback\n  {said}", "run")


def test_a_defect_of_ours_on_a_device_is_no_lost_device() -> None:
    assert not lost_device("CUDA error: device-side assert triggered", "run")
    assert not lost_device("The size of tensor a (3) must match the size of tensor b", "run")
