"""A search for settings from a request: a new study, or one that goes on."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.library.library import Library
from engine.training.device import choose_device
from engine.tuning.jobs import work_together
from engine.tuning.plan import Plan
from engine.tuning.study import Study, best_of
from engine.tuning.summary import TrialSummary
from engine.tuning.trial import Ended, Place, work

SECONDS_BETWEEN_TICKS = 0.5
SECONDS_BETWEEN_NOTES = 5.0
"""The time spent is noted this often, for the case that the process is killed."""


@dataclass(frozen=True)
class TuneRequest:
    """What to search. The same request goes on with the same study.

    studies: the directory of all studies. settings: changes to the preset that are not searched.
    jobs: processes side by side. budget: seconds of the whole study, earlier sessions included;
    trials: in all; None sets no limit. seed: of the search and, unless the settings have another,
    of the trainings.
    """

    library: Path
    runs: Path
    studies: Path
    dataset: str
    model: str = "sigma"
    preset: str = "best"
    settings: Mapping[str, object] = field(default_factory=dict)
    device: str = "auto"
    jobs: int = 1
    budget: float | None = None
    trials: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """Where a search stands. seconds_left: of the budget, None without one."""

    study: str
    trials: list[TrialSummary]
    seconds_left: float | None

    @property
    def best(self) -> TrialSummary | None:
        """The best trial so far."""
        return next(iter(best_of(self.trials, 1)), None)


@dataclass(frozen=True)
class TuneResult:
    """What a search came to.

    finished: False if somebody asked it to stop and it can go on. importances: see ``Study``.
    seconds: searched, earlier sessions included.
    """

    plan: Plan
    path: Path
    finished: bool
    trials: list[TrialSummary]
    importances: dict[str, float]
    seconds: float

    def best(self, count: int = 1) -> list[TrialSummary]:
        """The best trials, best first, of those whose interests live."""
        return best_of(self.trials, count)


class _Clock:
    """The time of a study, over all its sessions."""

    def __init__(self, study: Study, budget: float | None) -> None:
        self._study = study
        self._budget = budget
        self._before = study.spent
        self._started = self._noted = time.monotonic()

    def spent(self) -> float:
        now = time.monotonic()
        return self._before + now - self._started

    def left(self) -> float | None:
        return None if self._budget is None else max(0.0, self._budget - self.spent())

    def note(self, *, always: bool = False) -> None:
        """Keeps the time, now and then."""
        now = time.monotonic()
        if always or now - self._noted >= SECONDS_BETWEEN_NOTES:
            self._noted = now
            self._study.spent = self.spent()


def tune(
    request: TuneRequest,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TuneResult:
    """Searches until the budget is spent or there are enough trials.

    on_progress: told a few times a second. should_stop: asked after every step.
    Raises LibraryError, SettingsError, RunError or TrainingError.
    """
    with Library.open(request.library) as library:
        data = library.summary(request.dataset)
    plan = Plan.of(data, request.model, request.preset, request.settings, request.seed)
    choose_device(request.device)
    study = Study.of(request.studies, plan)
    place = Place(request.library, request.runs, request.device)
    asked = False
    with study.alone():
        study.reclaim()
        clock = _Clock(study, request.budget)
        told = 0.0

        def ended() -> Ended:
            nonlocal asked
            asked = asked or (should_stop is not None and should_stop())
            return "asked" if asked else "budget" if clock.left() == 0 else ""

        def tick(*, always: bool = False) -> None:
            nonlocal told
            clock.note()
            now = time.monotonic()
            if on_progress is not None and (always or now - told >= SECONDS_BETWEEN_TICKS):
                told = now
                on_progress(Progress(plan.name, study.trials(), clock.left()))

        try:
            if ended():
                pass
            elif request.jobs > 1:
                work_together(
                    study, place, jobs=request.jobs, limit=request.trials, ended=ended, tick=tick
                )
            else:
                work(study, place, limit=request.trials, ended=ended, tick=tick)
        finally:
            clock.note(always=True)
        study.reclaim()  # of processes that were killed
        study.keep_best(request.runs)
        tick(always=True)
        return TuneResult(
            plan, study.path, not asked, study.trials(), study.importances(), clock.spent()
        )
