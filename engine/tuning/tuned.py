"""What studies found: the settings that the preset ``tuned`` stands for."""

from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import SettingsError
from engine.library.library import Library
from engine.training.presets import TUNED
from engine.training.train import TrainRequest
from engine.tuning.plan import Plan
from engine.tuning.space import Value
from engine.tuning.study import Study
from engine.tuning.summary import TrialSummary
from engine.tuning.trial_names import DESCRIPTION


@dataclass(frozen=True)
class Tuned:
    """The best trial of all studies of a dataset and model. preset: that its study started from.
    settings: all of them, of model and training, but for the seed."""

    study: str
    preset: str
    settings: dict[str, Value]
    trial: TrialSummary

    def applied(self, request: TrainRequest) -> TrainRequest:
        """A request with these settings in place of its preset; its own changes go before them."""
        settings = {**self.settings, **request.settings}
        return replace(request, preset=self.preset, settings=settings, preset_shown=TUNED)


def tuned(studies: Path, library: Path, dataset: str, model: str) -> Tuned:
    """Looks up the best settings for a dataset, which is known by its content.

    Raises LibraryError if there is no such dataset, SettingsError if nothing was found for it.
    """
    with Library.open(library) as opened:
        fingerprint = opened.summary(dataset).fingerprint
    found = [
        (study, trial)
        for path in sorted(studies.glob(f"*/{DESCRIPTION}"))
        if (plan := Plan.read(path.parent)).model == model and plan.fingerprint == fingerprint
        for study in [Study(path.parent)]
        for trial in study.best()
    ]
    if not found:
        raise SettingsError(
            f"there are no tuned settings of {model} for {dataset!r} as it is now. Search them "
            f"with `sigma-tui tune {dataset} --model {model} --budget MINUTES`."
        )
    study, trial = max(found, key=lambda pair: pair[1].recall)
    settings = study.plan.settings(trial.drawn)
    del settings["seed"]
    return Tuned(study.plan.name, study.plan.preset, settings, trial)
