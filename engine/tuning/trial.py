"""One trial: a run that is trained, judged at every epoch, and told to the study."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import optuna
from optuna.trial import TrialState

from engine.errors import SettingsError, TrainingError
from engine.training.events import Event, read_events
from engine.training.runs import RUN as DESCRIBED
from engine.training.runs import remove_run, summarise
from engine.training.train import TrainRequest, TrainResult, resume, train
from engine.tuning.study import Study
from engine.tuning.summary import PRESET, REASON, RESULT, RUN

Ended = Literal["", "budget", "asked"]
"""Why a search ends before its trials do: it does not; its time is over, and what a trial reached
by then counts; somebody asked, and the trial is to go on another time."""

FAILURES = 10
"""Trials that fail one after another before the search gives up."""


@dataclass(frozen=True)
class Place:
    """Where trials are trained. library: its file. runs: the directory of all runs."""

    library: Path
    runs: Path
    device: str


@dataclass
class _Judged:
    """Passes a training's epochs on to the trial, which says when it is not worth going on."""

    trial: optuna.Trial
    prunable: bool
    tick: Callable[[], None]
    pruned: bool = False
    seen: set[int] = field(default_factory=set)

    def hear(self, event: Event) -> None:
        if event.get("event") == "epoch" and event["epoch"] not in self.seen:
            self.seen.add(event["epoch"])
            self.trial.report(event["valid"]["recall@20"], event["epoch"])
            self.pruned = self.prunable and self.trial.should_prune()
        self.tick()


def work(
    study: Study,
    place: Place,
    *,
    limit: int | None,
    ended: Callable[[], Ended],
    tick: Callable[[], None],
) -> None:
    """Carries out one trial after the other until the search ends or the study has enough.

    limit: trials in all. ended: asked after every step. tick: called now and then.
    Raises TrainingError or SettingsError if the preset itself cannot be trained, or nothing can.
    """
    failures = 0
    while not ended():
        trial = study.next(limit)
        if trial is None:
            return
        tick()
        try:
            _carry_out(study, trial, place, ended, tick)
            failures = 0
        except (TrainingError, SettingsError) as error:
            failures += 1
            _fail(study, trial, place.runs, str(error))
            if trial.user_attrs.get(PRESET) or failures == FAILURES:
                raise
        study.keep_best(place.runs)
        tick()


def _carry_out(
    study: Study,
    trial: optuna.Trial,
    place: Place,
    ended: Callable[[], Ended],
    tick: Callable[[], None],
) -> None:
    run = trial.user_attrs.get(RUN) or _free_name(
        place.runs, f"{study.plan.name}-{trial.number + 1}"
    )
    trial.set_user_attr(RUN, run)
    judged = _Judged(trial, not trial.user_attrs.get(PRESET), tick)
    for event in read_events(place.runs / run):
        judged.hear(event)

    def should_stop() -> bool:
        return judged.pruned or bool(ended())

    if (place.runs / run / DESCRIBED).is_file():
        result = resume(
            place.runs / run,
            library=place.library,
            device=place.device,
            on_event=judged.hear,
            should_stop=should_stop,
        )
    else:
        result = train(
            TrainRequest(
                library=place.library,
                runs=place.runs,
                dataset=study.plan.dataset,
                model=study.plan.model,
                preset=study.plan.preset,
                name=run,
                settings=study.plan.settings(trial.params),
                device=place.device,
            ),
            on_event=judged.hear,
            should_stop=should_stop,
        )
    cut_short = not (result.finished or judged.pruned)
    if cut_short and (ended() == "asked" or result.epochs == 0):
        study.put_off(trial)
    else:
        _tell(study, trial, result, pruned=judged.pruned and not result.finished)


def _tell(study: Study, trial: optuna.Trial, result: TrainResult, *, pruned: bool) -> None:
    """The value of a trial is its Recall@20; where fewer than half of the interests live it is
    less by their share, so that the search turns away from them."""
    share = summarise(result.path).living_share
    recall = result.valid["recall@20"]
    trial.set_user_attr(
        RESULT,
        {
            "recall": recall,
            "ndcg": result.valid["ndcg@20"],
            "best_epoch": result.best_epoch,
            "epochs": result.epochs,
            "seconds": result.seconds,
            "alive": result.interests_alive,
            "living_share": share,
        },
    )
    if pruned:
        study.optuna.tell(trial, state=TrialState.PRUNED)
    else:
        study.optuna.tell(trial, recall * share)


def _fail(study: Study, trial: optuna.Trial, runs: Path, reason: str) -> None:
    """A trial that failed counts as a bad one; the preset is to be tried again."""
    trial.set_user_attr(REASON, reason)
    run = trial.user_attrs.get(RUN)
    preset = trial.user_attrs.get(PRESET)
    study.optuna.tell(trial, state=TrialState.FAIL if preset else TrialState.PRUNED)
    if run is not None and (runs / run).is_dir():
        remove_run(runs, run)


def _free_name(runs: Path, name: str) -> str:
    """A name of no run, also where runs of an older study of the same plan are left."""
    free, number = name, 1
    while (runs / free).exists():
        number += 1
        free = f"{name}.{number}"
    return free
