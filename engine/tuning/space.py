"""What is searched: settings as data, with the values that each may take.

A knob counts only where a model's settings or those of training have a field of its name, so that
one list serves all models.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

Value = int | float | str | bool


@dataclass(frozen=True)
class Knob:
    """One setting that is searched: one of some choices, or else a number from low to high.

    log: the number's logarithm is what is spread evenly.
    """

    name: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> "Knob":
        """A knob from the JSON of its fields."""
        return cls(**{**described, "choices": tuple(described["choices"])})

    def around(self, value: Value) -> "Knob | None":
        """The knob, wide enough for a value; None if it cannot be, as 0 on a logarithmic scale."""
        if self.choices:
            return self if value in self.choices else replace(self, choices=(*self.choices, value))
        if isinstance(value, str) or (self.log and value <= 0):
            return None
        return replace(self, low=min(self.low, float(value)), high=max(self.high, float(value)))

    def drawn(self, chance: Random) -> Value:
        """A value by chance."""
        if self.choices:
            return chance.choice(self.choices)
        if self.log:
            ratio = self.high / self.low
            return tidy(min(self.high, self.low * ratio ** chance.random()))
        return tidy(chance.uniform(self.low, self.high))


def _one_of(name: str, *choices: Value) -> Knob:
    return Knob(name, choices=choices)


def _between(name: str, low: float, high: float) -> Knob:
    return Knob(name, low=low, high=high)


def _scale(name: str, low: float, high: float) -> Knob:
    return Knob(name, low=low, high=high, log=True)


ANY_MODEL = (
    _scale("learning_rate", 2e-4, 1e-2),
    _one_of("weight_decay", 0.0, 1e-4, 1e-3, 1e-2, 1e-1),
    _one_of("weight_average", 0.0, 0.98, 0.99, 0.995),
    _one_of("batch_positions", 512, 1280, 2560, 5120, 10240),
    _one_of("dim", 32, 64, 128, 192, 256),
    _one_of("layers", 1, 2, 3),
    _one_of("heads", 1, 2, 4, 8),
    _between("dropout", 0.0, 0.8),
    _between("hidden_items", 0.0, 0.4),
    _one_of("positions", "right", "rotary"),
    _one_of("cosine", 0.0, 8.0, 12.0, 16.0, 24.0),
)
"""Of training and of the blocks that models share."""

_ROUTED = (_one_of("interests", 2, 4, 6, 8), _one_of("loss", "softmax", "readout"))
"""Of models with several interests: one of their losses keeps the interests apart."""

OF_ONE_MODEL: dict[str, tuple[Knob, ...]] = {
    "sigma": (
        _one_of("categories", 2, 4, 6, 8, 12),
        _scale("temperature", 0.03, 1.0),
        _scale("prior_weight", 1e-5, 1e-1),
        _scale("interest_weight", 1e-3, 1.0),
        _scale("interest_prior_weight", 1e-4, 1.0),
        _scale("orthogonality_weight", 1e-2, 10.0),
        _between("posterior_log_var", -8.0, 0.0),
        _between("interest_log_var", -8.0, 0.0),
    ),
    "bert4rec": (_between("mask_share", 0.1, 0.6), _between("last_share", 0.0, 0.3)),
    "svae": (
        _one_of("latent", 32, 64, 128),
        _one_of("next_k", 1, 2, 4),
        _scale("kl_weight", 1e-4, 0.5),
        _between("posterior_log_var", -8.0, 0.0),
    ),
    "acvae": (
        _one_of("latent", 32, 64, 128),
        _scale("kl_weight", 1e-3, 0.5),
        _scale("contrast_weight", 1e-3, 1.0),
    ),
    "mind": (*_ROUTED, _one_of("iterations", 1, 2, 3), _between("power", 1.0, 8.0)),
    "comirec-dr": (*_ROUTED, _one_of("iterations", 1, 2, 3)),
    "comirec-sa": _ROUTED,
    "bprmf": (_scale("l2_weight", 1e-5, 1.0),),
    "lightgcn": (_scale("l2_weight", 1e-6, 1e-1),),
}
"""Of a model's own equations."""

REDRAWN = 1 / 3
"""Share of the settings that a variation of the preset draws anew."""


def space_of(
    model: str, base: Mapping[str, Value], fixed: Collection[str] = ()
) -> tuple[Knob, ...]:
    """What is searched around a preset.

    base: all settings of the preset by name, of model and training; each is within the space, which
    is widened for it. fixed: names that are not searched.
    """
    knobs = (*ANY_MODEL, *OF_ONE_MODEL.get(model, ()))
    fitting = (
        knob.around(base[knob.name])
        for knob in knobs
        if knob.name in base and knob.name not in fixed
    )
    return tuple(knob for knob in fitting if knob is not None)


def varied(space: tuple[Knob, ...], base: Mapping[str, Value], chance: Random) -> dict[str, Value]:
    """The preset with about a third of its searched settings drawn anew, at least one."""
    chosen = [knob for knob in space if chance.random() < REDRAWN] or [chance.choice(space)]
    drawn = {knob.name: knob.drawn(chance) for knob in chosen}
    return {knob.name: drawn.get(knob.name, base[knob.name]) for knob in space}


def tidy(number: float) -> float:
    """Three digits: more say nothing, and a command is typed with them."""
    return float(f"{number:.3g}")
