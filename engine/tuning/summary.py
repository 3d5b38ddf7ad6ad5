"""What came of a trial, read from Optuna's record of it."""

from dataclasses import dataclass
from typing import Any, Literal

from optuna.trial import FrozenTrial, TrialState

from engine.tuning.plan import Plan
from engine.tuning.space import Value

RUN, PRESET, CONTINUES, KILLED, RESULT, REASON = (
    "run",
    "preset",
    "continues",
    "killed",
    "result",
    "reason",
)
"""What is noted with a trial: its run; that it is the preset; the trial that it goes on with; how
often its process was killed; what came of it; why nothing did."""

State = Literal["running", "done", "pruned", "failed", "interrupted"]


@dataclass(frozen=True)
class TrialSummary:
    """One trial.

    number: counted from 1. state: ``done`` is as far as its patience, its epochs or the budget
    went; ``pruned`` was stopped because it was worse than half of the others; ``interrupted`` goes
    on as a later trial. run: of which the best are kept. drawn: the searched settings. changes: to
    the first trial. recall, ndcg: @20 at the best validation epoch, 0 before the first. alive,
    living_share: see ``RunSummary``. reason: of a failure.
    """

    number: int
    state: State
    run: str
    preset: bool
    drawn: dict[str, Value]
    changes: dict[str, Value]
    recall: float
    ndcg: float
    best_epoch: int
    epochs: int
    seconds: float
    alive: int | None
    living_share: float
    reason: str

    @property
    def eligible(self) -> bool:
        """Whether it may be the best: trained as far as it was to be, with interests that live."""
        return self.state == "done" and self.living_share >= 1


def summarise(plan: Plan, trials: list[FrozenTrial]) -> list[TrialSummary]:
    """The trials that have begun, in order."""
    continued = {trial.user_attrs.get(CONTINUES) for trial in trials}
    return [
        _summary(plan, trial, trial.number in continued)
        for trial in trials
        if trial.state != TrialState.WAITING
    ]


def _summary(plan: Plan, trial: FrozenTrial, continued: bool) -> TrialSummary:
    noted = trial.user_attrs
    result: dict[str, Any] = noted.get(RESULT) or {
        "recall": max(trial.intermediate_values.values(), default=0.0),
        "epochs": len(trial.intermediate_values),
    }
    return TrialSummary(
        number=trial.number + 1,
        state=_state(trial, continued),
        run=noted.get(RUN, ""),
        preset=noted.get(PRESET, False),
        drawn=trial.params,
        changes=plan.changes(trial.params),
        recall=result["recall"],
        ndcg=result.get("ndcg", 0.0),
        best_epoch=result.get("best_epoch", 0),
        epochs=result["epochs"],
        seconds=result.get("seconds", 0.0),
        alive=result.get("alive"),
        living_share=result.get("living_share", 1.0),
        reason=noted.get(REASON, ""),
    )


def _state(trial: FrozenTrial, continued: bool) -> State:
    if trial.state == TrialState.RUNNING:
        return "running"
    if trial.state == TrialState.COMPLETE:
        return "done"
    if trial.state == TrialState.PRUNED and REASON not in trial.user_attrs:
        return "pruned"
    return "interrupted" if continued else "failed"
