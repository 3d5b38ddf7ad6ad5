"""What is searched."""

from dataclasses import asdict
from random import Random

import pytest

from engine.errors import SettingsError
from engine.models.registry import MODELS
from engine.training.presets import PRESETS, settings_for
from engine.training.rule import Shape
from engine.tuning.space import ANY_MODEL, OF_ONE_MODEL, Knob, space_of, varied

SHAPE = Shape(users=1000, items=500, mean_length=9.0)


def base_of(model: str, preset: str) -> dict:
    of_model, of_training = settings_for(model, preset, {}, SHAPE)
    return {**asdict(of_model), **asdict(of_training)}


def holds(knob: Knob, value: object) -> bool:
    return value in knob.choices if knob.choices else knob.low <= value <= knob.high


@pytest.mark.parametrize(("model", "preset"), [(m, p) for m in PRESETS for p in PRESETS[m]])
def test_every_preset_lies_within_its_space_and_every_draw_can_be_trained(model, preset) -> None:
    base = base_of(model, preset)
    space = space_of(model, base)
    assert {"learning_rate", "dim"} <= {knob.name for knob in space} <= set(base)
    assert all(holds(knob, base[knob.name]) for knob in space)
    chance = Random(0)
    for _ in range(50):
        draw = varied(space, base, chance)
        assert draw.keys() == {knob.name for knob in space}
        assert all(holds(knob, draw[knob.name]) for knob in space)
        try:
            settings_for(model, preset, draw, SHAPE)
        except SettingsError as error:
            assert "heads" in str(error) or "categories" in str(error)  # a bad pair, not a value


def test_only_settings_that_a_model_has_are_searched_and_none_that_is_fixed() -> None:
    names = {knob.name for knob in space_of("sasrec", base_of("sasrec", "best"))}
    assert "dropout" in names and "prior_weight" not in names and "seed" not in names
    sigma = base_of("sigma", "best")
    free = {knob.name for knob in space_of("sigma", sigma)}
    fixed = {knob.name for knob in space_of("sigma", sigma, fixed=("dropout", "dim"))}
    assert free - fixed == {"dropout", "dim"}


def test_every_knob_is_a_setting_of_a_model_or_of_training() -> None:
    known = {model: set(base_of(model, "best")) for model in MODELS}
    assert OF_ONE_MODEL.keys() <= known.keys()
    for model, knobs in OF_ONE_MODEL.items():
        assert {knob.name for knob in knobs} <= known[model]
        names = [knob.name for knob in (*ANY_MODEL, *knobs)]
        assert len(set(names)) == len(names)
    assert {knob.name for knob in ANY_MODEL} <= set.union(*known.values())


def test_a_model_without_knobs_of_its_own_gets_those_of_all() -> None:
    space = space_of("a new model", {"dropout": 0.2, "learning_rate": 1e-3, "own": 3})
    assert {knob.name for knob in space} == {"dropout", "learning_rate"}


def test_the_space_is_widened_for_the_preset_or_leaves_the_setting_alone() -> None:
    assert Knob("a", choices=(1, 2)).around(3) == Knob("a", choices=(1, 2, 3))
    assert Knob("a", low=0.1, high=0.2).around(0.5) == Knob("a", low=0.1, high=0.5)
    assert Knob("a", low=0.1, high=0.2, log=True).around(0.01).low == 0.01
    assert Knob("a", low=0.1, high=0.2, log=True).around(0.0) is None


def test_a_variation_keeps_most_of_the_preset_and_changes_something() -> None:
    base = base_of("sigma", "best")
    space = space_of("sigma", base)
    chance = Random(1)
    changed = [
        sum(draw[knob.name] != base[knob.name] for knob in space)
        for draw in (varied(space, base, chance) for _ in range(200))
    ]
    assert 0.15 * len(space) < sum(changed) / 200 < 0.4 * len(space)


def test_numbers_on_a_scale_are_drawn_evenly_over_it() -> None:
    chance = Random(2)
    drawn = [Knob("a", low=1e-4, high=1.0, log=True).drawn(chance) for _ in range(400)]
    assert 0.4 < sum(value < 1e-2 for value in drawn) / 400 < 0.6
    assert all(value == float(f"{value:.3g}") for value in drawn)
