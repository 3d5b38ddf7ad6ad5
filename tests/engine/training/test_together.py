"""Training in two processes over gloo, as torchrun starts them: real processes, a real library."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
import torch

from engine.errors import TrainingError
from engine.training.device import device_for
from engine.training.events import read_events
from engine.training.runs import find_run
from engine.training.train import TrainRequest, TrainResult, resume, train

SETTINGS = {"dim": 16, "batch_positions": 60, "interest_negatives": 16, "learning_rate": 0.01}


def trained(small, runs: Path, name: str, processes: int, **settings: object) -> TrainResult:
    return train(
        TrainRequest(
            library=small.library, runs=runs, dataset="small", name=name,
            settings={**SETTINGS, **settings}, device="cpu", processes=processes,
        )
    )  # fmt: skip


def workers_of(run: Path) -> list[int]:
    """Process ids of the workers that train a run, in the order in which they were started."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    found = []
    for line in listed.splitlines():
        worker = "engine.training.worker" in line and "torch.distributed.run" not in line
        if worker and str(run) in line:
            found.append(int(line.split()[0]))
    return sorted(found)


def when_trained_for(run: Path, epochs: int, act) -> threading.Thread:
    def watch() -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            done = [e for e in read_events(run) if e["event"] == "epoch"]
            if len(done) >= epochs:
                act()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.thorough
def test_two_processes_learn_as_one_does_and_only_the_leader_writes(small, tmp_path) -> None:
    together = trained(small, tmp_path, "two", 2, epochs=8)
    assert together.finished and together.epochs == 8
    events = read_events(together.path)
    assert [event["event"] for event in events].count("start") == 1
    assert events[0]["processes"] == 2
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == list(range(1, 9))
    alone = [
        event
        for event in read_events(trained(small, tmp_path, "one", 1, epochs=8).path)
        if event["event"] == "epoch"
    ]
    # One batch of sixty positions, or two of thirty: the same data, other noise.
    for one, two in ((alone[0], epochs[0]), (alone[-1], epochs[-1])):
        assert two["losses"]["reconstruction"] == pytest.approx(
            one["losses"]["reconstruction"], rel=0.1
        )
    assert epochs[-1]["losses"]["reconstruction"] < epochs[0]["losses"]["reconstruction"]
    assert abs(epochs[-1]["valid"]["mrr"] - alone[-1]["valid"]["mrr"]) < 0.1


@pytest.mark.thorough
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_run_with_a_sentence_and_it_goes_on(
    small, tmp_path, rank: int
) -> None:
    def kill() -> None:
        os.kill(workers_of(tmp_path / "two")[rank], signal.SIGKILL)

    thread = when_trained_for(tmp_path / "two", 2, kill)
    with pytest.raises(TrainingError, match="--resume two --gpus 2") as ended:
        trained(small, tmp_path, "two", 2, epochs=2000, patience=2000)
    thread.join()
    assert "killed by SIGKILL" in str(ended.value)
    assert workers_of(tmp_path / "two") == []
    run = find_run(tmp_path, "two")
    assert run.state in ("failed", "stopped") and run.epochs >= 2
    steps = iter(range(1000))
    went_on = resume(
        run.path, library=small.library, device="cpu", should_stop=lambda: next(steps) > 30
    )
    assert went_on.epochs > run.epochs


@pytest.mark.thorough
def test_a_stop_ends_all_processes_with_a_state_to_go_on_from(small, tmp_path) -> None:
    asked = threading.Event()
    thread = when_trained_for(tmp_path / "two", 2, asked.set)
    stopped = train(
        TrainRequest(
            library=small.library, runs=tmp_path, dataset="small", name="two",
            settings={**SETTINGS, "epochs": 2000, "patience": 2000}, device="cpu", processes=2,
        ),
        should_stop=asked.is_set,
    )  # fmt: skip
    thread.join()
    assert not stopped.finished and stopped.epochs >= 2
    assert find_run(tmp_path, "two").state == "stopped"

    # One process goes on alone: the epoch under way begins again, as it is dealt out otherwise.
    steps = iter(range(1000))
    alone = resume(
        stopped.path, library=small.library, device="cpu", should_stop=lambda: next(steps) > 40
    )
    numbers = [e["epoch"] for e in read_events(alone.path) if e["event"] == "epoch"]
    assert numbers == list(range(1, max(numbers) + 1)) and len(numbers) > stopped.epochs


def test_more_gpus_than_there_are_is_a_sentence() -> None:
    with pytest.raises(TrainingError, match="99 GPUs were asked for"):
        device_for(99, torch.device("cuda"))
    assert device_for(3, torch.device("cpu"), asked="cpu") == "cpu"
    with pytest.raises(TrainingError, match="add --device cpu"):
        device_for(3, torch.device("cpu"))
