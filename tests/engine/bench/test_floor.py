"""The counted multiply-adds against torch's own count of what a step really multiplies."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.bench.floor import training_operations
from engine.models.registry import build, model_settings
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("sigma", {}),
        ("sigma", {"categories": 8, "layers": 2, "feedforward": 2}),
        ("sigma", {"interest_negatives": 0}),
        ("sigma", {"negatives": 100}),
        ("sasrec", {}),
        ("sasrec", {"negatives": 100}),
        ("sasrec", {"loss": "bce"}),
    ],
)
def test_the_floor_is_near_what_a_step_without_padding_multiplies(
    model: str, changes: dict[str, object]
) -> None:
    torch.manual_seed(0)
    settings = model_settings(model, {"dim": 64, "dropout": 0.0, **changes})
    built = build(model, 600, settings, 0)
    items, targets = torch.randint(1, 601, (2, 9, 14))
    batch = Batch(items, torch.full((9,), 14), targets, torch.arange(9))
    built.prepare(SequenceSet(items.flatten(), 14 * torch.arange(10), 600))
    with FlopCounterMode(display=False) as counter:
        built.losses(batch)["loss"].backward()
    floor = training_operations(settings, 600, batch.lengths)
    assert counter.get_total_flops() == pytest.approx(floor, rel=0.06)


def test_twice_the_windows_cost_twice() -> None:
    settings = model_settings("sigma", {})
    once = training_operations(settings, 1000, torch.tensor([5, 50]))
    assert training_operations(settings, 1000, torch.tensor([5, 50, 5, 50])) == 2 * once
