"""Presets: settings to start from, by model and name. What they leave out is the default.

``paper``  the paper's settings, as docs/model.md reads them.
``best``   ours: the same equations, settings chosen by validation; see rule.py too.
``fast``   smaller and shorter, for a first look.
"""

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from engine.errors import SettingsError
from engine.models.registry import Settings, kind_of, model_settings, with_values
from engine.training.rule import Choice, Shape, advised, required
from engine.training.settings import LIMITS, TrainingSettings

ABOUT: dict[str, str] = {
    "best": "Ours, chosen by validation and fitted to your data. Start here.",
    "paper": "As published, to check a paper's numbers. Takes many epochs.",
    "fast": "Smaller and shorter, for a first look. Less accurate.",
}
"""Each preset in a few words."""

TUNED = "tuned"
"""Name of what stands for the settings that studies found (tuning/tuned.py)."""

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "sigma": {
        "paper": {
            "dropout": 0.3,
            "positions": "right",
            "windows": "last",
            "interest_weight": 0.01,
            "orthogonality_weight": 0.01,
            "interest_negatives": 0,
            "epochs": 1000,
        },
        "best": {"learning_rate": 1.5e-3},
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
            "epochs": 200,
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "bert4rec": {  # a step teaches few positions: many epochs, and patience with them
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
        "best": {"mask_share": 0.5, "dropout": 0.2, "epochs": 400, "patience": 15},
        "fast": {
            "dim": 64,
            "mask_share": 0.5,
            "dropout": 0.2,
            "epochs": 60,
            "patience": 10,
            "learning_rate": 3e-3,
        },
    },
    "svae": {
        "paper": {
            "dim": 256,
            "next_k": 4,
            "output": "own",
            "kl_weight": 0.2,
            "posterior_log_var": 0.0,
            "dropout": 0.0,
            "windows": "last",
            "epochs": 400,
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "acvae": {
        "paper": {
            "output": "own",
            "max_length": 200,
            "weight_decay": 0.01,
            "windows": "last",
            "epochs": 350,
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
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
        },
        "best": {},
        "fast": {"dim": 64, "epochs": 20, "patience": 4, "learning_rate": 3e-3},
    },
    "bprmf": {  # a pair teaches little: many steps, and patience with them
        "paper": {"loss": "bpr", "learning_rate": 5e-3, "epochs": 1000, "patience": 20},
        "best": {"dim": 128},
        "fast": {"epochs": 20, "patience": 4, "learning_rate": 1e-2},
    },
    "lightgcn": {
        "paper": {"loss": "bpr", "learning_rate": 5e-3, "epochs": 1000, "patience": 20},
        "best": {"dim": 128},
        "fast": {"epochs": 20, "patience": 4, "learning_rate": 1e-2},
    },
    "mind": {
        "paper": {
            "loss": "readout",
            "dim": 64,
            "negatives": 1280,
            "batch_positions": 512,
            "windows": "last",
            "max_length": 50,
            "epochs": 400,
        },
        "best": {"dropout": 0.5, "batch_positions": 512},
        "fast": {
            "dim": 64,
            "batch_positions": 512,
            "epochs": 20,
            "patience": 4,
            "learning_rate": 3e-3,
        },
    },
    "comirec-dr": {
        "paper": {
            "loss": "readout",
            "dim": 64,
            "negatives": 1280,
            "batch_positions": 512,
            "learning_rate": 5e-3,
            "windows": "last",
            "max_length": 50,
            "epochs": 400,
        },
        "best": {"dropout": 0.5, "batch_positions": 512, "learning_rate": 5e-3},
        "fast": {
            "dim": 64,
            "batch_positions": 512,
            "epochs": 20,
            "patience": 4,
            "learning_rate": 5e-3,
        },
    },
    "comirec-sa": {
        "paper": {
            "loss": "readout",
            "dim": 64,
            "negatives": 1280,
            "batch_positions": 512,
            "windows": "last",
            "max_length": 50,
            "epochs": 400,
        },
        "best": {"dropout": 0.5, "batch_positions": 512},
        "fast": {
            "dim": 64,
            "batch_positions": 512,
            "epochs": 20,
            "patience": 4,
            "learning_rate": 3e-3,
        },
    },
}


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
    model_names = {field.name for field in fields(kind.settings)}
    training_names = {field.name for field in fields(TrainingSettings)}
    known_names = sorted(model_names | training_names)
    values: dict[str, object] = {}
    for choice in chosen(model, preset, shape):
        values |= choice.values
    values |= _preset(model, preset)
    values |= dict(changes)
    for name in values:
        if name not in known_names:
            near = get_close_matches(name, known_names, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known_names)}."
            raise SettingsError(f"there is no setting {name!r}. {hint}")
    of_model = {name: value for name, value in values.items() if name in model_names}
    of_training = {name: value for name, value in values.items() if name in training_names}
    training: TrainingSettings = with_values(TrainingSettings(), of_training, LIMITS)
    return model_settings(model, of_model), training


def chosen(model: str, preset: str, shape: Shape) -> list[Choice]:
    """What the data decides of a preset's settings, each with its reason; of what the preset sets
    itself, or a later choice changes again, nothing is said.

    Raises SettingsError for an unknown model or preset.
    """
    kind = kind_of(model)
    names = {field.name for field in (*fields(kind.settings), *fields(TrainingSettings))}
    names -= _preset(model, preset).keys()
    said: list[Choice] = []
    choices = required(shape) + ([] if preset == "paper" else advised(shape, model, preset))
    for choice in reversed(choices):
        values = {name: value for name, value in choice.values.items() if name in names}
        names -= values.keys()
        if values:
            said.append(Choice(choice.because, values))
    return said[::-1]


def _preset(model: str, preset: str) -> dict[str, Any]:
    if preset not in PRESETS[model]:
        known = ", ".join(PRESETS[model])
        raise SettingsError(f"there is no preset {preset!r} for {model}; there are {known}.")
    return PRESETS[model][preset]
