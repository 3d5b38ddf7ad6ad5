"""Dropout from random bytes: how often, how much, and reproducible."""

import math

import pytest
import torch

from engine.models.blocks.dropout import Dropout, kept


@pytest.mark.parametrize("probability", [0.1, 0.3, 0.5, 0.95])
def test_as_many_are_dropped_as_asked_for_and_the_mean_is_kept(probability: float) -> None:
    torch.manual_seed(0)
    count = 400_000
    drawn = kept(torch.empty(count), probability)
    share = float((drawn == 0).double().mean())
    error = math.sqrt(probability * (1 - probability) / count)
    assert abs(share - probability) < 5 * error + 1 / 512  # a byte's step is 1/256
    assert abs(float(drawn.double().mean()) - 1.0) < 5 * error / (1 - probability)
    assert len(drawn.unique()) == 2


def test_every_byte_of_a_draw_decides_alike() -> None:
    torch.manual_seed(0)
    by_byte = (kept(torch.empty(100_000, 8), 0.5) == 0).double().mean(dim=0)
    assert (by_byte - 0.5).abs().max() < 5 * math.sqrt(0.25 / 100_000)


@pytest.mark.parametrize("size", [(1,), (3, 5), (2, 1, 9), (0,)])
def test_any_size_and_dtype(size: tuple[int, ...]) -> None:
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        drawn = kept(torch.empty(size, dtype=dtype), 0.5)
        assert drawn.shape == size and drawn.dtype == dtype


def test_the_seed_decides_and_evaluation_drops_nothing() -> None:
    layer, x = Dropout(0.5), torch.randn(10, 10, requires_grad=True)
    torch.manual_seed(1)
    first = layer(x)
    torch.manual_seed(1)
    assert torch.equal(layer(x), first) and not torch.equal(layer(x), first)
    (grad,) = torch.autograd.grad(first.sum(), x)
    torch.testing.assert_close(grad, (first / x).detach())
    assert layer.eval()(x) is x
    assert Dropout(0.0)(x) is x
