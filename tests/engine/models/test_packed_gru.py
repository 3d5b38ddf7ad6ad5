"""The GRU written out against torch's: states and every gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from engine.models.blocks.packed_gru import packed_gru
from engine.models.blocks.padded_gru import padded_gru
from engine.models.blocks.sequence_gru import SequenceGRU


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**20), st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(3, 7)
)
def test_states_and_gradients_equal_torchs(seed: int, falling: list[int], width: int) -> None:
    torch.manual_seed(seed)
    sizes = sorted(falling, reverse=True)
    gru = nn.GRU(width, 5).double()
    inputs = torch.randn(sum(sizes), width, dtype=torch.float64, requires_grad=True)
    leaves = [inputs, *gru.parameters()]
    found = packed_gru(inputs, sizes, *gru.parameters())
    expected = gru(PackedSequence(inputs, torch.tensor(sizes)))[0].data
    torch.testing.assert_close(found, expected)
    pull = torch.randn_like(expected)
    for left, right in zip(
        torch.autograd.grad(found, leaves, pull),
        torch.autograd.grad(expected, leaves, pull),
        strict=True,
    ):
        torch.testing.assert_close(left, right)


def test_gradients_pass_a_numerical_check() -> None:
    torch.manual_seed(0)
    gru = nn.GRU(3, 3).double()
    inputs = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, *weights: packed_gru(x, [3, 2, 1], *weights), (inputs, *gru.parameters())
    )


@pytest.mark.parametrize("steps", [1, 40])
def test_half_precision_products_stay_near_the_exact_states(steps: int) -> None:
    torch.manual_seed(0)
    gru = nn.GRU(16, 16)
    inputs = torch.randn(3 * steps, 16, requires_grad=True)
    leaves = [inputs, *gru.parameters()]
    exact = packed_gru(inputs, [3] * steps, *gru.parameters())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = packed_gru(inputs, [3] * steps, *gru.parameters())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, exact, rtol=0.0, atol=0.03)
    for left, right in zip(
        torch.autograd.grad(found.sum(), leaves),
        torch.autograd.grad(exact.sum(), leaves),
        strict=True,
    ):
        assert left.dtype == torch.float32
        torch.testing.assert_close(left, right, rtol=0.05, atol=0.02 * float(right.abs().max()))


def test_a_gpus_form_of_it_gives_the_same_states() -> None:
    torch.manual_seed(0)
    model = SequenceGRU(4, 6)
    x = torch.randn(3, 7, 4)
    torch.testing.assert_close(padded_gru(model.gru, x), model(x))
