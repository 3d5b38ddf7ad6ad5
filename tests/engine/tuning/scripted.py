"""Trainings that follow a script, so that a search can be tested without any."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import TrainingError
from engine.training.progress import EventLog
from engine.training.runs import create_run, summarise
from engine.training.train import TrainRequest, TrainResult

Script = Callable[[dict], list[tuple[float, int]]]
"""From the settings of a trial to Recall@20 and living interests of each epoch."""


def script_trainings(monkeypatch: pytest.MonkeyPatch, script: Script) -> list[TrainRequest]:
    """Puts scripted trainings in place of real ones; returns the requests as they come."""
    requests: list[TrainRequest] = []

    def train(request: TrainRequest, *, on_event, should_stop) -> TrainResult:
        requests.append(request)
        epochs = script(dict(request.settings))
        if not epochs:
            raise TrainingError("the loss is not a number")
        described = {"model": request.settings, "training": {}}
        path = create_run(
            request.runs, request.name, {"model": request.model, "dataset": request.dataset,
            "fingerprint": "", "preset": request.preset, "created": "", "settings": described},
        )  # fmt: skip
        log = EventLog(path, on_event)
        log.tell({"event": "start"})
        finished = True
        for epoch, (recall, alive) in enumerate(epochs, start=1):
            if should_stop():
                finished = False
                break
            log.tell(
                {"event": "epoch", "epoch": epoch, "seconds": 1.0, "best": True, "losses": {},
                 "valid": {"recall@20": recall, "ndcg@20": recall / 2},
                 "diagnostics": {"interests_alive": alive}}
            )  # fmt: skip
        log.tell({"event": "end", "state": "done" if finished else "stopped"})
        log.close()
        return result_of(path, finished)

    monkeypatch.setattr("engine.tuning.trial.train", train)
    monkeypatch.setattr("os.fsync", lambda _file: None)  # a busy disk is slower than all the rest
    return requests


def result_of(path: Path, finished: bool) -> TrainResult:
    summary = summarise(path)
    return TrainResult(
        run=summary.name, path=path, finished=finished, best_epoch=summary.best_epoch,
        epochs=summary.epochs, seconds=1.0, seconds_per_epoch=1.0, valid=summary.valid,
        interests_alive=summary.interests_alive,
    )  # fmt: skip


def lines_of(journal: Path) -> list[dict]:
    return [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
