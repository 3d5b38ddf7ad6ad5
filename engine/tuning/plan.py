"""What a study is about: data, model, the preset to start from, what is fixed, what is searched."""

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import RunError, SettingsError
from engine.library.library import DatasetSummary
from engine.training.presets import settings_for
from engine.training.rule import Shape
from engine.training.runs import write_json
from engine.tuning.space import Knob, Value, space_of, tidy
from engine.tuning.trial_names import DESCRIPTION

VERSION = 1


@dataclass(frozen=True)
class Plan:
    """All that makes the trials of a study comparable; another plan is another study.

    base: all settings of the first trial by name, of model and training. fixed: names of those that
    the user decided. seed: of the search; that of the trainings is among the settings.
    """

    dataset: str
    fingerprint: str
    model: str
    preset: str
    base: dict[str, Value]
    fixed: tuple[str, ...]
    space: tuple[Knob, ...]
    seed: int

    @classmethod
    def of(
        cls,
        data: DatasetSummary,
        model: str,
        preset: str,
        settings: Mapping[str, object],
        seed: int,
    ) -> "Plan":
        """The plan for some data. settings: changes to the preset that all trials share.

        Raises SettingsError for an unknown model, preset or name, or an impossible value.
        """
        shape = Shape(data.users, data.items, data.avg_length)
        of_model, of_training = settings_for(model, preset, {"seed": seed, **settings}, shape)
        base = {**asdict(of_model), **asdict(of_training)}
        fixed = tuple(sorted(settings))
        space = space_of(model, base, fixed)
        if not space:
            raise SettingsError("every setting that could be searched is fixed by --set.")
        return cls(data.name, data.fingerprint, model, preset, base, fixed, space, seed)

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """The plan of a study's directory. Raises RunError if it is damaged."""
        try:
            described = json.loads((path / DESCRIPTION).read_text("utf-8"))
            if described.pop("version") != VERSION:
                raise RunError(
                    f"the study in {path} is of another version of sigma-tui. Remove the directory "
                    "or update the program."
                )
            space = tuple(Knob.read(knob) for knob in described["space"])
            return cls(**{**described, "fixed": tuple(described["fixed"]), "space": space})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"the study in {path} is damaged ({error!r}). Remove the directory."
            ) from None

    def write(self, path: Path) -> None:
        """Writes the plan into a study's directory."""
        write_json(path / DESCRIPTION, {"version": VERSION, **asdict(self)})

    @property
    def name(self) -> str:
        """Of the study: of data, model and six digits of all the rest."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        readable = re.sub(r"[^\w.+-]", "-", self.dataset)[:60]
        return f"{readable}-{self.model}-{digest[:6]}"

    @property
    def quoted_dataset(self) -> str:
        """The dataset's name as a shell takes it."""
        return shlex.quote(self.dataset)

    @property
    def start(self) -> dict[str, Value]:
        """The searched settings as the preset has them."""
        return {knob.name: self.base[knob.name] for knob in self.space}

    def settings(self, drawn: Mapping[str, Any]) -> dict[str, Value]:
        """All settings of a trial. drawn: searched ones by name, as Optuna keeps them."""
        values = dict(self.base)
        for name, value in drawn.items():
            if value != self.base[name]:
                values[name] = tidy(value) if isinstance(value, float) else value
        return values

    @property
    def decided(self) -> dict[str, Value]:
        """What the user decided for all trials: fixed settings, and a seed other than 0."""
        seed = {"seed": self.base["seed"]} if self.base["seed"] else {}
        return {name: self.base[name] for name in self.fixed} | seed

    def changes(self, drawn: Mapping[str, Any]) -> dict[str, Value]:
        """What a trial drew that is not as in the first one."""
        values = self.settings(drawn)
        return {name: values[name] for name in drawn if values[name] != self.base[name]}

    def command(self, drawn: Mapping[str, Any]) -> str:
        """The command that trains a trial's settings anew."""
        start = f"sigma-tui train {self.quoted_dataset} --model {self.model} --preset {self.preset}"
        changes = self.decided | self.changes(drawn)
        return start + "".join(f" --set {name}={value}" for name, value in changes.items())
