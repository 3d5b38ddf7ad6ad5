"""Training from a request: a new run or one that goes on."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from engine.errors import RunError, SigmaError, TrainingError
from engine.events import event
from engine.library.contents import Interactions
from engine.library.library import Library
from engine.models.registry import build, model_settings, with_values
from engine.own_files import check_plain
from engine.sequences.sequence_set import HELD_OUT
from engine.training.device import choose_device, device_for
from engine.training.events import read_events
from engine.training.launch import train_together
from engine.training.lost import lost_device
from engine.training.memory import is_out_of_memory
from engine.training.presets import settings_for
from engine.training.progress import EventLog, Listener
from engine.training.rule import Shape
from engine.training.runs import (
    LOCK,
    RUN,
    STATE,
    STOP,
    NameTakenError,
    RunSummary,
    create_run,
    free_name,
    is_asked_to_stop,
    summarise,
    trained_by,
)
from engine.training.settings import LIMITS, TrainingSettings
from engine.training.team import Team
from engine.training.trainer import Trainer

LOOKED_AT = 0.4
"""Seconds to wait for a run's lock: whoever looks whether a run is being trained holds it for a
moment."""


@dataclass(frozen=True)
class TrainRequest:
    """A new training. name: of the run; None takes a free one. settings: changes to the preset.
    preset_shown: what the run calls its preset, where that is another name. processes: that train
    it together, see ``resume``."""

    library: Path
    runs: Path
    dataset: str
    model: str = "sigma"
    preset: str = "best"
    name: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    device: str = "auto"
    processes: int = 1
    preset_shown: str | None = None


@dataclass(frozen=True)
class TrainResult:
    """What a training came to.

    finished: False if it was stopped and can go on. valid: metrics at the best epoch. seconds: of
    training steps. seconds_per_epoch: their mean. interests_alive: at the best epoch; None for a
    model without interests.
    """

    run: str
    path: Path
    finished: bool
    best_epoch: int
    epochs: int
    seconds: float
    seconds_per_epoch: float
    valid: dict[str, float]
    interests_alive: int | None


def train(
    request: TrainRequest,
    *,
    on_event: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainResult:
    """Trains a new run.

    on_event: told everything that goes to events.jsonl. should_stop: asked after every step, and
    about every second before the first one.
    Raises LibraryError, SettingsError, RunError or TrainingError.
    """
    return resume(
        prepare(request),
        library=request.library,
        device=request.device,
        processes=request.processes,
        on_event=on_event,
        should_stop=should_stop,
    )


def prepare(request: TrainRequest) -> Path:
    """Makes the directory of a new run, of which nothing is trained yet; ``resume`` begins.

    Raises LibraryError, SettingsError, RunError or TrainingError, and has then made nothing.
    """
    with Library.open(request.library) as library:
        summary = library.summary(request.dataset)
    if summary.max_length <= HELD_OUT:
        raise TrainingError(
            f"no user of {request.dataset!r} has three items or more, so nothing can be held out "
            "for validation."
        )
    settings, training = settings_for(
        request.model,
        request.preset,
        request.settings,
        Shape(summary.users, summary.items, summary.avg_length),
    )
    choose_device(request.device)
    described = {
        "model": request.model,
        "dataset": request.dataset,
        "fingerprint": summary.fingerprint,
        "preset": request.preset_shown or request.preset,
        "created": _now(),
        "settings": {"model": asdict(settings), "training": asdict(training)},
    }
    if request.name:
        return create_run(request.runs, request.name, described)
    while True:
        name = free_name(request.runs, request.dataset, request.model)
        try:
            return create_run(request.runs, name, described)
        except NameTakenError:
            continue  # by another training that began at the same moment


def resume(
    path: Path,
    *,
    library: Path,
    device: str = "auto",
    processes: int = 1,
    on_event: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainResult:
    """Goes on with a run where its saved state ends, to the same result as without a break.

    processes: that train it together, each on a GPU of its own or on the CPU.
    Raises RunError if the run is damaged, being trained, or its dataset has changed; TrainingError
    if there are fewer GPUs than processes.
    """
    if processes > 1:
        train_together(
            path,
            library=library,
            device=device_for(processes, choose_device(device), asked=device),
            processes=processes,
            on_event=on_event,
            should_stop=should_stop,
        )
    else:
        train_here(path, library=library, device=device, on_event=on_event, should_stop=should_stop)
    result = _result(path)
    event("trained", processes=processes, epochs=result.epochs)
    return result


def train_here(
    path: Path,
    *,
    library: Path,
    device: str = "auto",
    on_event: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """Trains a run in this process, as one of a team where torchrun started it; see ``resume``."""
    summary = summarise(path)
    described = json.loads((path / RUN).read_text("utf-8"))
    settings = model_settings(summary.model, described["settings"]["model"])
    training: TrainingSettings = with_values(
        TrainingSettings(), described["settings"]["training"], LIMITS
    )
    where = choose_device(device)
    team = Team.joined(where)
    with _told(path, team, on_event) as tell:
        state, reason = "failed", ""
        try:
            tell(
                {
                    "event": "start",
                    "time": _now(),
                    "resumed": (path / STATE).is_file(),
                    "device": str(where),
                    "processes": team.size,
                    "process": os.getpid(),
                    "epochs": training.epochs,
                    "patience": training.patience,
                }
            )
            interactions = _data_of(summary, library)
            torch.manual_seed(training.seed)
            model = build(
                summary.model,
                len(interactions.item_labels),
                settings,
                len(interactions.offsets) - 1,
            )
            asked = should_stop or (lambda: False)
            trainer = Trainer(
                path,
                model,
                summary.model,
                settings,
                training,
                interactions,
                where,
                tell,
                lambda: asked() or is_asked_to_stop(path),
                team,
            )
            trainer.resume()
            state = "done" if trainer.train() else "stopped"
            team.leave()
        except CancelledError:
            state = "stopped"
            team.leave()
        except SigmaError as error:
            reason = str(error)
            raise
        except KeyboardInterrupt:
            state = "stopped"
            raise
        except MemoryError:
            reason = _no_memory(where, training)
            raise TrainingError(reason) from None
        except OSError as error:
            reason = (
                f"run {path.name!r} cannot be read or written: {error}. What was kept before is "
                "whole. Make room or allow writing there, then go on with the run."
            )
            raise TrainingError(reason) from None
        except RuntimeError as error:
            if is_out_of_memory(error):
                reason = _no_memory(where, training)
                raise TrainingError(reason) from None
            if reason := lost_device(str(error), path.name):
                raise TrainingError(reason) from None
            reason = str(error).splitlines()[0] if str(error) else repr(error)
            if team.size == 1:
                raise
            # What a process sees first when another one of the team is gone.
            raise TrainingError(f"the processes lost each other: {reason}") from None
        except BaseException as error:
            reason = repr(error)
            raise
        finally:
            # Where nothing can be written any more, the first error is the one to tell.
            with suppress(OSError) if reason else nullcontext():
                tell({"event": "end", "time": _now(), "state": state, "reason": reason})


def _no_memory(device: torch.device, training: TrainingSettings) -> str:
    return (
        f"the memory of {device} is full. Lower batch_positions (now {training.batch_positions}) "
        "or chunk_elements, for example in a new run with --set batch_positions="
        f"{max(2, training.batch_positions // 2)}; close other programs that want memory."
    )


def _data_of(summary: RunSummary, library: Path) -> Interactions:
    """The data a run is trained on. Raises LibraryError or RunError if it is gone or another."""
    with Library.open(library) as opened:
        interactions = opened.interactions(summary.dataset)
    if interactions.fingerprint != summary.fingerprint:
        raise RunError(
            f"the dataset {summary.dataset!r} has changed since run {summary.name!r} was started. "
            "Start a new run."
        )
    return interactions


@contextmanager
def _told(path: Path, team: Team, on_event: Listener | None) -> Iterator[Listener]:
    """Where events go while a run is trained: the leader holds the run's lock and writes them."""
    if not team.leads:
        yield lambda _event: None
        return
    lock = FileLock(path / LOCK)
    try:
        check_plain(path / LOCK)  # taking the lock empties the file
        lock.acquire(timeout=LOOKED_AT, poll_interval=LOOKED_AT / 20)
    except Timeout:
        raise RunError(
            f"run {path.name!r} is being trained by {trained_by(path)}. Wait for its end, or stop "
            f"it with `sigma-tui runs stop {path.name}`."
        ) from None
    except OSError as error:
        raise TrainingError(f"run {path.name!r} cannot be written: {error}.") from None
    try:
        (path / STOP).unlink(missing_ok=True)  # of a process that was killed
        log = EventLog(path, on_event)
    except OSError as error:
        lock.release()
        raise TrainingError(f"run {path.name!r} cannot be written: {error}.") from None
    try:
        yield log.tell
    finally:
        log.close()
        (path / STOP).unlink(missing_ok=True)
        lock.release()


def _result(path: Path) -> TrainResult:
    summary = summarise(path)
    epochs = [event for event in read_events(path) if event.get("event") == "epoch"]
    seconds = sum(float(event["seconds"]) for event in epochs)
    return TrainResult(
        run=summary.name,
        path=path,
        finished=summary.state == "done",
        best_epoch=summary.best_epoch,
        epochs=summary.epochs,
        seconds=seconds,
        seconds_per_epoch=seconds / max(1, len(epochs)),
        valid=summary.valid,
        interests_alive=summary.interests_alive,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
