"""Taking valid positions out of a padded batch, against a boolean index."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.blocks.rows import take_rows


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**20), st.integers(1, 5), st.integers(1, 6))
def test_rows_and_gradient_are_those_of_a_boolean_index(seed: int, batch: int, steps: int) -> None:
    torch.manual_seed(seed)
    x = torch.randn(batch, steps, 2, 3, dtype=torch.float64, requires_grad=True)
    valid = torch.rand(batch, steps) < 0.7
    found = take_rows(x, valid.flatten().nonzero().squeeze(1))
    assert torch.equal(found, x[valid])
    pull = torch.randn_like(found)
    (left,) = torch.autograd.grad(found, x, pull)
    (right,) = torch.autograd.grad(x[valid], x, pull)
    assert torch.equal(left, right)


def test_a_full_batch_is_not_copied() -> None:
    x = torch.randn(2, 3, 4)
    assert take_rows(x, torch.arange(6)).data_ptr() == x.data_ptr()
