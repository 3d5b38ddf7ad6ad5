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


@pytest.mark.parametrize(
    ("name", "settings", "users"),
    [
        ("sigma", {"dim": 4096, "layers": 24, "feedforward": 16}, 0),
        ("svae", {"hidden": 4096, "state": 4096, "latent": 4096, "output": "own"}, 0),
        ("acvae", {"dim": 4096, "state": 4096, "latent": 4096, "output": "own"}, 0),
        ("bprmf", {"dim": 4096}, 10**8),
        ("lightgcn", {"dim": 4096}, 10**8),
    ],
)
def test_the_largest_sizes_take_no_memory(
    name: str, settings: dict[str, object], users: int
) -> None:
    code = (
        "import resource\n"
        "from engine.models.registry import model_settings\n"
        "from engine.models.shapes import shapes_of\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"shapes = shapes_of({name!r}, 10**6, model_settings({name!r}, {settings!r}), {users})\n"
        "import math\n"
        "numbers = sum(math.prod(shape) for shape in shapes.values())\n"
        "print(numbers, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    numbers, grown = map(int, said.split())
    assert numbers * 4 > 10e9, "the case is not large"
    unit = 1 if sys.platform == "darwin" else 1024
    assert grown * unit < 300e6


def test_a_size_beyond_all_numbers_is_an_error_and_no_crash() -> None:
    settings, _ = settings_for("sasrec", "fast", {}, Shape(7, 30, 9.0))
    with pytest.raises(RuntimeError):
        shapes_of("sasrec", 1 << 62, settings, 0)
