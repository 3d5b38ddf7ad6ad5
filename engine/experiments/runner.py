"""Runs cells one after another, keeps each, and goes on where it was stopped.

Several processes may run the same cells side by side: each cell is one's own while it is trained,
and the others take the next.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import torch
from filelock import FileLock, Timeout

from engine.errors import LibraryError, SettingsError, SigmaError
from engine.evaluation.evaluate import evaluate
from engine.evaluation.meaning import meaning
from engine.experiments.kept import (
    DataFacts,
    Result,
    cell_name,
    find_run_of,
    kept_results,
    read_result,
    write_result,
)
from engine.experiments.machine import this_machine
from engine.experiments.plan import Cell
from engine.experiments.remaining import Remaining
from engine.experiments.slider import slide
from engine.library.contents import Catalogue
from engine.library.library import DatasetSummary, Library
from engine.models.protocol import InterestRecommender, Recommender
from engine.models.registry import with_values
from engine.own_files import make_private
from engine.sequences.sequence_set import SequenceSet
from engine.training.checkpoint import check_fits, load_model
from engine.training.events import Event, read_events
from engine.training.progress import Listener
from engine.training.runs import summarise
from engine.training.settings import LIMITS, TrainingSettings
from engine.training.train import TrainRequest, resume, train

State = Literal["finished", "kept", "stopped", "failed", "busy"]
"""How a cell ended: now; before; not yet, as the time was over or somebody asked; not at all, for a
reason; or another process has it."""

LOCKS = ".locks"
"""Directory beside the runs that says which cells are being run."""


@dataclass(frozen=True)
class Place:
    """Where cells are run. root: of the kept runs. command: that asks for them, for the record."""

    library: Path
    root: Path
    device: str = "auto"
    command: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one cell. run: the name of its directory. reason: of a failure."""

    cell: Cell
    run: str
    state: State
    reason: str = ""


@dataclass(frozen=True)
class _Planned:
    cell: Cell
    data: DataFacts
    name: str


def run_cells(
    cells: Sequence[Cell],
    datasets: Mapping[str, DatasetSummary],
    place: Place,
    *,
    budget: float | None = None,
    tell: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Outcome]:
    """Runs what is not kept yet, in order, until all is done, the budget is spent, or a stop.

    datasets: by the cells' keys. budget: seconds; None takes what it takes. A training that is
    stopped goes on the next time. tell: told events ``cell`` and ``epoch``, see docs/files.md.
    should_stop: asked after every step of training. Returns what became of each cell, in order.
    A cell that fails is told and left, and the next ones are run all the same.
    Raises LibraryError, and SettingsError, before anything is run, for a cell that cannot be.
    """
    deadline = None if budget is None else time.monotonic() + budget
    tell = tell or (lambda _event: None)
    facts = {key: DataFacts.of(summary) for key, summary in datasets.items()}
    planned = [
        _Planned(cell, facts[cell.dataset], cell_name(cell, facts[cell.dataset])) for cell in cells
    ]
    remaining = Remaining(kept_results(place.root))
    kept = [_kept(place.root, one) for one in planned]
    left = [number for number, result in enumerate(kept) if result is None]

    def stop() -> bool:
        over = deadline is not None and time.monotonic() >= deadline
        return over or (should_stop is not None and should_stop())

    outcomes = [
        Outcome(one.cell, one.name, "stopped")
        if result is None
        else Outcome(one.cell, result.run, "kept")
        for one, result in zip(planned, kept, strict=True)
    ]
    for turn, number in enumerate(left, start=1):
        if stop():
            break
        one = planned[number]
        clock = _Clock(remaining, one.cell, [planned[later].cell for later in left[turn:]])
        about = {"run": one.name, "number": turn, "of": len(left)}
        passing = _passing(tell, about, clock)
        outcome = run_cell(one.cell, one.data, place, on_event=passing, should_stop=stop)
        outcomes[number] = outcome
        result = _kept(place.root, one)
        if result is not None:
            remaining.add(result)
        if outcome.state not in ("kept", "busy"):
            tell({"event": "cell", "state": outcome.state, **about, "reason": outcome.reason})
    return outcomes


def run_cell(
    cell: Cell,
    data: DataFacts,
    place: Place,
    *,
    on_event: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Outcome:
    """Trains a cell to its end, or on from where it was stopped, then reads the test split once.

    on_event, should_stop: as of ``train``. Raises LibraryError and SettingsError; what else goes
    wrong is the outcome.
    """
    name = cell_name(cell, data)
    with _owned(place.root, name) as mine:
        if not mine:
            return Outcome(cell, name, "busy")
        path = find_run_of(place.root, cell, data)
        name = path.name if path else name
        if path is not None and read_result(path) is not None:  # by another process, just now
            return Outcome(cell, name, "kept")
        try:
            if path is None:
                path = train(
                    TrainRequest(
                        library=place.library,
                        runs=place.root,
                        dataset=data.name,
                        model=cell.model,
                        preset=cell.preset,
                        name=name,
                        settings={**dict(cell.changes), "seed": cell.seed},
                        device=place.device,
                    ),
                    on_event=on_event,
                    should_stop=should_stop,
                ).path
            elif summarise(path).state != "done":
                resume(
                    path,
                    library=place.library,
                    device=place.device,
                    on_event=on_event,
                    should_stop=should_stop,
                )
            if summarise(path).state != "done":
                return Outcome(cell, name, "stopped")
            _test(path, cell, data, place)
        except (LibraryError, SettingsError):
            raise
        except SigmaError as error:
            return Outcome(cell, name, "failed", str(error))
    return Outcome(cell, name, "finished")


def _test(path: Path, cell: Cell, data: DataFacts, place: Place) -> None:
    """Evaluates the best epoch's weights on the test split and keeps what comes out."""
    summary = summarise(path)
    loaded = load_model(path, device=place.device)
    with Library.open(place.library) as opened:
        interactions = opened.interactions(data.name)
        catalogue = opened.catalogue(data.name)
    check_fits(loaded, interactions)
    device = next(loaded.model.parameters()).device
    sequences = SequenceSet.of(interactions, device)
    report = evaluate(loaded.model, sequences, catalogue, "test")
    epochs = [event for event in read_events(path) if event.get("event") == "epoch"]
    best = next(event for event in epochs if event["epoch"] == summary.best_epoch)
    training: TrainingSettings = with_values(
        TrainingSettings(), summary.settings["training"], LIMITS
    )
    result = Result(
        run=path.name,
        dataset=cell.dataset,
        model=cell.model,
        preset=cell.preset,
        seed=cell.seed,
        settings=summary.settings,
        data=data,
        epochs=summary.epochs,
        best_epoch=summary.best_epoch,
        seconds=sum(float(event["seconds"]) for event in epochs),
        seconds_evaluating=report.seconds,
        valid=summary.valid,
        test=report.metrics,
        users=report.users,
        missed_by_history=report.missed_by_history,
        without_categories=report.without_categories,
        interests_alive=summary.interests_alive,
        diagnostics=dict(best["diagnostics"]),
        machine=this_machine(device, training),
        command=place.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        slider=slide(loaded.model, sequences, catalogue),
        meaning=_meaning(loaded.model, catalogue),
    )
    write_result(path, result, report.ranks)
    if device.type == "cuda":
        torch.cuda.empty_cache()  # the next cell's model may be of quite other sizes


@torch.inference_mode()
def _meaning(model: Recommender, catalogue: Catalogue) -> dict[str, float] | None:
    if not isinstance(model, InterestRecommender):
        return None
    found = meaning(model.membership().cpu().numpy(), catalogue)
    if found is None:
        return None
    return {
        "nmi": found.nmi,
        "nmi_by_chance": found.nmi_by_chance,
        "purity": found.purity,
        "purity_by_chance": found.purity_by_chance,
        "lift": fmean(found.lift),
    }


class _Clock:
    """Seconds left while a cell is run: of training and tests, which is what cells are told to have
    taken. ahead: cells after it."""

    def __init__(self, remaining: Remaining, cell: Cell, ahead: Sequence[Cell]) -> None:
        self._remaining, self._cell, self._ahead = remaining, cell, ahead
        self._started = 0.0

    def start(self) -> None:
        """Its data is read, and training begins."""
        self._started = time.monotonic()

    def left(self) -> float | None:
        return self._remaining.seconds(self._cell, time.monotonic() - self._started, self._ahead)


def _passing(tell: Listener, about: Mapping[str, Any], clock: _Clock) -> Listener:
    """Passes a training's begin and epochs on, with the cell they belong to."""

    def listen(event: Event) -> None:
        if event["event"] == "start":
            clock.start()
            tell({"event": "cell", "state": "begins", **about, "left": clock.left()})
        elif event["event"] == "epoch":
            tell({**event, **about, "left": clock.left()})

    return listen


def _kept(root: Path, planned: _Planned) -> Result | None:
    path = find_run_of(root, planned.cell, planned.data)
    return None if path is None else read_result(path)


@contextmanager
def _owned(root: Path, name: str) -> Iterator[bool]:
    """Whether this process has a cell to itself while it is entered."""
    locks = root / LOCKS
    make_private(locks)
    lock = FileLock(locks / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
