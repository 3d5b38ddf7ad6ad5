"""Presets: settings to start from, by model and name. What they leave out is the default.

``paper``  the paper's settings, as docs/model.md reads them.
``best``   ours: the same equations, settings chosen by validation.
``fast``   smaller and shorter, for a first look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from engine.errors import SettingsError
from engine.models.registry import Settings, kind_of, model_settings, with_values
from engine.training.settings import LIMITS, TrainingSettings

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "sigma": {
        "paper": {
            "dropout": 0.3,
            "positions": "right",
            "windows": "last",
            "temperature": 1.0,
            "interest_weight": 0.01,
            "interest_prior_weight": 1.0,
            "orthogonality_weight": 0.01,
            "posterior_log_var": 0.0,
            "interest_log_var": 0.0,
            "interest_negatives": 0,
            "patience": 100,
            "epochs": 1000,
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "sasrec": {
        "paper": {
            "loss": "bce",
            "dim": 50,
            "layers": 2,
            "heads": 1,
            "feedforward": 1,
            "positions": "right",
            "windows": "last",
            "max_length": 50,
            "patience": 20,
            "epochs": 200,
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "bert4rec": {
        "paper": {
            "dim": 64,
            "heads": 2,
            "norm": "after",
            "positions": "right",
            "windows": "last",
            "max_length": 50,
            "last_share": 1 / 11,
            "weight_decay": 0.01,
            "epochs": 1000,
            "patience": 50,
        },
        "best": {"epochs": 400, "patience": 30},
        "fast": {"dim": 64, "epochs": 60, "patience": 10, "learning_rate": 3e-3},
    },
    "dt4sr": {
        "paper": {
            "dim": 32,
            "heads": 2,
            "feedforward": 1,
            "loss": "bpr",
            "positions": "right",
            "windows": "last",
            "max_length": 50,
            "epochs": 400,
            "patience": 50,
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "bprmf": {
        "paper": {"loss": "bpr", "patience": 20, "epochs": 500},
        "best": {"dim": 128},
        "fast": {"epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "lightgcn": {
        "paper": {"loss": "bpr", "patience": 20, "epochs": 500},
        "best": {"dim": 128},
        "fast": {"epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "mind": {
        "paper": {},
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "comirec-dr": {
        "paper": {},
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "comirec-sa": {
        "paper": {},
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
}


@dataclass(frozen=True)
class Shape:
    """What of a dataset decides settings: users, items, and the mean length of a sequence."""

    users: int
    items: int
    mean_length: float


LARGE_CATALOGUE = 100_000
"""Items from which softmaxes are sampled: scores of the whole catalogue at every position would
cost more than all the rest together."""

SAMPLED = {"negatives": 4096, "interest_negatives": 1024}
"""Items drawn for the softmaxes of a large catalogue, cut to what a model knows."""

VALIDATION_SCORES = 2_000_000_000
"""Scores of an epoch's validation at most, users times items: some ten seconds on two cores."""

LONG_HISTORY = 15.0
"""Mean length from which data looks like MovieLens rather than Amazon: the paper takes K = 8 for
the one and K = 4 for the other (section 4.1.4)."""


def preset_names(model: str) -> tuple[str, ...]:
    """The presets of a model."""
    kind_of(model)
    return tuple(PRESETS[model])


def settings_for(
    model: str, preset: str, changes: Mapping[str, object], shape: Shape
) -> tuple[Settings, TrainingSettings]:
    """The settings of model and training: defaults, then the preset, then the user's changes.

    changes: by name, of the model and of training alike.
    shape: of the dataset, for what depends on the data.
    Raises SettingsError for an unknown preset or name, or an impossible value.
    """
    kind = kind_of(model)
    if preset not in PRESETS[model]:
        known = ", ".join(PRESETS[model])
        raise SettingsError(f"there is no preset {preset!r} for {model}; there are {known}.")
    values: dict[str, object] = {}
    model_names = {field.name for field in fields(kind.settings)}
    if "categories" in model_names:
        values["categories"] = 8 if shape.mean_length >= LONG_HISTORY else 4
    if shape.items >= LARGE_CATALOGUE:
        values |= {name: count for name, count in SAMPLED.items() if name in model_names}
    if shape.users * shape.items > VALIDATION_SCORES:
        values["validation_users"] = max(1000, VALIDATION_SCORES // shape.items)
    values |= PRESETS[model][preset]
    values |= dict(changes)
    training_names = {field.name for field in fields(TrainingSettings)}
    for name in values:
        if name not in model_names | training_names:
            known_names = sorted(model_names | training_names)
            near = get_close_matches(name, known_names, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known_names)}."
            raise SettingsError(f"there is no setting {name!r}. {hint}")
    of_model = {name: value for name, value in values.items() if name in model_names}
    of_training = {name: value for name, value in values.items() if name in training_names}
    training: TrainingSettings = with_values(TrainingSettings(), of_training, LIMITS)
    return model_settings(model, of_model), training
