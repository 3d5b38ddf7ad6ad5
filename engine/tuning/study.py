"""A study on disk: its trials, which setting comes next, which trial is the best.

A study is a directory:

study.json          what is searched, around which preset (made once, never changed)
journal.jsonl       Optuna's journal of the trials
spent.json          seconds searched so far
study.lock          held while a process searches
worker-N.lock, .log of its helpers, where there are several; turn.lock while one asks for a trial
"""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import optuna
from filelock import FileLock, Timeout
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
)
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from engine.errors import RunError
from engine.own_files import make_private
from engine.training.runs import remove_run, write_json
from engine.tuning.journal import Journal
from engine.tuning.plan import Plan
from engine.tuning.space import Knob, varied
from engine.tuning.summary import CONTINUES, KILLED, PRESET, RUN, TrialSummary, summarise
from engine.tuning.trial_names import DESCRIPTION

JOURNAL, SPENT, LOCK = "journal.jsonl", "spent.json", "study.lock"

STARTING_TRIALS = 10
"""Trials that vary the preset before the sampler has seen enough; few draws over the whole space
would rarely come near a preset that is good already."""

JUDGED_AFTER = 4
"""Whole trials from which bad ones are told."""

KEPT = 3
"""Runs of the best trials that are kept."""

KILLS = 3
"""A trial whose process was killed this often is not begun again."""

TRIALS_TO_WEIGH = 20
"""Whole trials from which the importance of settings can be told at all."""

SECONDS_TO_END = 60.0
"""Processes that were left behind by a killed one end within a step or a validation."""


class Study:
    """The trials of a plan, shared by all processes that search.

    path: the directory. job: which one of the jobs processes that search this is, from 0.
    Raises RunError if the study is damaged.
    """

    def __init__(self, path: Path, *, job: int = 0, jobs: int = 1) -> None:
        self.path = path
        self.plan = Plan.read(path)
        self._distributions = {knob.name: _distribution(knob) for knob in self.plan.space}
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        epochs = int(self.plan.base["epochs"])
        try:
            self.optuna = optuna.create_study(
                storage=optuna.storages.JournalStorage(Journal(path / JOURNAL)),
                pruner=optuna.pruners.MedianPruner(
                    n_startup_trials=JUDGED_AFTER, n_warmup_steps=min(3, epochs // 4)
                ),
                study_name=self.plan.name,
                direction="maximize",
                load_if_exists=True,
            )
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise RunError(
                f"the journal of the study in {path} is damaged ({error!r}). Remove the directory."
            ) from None
        self.optuna.sampler = self._sampler(job, jobs)

    def _sampler(self, job: int, jobs: int) -> optuna.samplers.TPESampler:
        """Tree-structured Parzen estimators. Each process that goes on with a study draws anew."""
        trials = len(self.optuna.get_trials(deepcopy=False))
        seed = Random(f"{self.plan.seed} {job} {trials}").getrandbits(31)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "experimental" in version 4, plain in version 5
            return optuna.samplers.TPESampler(
                seed=seed,
                multivariate=True,
                constant_liar=jobs > 1,
                n_startup_trials=STARTING_TRIALS,
            )

    @classmethod
    def of(cls, studies: Path, plan: Plan) -> "Study":
        """The study of a plan in a directory of studies, begun if there is none yet."""
        path = studies / plan.name
        make_private(path)
        if not (path / DESCRIPTION).is_file():
            plan.write(path)
        return cls(path)

    def next(self, limit: int | None = None) -> optuna.Trial | None:
        """The next trial, now under way; None if there have been as many as the limit.

        First come those that were interrupted, then the preset, its variations, the sampler's.
        """
        with self._turn():
            trials = self.optuna.get_trials(deepcopy=False)
            continued = {trial.user_attrs.get(CONTINUES) for trial in trials}
            begun = [
                trial
                for trial in trials
                if trial.state != TrialState.WAITING and trial.number not in continued
            ]
            if limit is not None and len(begun) >= limit:
                return None
            if not any(trial.state == TrialState.WAITING for trial in trials):
                self._enqueue(begun)
            return self.optuna.ask(self._distributions)

    def _enqueue(self, begun: list[FrozenTrial]) -> None:
        """Decides on the next trial, unless that is left to the sampler."""
        plan = self.plan
        if not any(
            trial.user_attrs.get(PRESET) for trial in begun if trial.state != TrialState.FAIL
        ):
            self.optuna.enqueue_trial(plan.start, user_attrs={PRESET: True})
        elif sum(_tells(trial) for trial in begun) < STARTING_TRIALS:
            chance = Random(f"{plan.seed} {len(begun)}")
            self.optuna.enqueue_trial(varied(plan.space, plan.base, chance))

    def put_off(self, trial: optuna.Trial | FrozenTrial, *, kills: int = 0) -> None:
        """Marks a trial under way as failed and lines up another that goes on with its run."""
        noted = trial.user_attrs
        kills += noted.get(KILLED, 0)
        self.optuna.tell(trial.number, state=TrialState.FAIL)
        if kills < KILLS:
            kept = {name: noted[name] for name in (PRESET, RUN) if name in noted}
            drawn = self.plan.start if kept.get(PRESET) else trial.params
            attributes = {**kept, CONTINUES: trial.number, KILLED: kills}
            self.optuna.enqueue_trial(drawn, user_attrs=attributes)

    def reclaim(self) -> None:
        """Puts off the trials whose processes were killed; only for when no process searches.

        What kills processes again and again is not begun for ever.
        """
        for trial in self.optuna.get_trials(states=(TrialState.RUNNING,)):
            self.put_off(trial, kills=1)

    def trials(self) -> list[TrialSummary]:
        """All trials that have begun, in order."""
        return summarise(self.plan, self.optuna.get_trials(deepcopy=False))

    def best(self, count: int = 1) -> list[TrialSummary]:
        """The best trials, best first, of those whose interests live."""
        return best_of(self.trials(), count)

    def keep_best(self, runs: Path) -> None:
        """Removes the runs of all trials but the best and those that are to go on."""
        with self._turn():
            trials = self.optuna.get_trials(deepcopy=False)
            needed = {trial.run for trial in self.best(KEPT)} | {
                trial.user_attrs.get(RUN)
                for trial in trials
                if trial.state in (TrialState.RUNNING, TrialState.WAITING)
            }
            for run in {trial.user_attrs.get(RUN) for trial in trials} - needed:
                if run is not None and (runs / run).is_dir():
                    remove_run(runs, run)

    def importances(self) -> dict[str, float]:
        """The share of each searched setting in good trials being good, largest first (PED-ANOVA,
        Watanabe et al., IJCAI 2023); empty while there are too few trials to say."""
        whole = self.optuna.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(whole) < TRIALS_TO_WEIGH:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return get_param_importances(self.optuna, evaluator=PedAnovaImportanceEvaluator())

    @property
    def spent(self) -> float:
        """Seconds searched so far."""
        try:
            return float(json.loads((self.path / SPENT).read_text("utf-8"))["seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0

    @spent.setter
    def spent(self, seconds: float) -> None:
        write_json(self.path / SPENT, {"seconds": seconds})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the study, once processes that a killed one left behind have ended.

        Raises RunError if another process searches.
        """
        lock = FileLock(self.path / LOCK)
        try:
            with lock.acquire(timeout=0):
                for helper in self.path.glob("worker-*.lock"):
                    FileLock(helper).acquire(timeout=SECONDS_TO_END).lock.release()
                yield
        except Timeout:
            raise RunError(
                f"the study {self.plan.name!r} is under way in another process. Wait for it, or "
                "end it with Ctrl-C."
            ) from None

    def _turn(self) -> FileLock:
        return FileLock(self.path / "turn.lock")


def best_of(trials: list[TrialSummary], count: int) -> list[TrialSummary]:
    """The best of some trials, best first; equal ones in order."""
    eligible = [trial for trial in trials if trial.eligible]
    return sorted(eligible, key=lambda trial: (-trial.recall, trial.number))[:count]


def _tells(trial: FrozenTrial) -> bool:
    """Whether a trial tells the sampler something."""
    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED)


def _distribution(knob: Knob) -> BaseDistribution:
    if knob.choices:
        return CategoricalDistribution(knob.choices)
    return FloatDistribution(knob.low, knob.high, log=knob.log)
