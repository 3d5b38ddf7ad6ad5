"""The course of a training, told event by event: where it stands, how it did, how long it takes.

Nothing here imports torch, and however long a training is, what is kept of it stays small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from engine.training.events import Event

LONGEST_CURVE = 240
"""Points of a curve at most; of a longer training every second epoch is left out, then every
fourth, and so on."""

Point = tuple[int, float]
"""Epoch, value."""


class Curve:
    """Values by epoch, thinned evenly; the last one is always there."""

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._last: Point | None = None
        self._stride = 1

    def add(self, epoch: int, value: float) -> None:
        """Adds an epoch; one that is trained again takes the place of itself and those after."""
        while self._points and self._points[-1][0] >= epoch:
            self._points.pop()
        self._last = (epoch, value)
        if (epoch - 1) % self._stride == 0:
            self._points.append(self._last)
        if len(self._points) > LONGEST_CURVE:
            self._stride *= 2
            self._points = [p for p in self._points if (p[0] - 1) % self._stride == 0]

    def points(self) -> tuple[Point, ...]:
        """Oldest first."""
        if self._last is None or self._points[-1:] == [self._last]:
            return tuple(self._points)
        return (*self._points, self._last)


@dataclass(frozen=True)
class Standing:
    """Where a training stands; None and empty where nothing is known yet.

    device, processes: of the present process. epochs, patience: at most, see TrainingSettings.
    finding: whether it is, or was at the end, still being found where the model's items begin.
    epoch: under way or the last, from 1. step, steps: of it, 0 of 0 between epochs. loss: mean of
    the epoch so far. speed: sequences a second. memory: bytes at most, of the device or process.
    trained: whole epochs. best_epoch, best: the one of the highest Recall@20, and its metrics.
    alive: living interests at the best epoch, as the run's summary has it. waited: epochs since.
    epoch_seconds: of the last one, validation included. begins: starts of a process so far.
    state: how the last process ended, None while none has; reason: of a failure.
    curves: by part (``losses``, ``valid``, ``diagnostics``) and name, of all epochs.
    """

    device: str = ""
    processes: int = 1
    epochs: int = 0
    patience: int = 0
    finding: bool = False
    epoch: int = 0
    step: int = 0
    steps: int = 0
    loss: float | None = None
    speed: float | None = None
    memory: int | None = None
    trained: int = 0
    best_epoch: int = 0
    best: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    alive: int | None = None
    waited: int = 0
    epoch_seconds: float | None = None
    begins: int = 0
    state: str | None = None
    reason: str = ""
    curves: Mapping[tuple[str, str], tuple[Point, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def broken_off(self) -> bool:
        """Whether a process began and has not told of its end: it runs, or it was killed."""
        return self.begins > 0 and self.state is None

    @property
    def done_share(self) -> float:
        """The share of the epoch under way that is done."""
        return self.step / self.steps if self.steps else 0.0

    @property
    def seconds_left(self) -> tuple[float, float] | None:
        """Seconds until the end: if no epoch is better than the best so far, and at most.

        None before the first epoch has told how long one takes.
        """
        if self.epoch_seconds is None or not self.epochs:
            return None
        most = max(0, self.epochs - self.trained)
        least = min(most, max(1, self.patience - self.waited)) if most else 0
        return (
            self.epoch_seconds * max(0.0, least - self.done_share),
            self.epoch_seconds * max(0.0, most - self.done_share),
        )


class Course:
    """Takes in events in their order and tells where the training stands."""

    def __init__(self) -> None:
        self._standing = Standing()
        self._curves: dict[tuple[str, str], Curve] = {}

    @property
    def standing(self) -> Standing:
        """After all events so far."""
        return self._standing

    def tell(self, event: Event) -> None:
        """Takes in an event; one that is damaged changes nothing."""
        take = {
            "start": self._start,
            "begin": self._begin,
            "step": self._step,
            "epoch": self._epoch,
            "end": self._end,
        }.get(str(event.get("event")))
        if take is None:
            return
        try:
            self._standing = take(event, self._standing)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return

    def _start(self, event: Event, now: Standing) -> Standing:
        return replace(
            now,
            device=str(event["device"]),
            processes=int(event.get("processes", 1)),
            epochs=int(event["epochs"]),
            patience=int(event["patience"]),
            finding=False,
            epoch=now.trained + 1 if now.trained < int(event["epochs"]) else now.trained,
            step=0,
            steps=0,
            begins=now.begins + 1,
            state=None,
            reason="",
        )

    def _begin(self, event: Event, now: Standing) -> Standing:
        return replace(now, finding=not event["found"])

    def _step(self, event: Event, now: Standing) -> Standing:
        return replace(
            now,
            finding=False,
            epoch=int(event["epoch"]),
            step=int(event["step"]),
            steps=int(event["steps"]),
            loss=float(event["loss"]),
            speed=float(event["sequences_per_second"]),
            memory=_memory(event, now),
        )

    def _epoch(self, event: Event, now: Standing) -> Standing:
        epoch = int(event["epoch"])
        valid = {str(name): float(value) for name, value in event["valid"].items()}
        better = epoch <= now.best_epoch or valid["recall@20"] > now.best.get("recall@20", -1.0)
        alive = event["diagnostics"].get("interests_alive")
        for part in ("losses", "valid", "diagnostics"):
            for name, value in event[part].items():
                self._curves.setdefault((part, str(name)), Curve()).add(epoch, float(value))
        now = replace(
            now,
            finding=False,
            epoch=min(epoch + 1, now.epochs) if now.epochs else epoch,
            step=0,
            steps=0,
            loss=float(event["losses"]["loss"]),
            speed=float(event["sequences_per_second"]),
            memory=_memory(event, now),
            trained=epoch,
            epoch_seconds=float(event["seconds"]) + float(event.get("seconds_validating", 0.0)),
            curves=MappingProxyType({name: c.points() for name, c in self._curves.items()}),
        )
        if not better:
            return replace(now, waited=epoch - now.best_epoch)
        return replace(
            now,
            best_epoch=epoch,
            best=MappingProxyType(valid),
            alive=None if alive is None else round(float(alive)),
            waited=0,
        )

    def _end(self, event: Event, now: Standing) -> Standing:
        return replace(now, state=str(event["state"]), reason=str(event.get("reason", "")))


def _memory(event: Event, now: Standing) -> int | None:
    told = event.get("memory")
    return now.memory if told is None else int(told)
