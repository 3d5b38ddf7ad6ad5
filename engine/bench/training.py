"""Training measured against its arithmetic floor, and the time until it is good."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import torch

from engine.bench.floor import training_operations
from engine.bench.matrix_rate import matrix_rate, synchroniser
from engine.bench.measurement import Timing, ratio, seconds_of
from engine.evaluation.evaluate import accuracy, held_out_ranks
from engine.models.protocol import Recommender
from engine.models.registry import Settings
from engine.sequences.batches import EpochBatches, TrainingBatches
from engine.sequences.sequence_set import SequenceSet
from engine.training.memory import peak_memory
from engine.training.settings import TrainingSettings
from engine.training.step import TrainingStep

if TYPE_CHECKING:
    from engine.bench.profile import StepProfile

BURN_IN_STEPS = 5

Told = Callable[[str], None]
"""Told in a few words what is being measured."""


@dataclass(frozen=True)
class TrainingSpeed:
    """Epochs of training beside the matrix rate, measured in turn.

    steps, positions: measured an epoch; whole_steps: what a whole epoch has. operations: of the
    measured part, see floor.py. seconds: of the measured part. rates: operations a second of a
    matrix product, by the name of its precision; float32's, and the one that training used.
    floors: operations / rate in seconds, by precision. ratios: seconds / floor, neighbours by
    neighbours. peak_memory: bytes, None where unknown. precision: of training.
    """

    steps: int
    whole_steps: int
    positions: int
    operations: float
    seconds: Timing
    rates: dict[str, Timing]
    floors: dict[str, Timing]
    ratios: dict[str, Timing]
    peak_memory: int | None
    precision: str


class _Epochs:
    """Epoch after epoch of one training, each cut to so many steps."""

    def __init__(
        self,
        model: Recommender,
        training: TrainingSettings,
        sequences: SequenceSet,
        steps: int | None,
    ) -> None:
        model.prepare(sequences.training())
        model.begin(sequences.training())
        self.step = TrainingStep(model, training)
        self._model, self._steps = model, steps
        self._batches = TrainingBatches(
            sequences,
            max_length=model.max_length,
            positions=training.batch_positions,
            windows=training.windows,
            seed=training.seed,
        )

    def __iter__(self) -> Iterator[tuple[EpochBatches, int]]:
        number = 0
        while True:
            epoch = self._batches.epoch(number)
            yield epoch, len(epoch) if self._steps is None else min(self._steps, len(epoch))
            number += 1

    def train(self, epoch: EpochBatches, steps: int) -> None:
        """All or the first steps of an epoch."""
        self._model.train()
        for batch in islice(epoch.since(0), steps):
            self.step(batch)


def training_speed(
    model: Recommender,
    settings: Settings,
    training: TrainingSettings,
    sequences: SequenceSet,
    *,
    epochs: int = 5,
    steps: int | None = None,
    tell: Told = lambda _: None,
) -> TrainingSpeed:
    """Measures epochs, or the first ``steps`` of each, after some steps that warm up.

    The model lies on the device to be measured, the sequences on the same.
    """
    made = _Epochs(model, training, sequences, steps)
    device = made.step.device
    wait = synchroniser(device)
    used = made.step.precision
    dtypes = {_name(dtype): dtype for dtype in (torch.float32, used)}
    rates: dict[str, list[float]] = {name: [] for name in dtypes}
    seconds: list[float] = []
    operations: list[float] = []
    tell("warming up")
    first, count = next(iter(made))
    made.train(first, min(BURN_IN_STEPS, count))
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    for (epoch, count), number in zip(made, range(epochs), strict=False):
        tell(f"epoch {number + 1} of {epochs}")
        before = {name: matrix_rate(device, dtype, 1).median for name, dtype in dtypes.items()}
        seconds.append(seconds_of(partial(made.train, epoch, count), wait))
        for name, dtype in dtypes.items():
            rates[name].append((before[name] + matrix_rate(device, dtype, 1).median) / 2)
        operations.append(training_operations(settings, sequences.catalogue, epoch.lengths(count)))
    taken = Timing.of(seconds)
    floors = {
        name: Timing.of([work / rate for work, rate in zip(operations, found, strict=True)])
        for name, found in rates.items()
    }
    return TrainingSpeed(
        steps=count,
        whole_steps=len(epoch),
        positions=int(epoch.lengths(count).sum()),
        operations=operations[-1],
        seconds=taken,
        rates={name: Timing.of(found) for name, found in rates.items()},
        floors=floors,
        ratios={name: ratio(taken, floor) for name, floor in floors.items()},
        peak_memory=peak_memory(device),
        precision=_name(used),
    )


@dataclass(frozen=True)
class TimeToQuality:
    """seconds: of training and validation until the wanted Recall@20, None if it was not reached.
    epochs: trained. curve: validation Recall@20 after each, with the seconds until then."""

    seconds: float | None
    epochs: int
    curve: tuple[tuple[float, float], ...]


def time_to_recall(
    model: Recommender,
    training: TrainingSettings,
    sequences: SequenceSet,
    wanted: float,
    *,
    tell: Told = lambda _: None,
) -> TimeToQuality:
    """Trains until validation Recall@20 reaches what is wanted, at most ``training.epochs``.

    Everything counts but the building of the model: where its items begin, the first steps, every
    validation.
    """
    started = time.perf_counter()
    made = _Epochs(model, training, sequences, None)
    wait = synchroniser(made.step.device)
    curve: list[tuple[float, float]] = []
    for (epoch, count), number in zip(made, range(1, training.epochs + 1), strict=False):
        made.train(epoch, count)
        ranks = held_out_ranks(model, sequences, "valid", sequences.evaluated())
        recall = accuracy(ranks)["recall@20"]
        if wait is not None:
            wait()
        spent = time.perf_counter() - started
        curve.append((spent, recall))
        tell(f"epoch {number}: Recall@20 {recall:.4f} after {spent:.0f} s")
        if recall >= wanted:
            return TimeToQuality(spent, number, tuple(curve))
    return TimeToQuality(None, training.epochs, tuple(curve))


def where_time_goes(
    model: Recommender,
    training: TrainingSettings,
    sequences: SequenceSet,
    *,
    steps: int = 10,
    top: int = 15,
) -> "StepProfile":
    """The costliest operations of a step, once training has warmed up."""
    from engine.bench.profile import profile_steps  # torch's profiler takes long to import

    made = _Epochs(model, training, sequences, steps)
    epoch, count = next(iter(made))
    made.train(epoch, min(BURN_IN_STEPS, count))
    wait = synchroniser(made.step.device) or (lambda: None)
    on_gpu = made.step.device.type == "cuda"
    return profile_steps(lambda: made.train(epoch, count), count, on_gpu=on_gpu, wait=wait, top=top)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
