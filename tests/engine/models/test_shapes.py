"""What a model would hold, without making it."""

import subprocess
import sys

import pytest

from engine.models.registry import MODELS, build
from engine.models.shapes import shapes_of
from engine.training.presets import preset_names, settings_for
from engine.training.rule import Shape


@pytest.mark.parametrize("name", MODELS)
def test_shapes_are_those_of_the_model_itself(name: str) -> None:
    for preset in preset_names(name):
        settings, _ = settings_for(name, preset, {}, Shape(7, 30, 9.0))
        made = build(name, 30, settings, 7).state_dict()
        assert shapes_of(name, 30, settings, 7) == {k: list(t.shape) for k, t in made.items()}


LARGEST = """
import math, resource
from engine.models.registry import model_settings
from engine.models.shapes import shapes_of
wide = {"dim": 4096}
for name, settings, users in (
    ("sigma", {**wide, "layers": 24, "feedforward": 16}, 0),
    ("svae", {"hidden": 4096, "state": 4096, "latent": 4096, "output": "own"}, 0),
    ("acvae", {**wide, "state": 4096, "latent": 4096, "output": "own"}, 0),
    ("bprmf", wide, 10**8),
    ("lightgcn", wide, 10**8),
):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shapes = shapes_of(name, 10**6, model_settings(name, settings), users)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(name, sum(math.prod(shape) for shape in shapes.values()), grown)
"""


@pytest.mark.thorough
def test_the_largest_sizes_take_no_memory() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LARGEST], capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert len(lines) == 5
    for name, numbers, grown in lines:
        assert int(numbers) * 4 > 10e9, f"{name} is not large"
        assert int(grown) * (1 if sys.platform == "darwin" else 1024) < 300e6, name


def test_a_size_beyond_all_numbers_is_an_error_and_no_crash() -> None:
    settings, _ = settings_for("sasrec", "fast", {}, Shape(7, 30, 9.0))
    with pytest.raises(RuntimeError):
        shapes_of("sasrec", 1 << 62, settings, 0)
