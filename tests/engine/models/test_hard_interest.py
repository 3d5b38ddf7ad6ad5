"""Hard interests: both passes against a GRU run on every prefix and category by itself."""

from collections.abc import Callable

import pytest
import slow_sigma as slow
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DynamicOutputShapeException, FakeTensorMode
from torch.profiler import ProfilerActivity, profile

from engine.models.sigma.hard_interest import (
    HardInterest,
    last_of_category,
    pack_by_category,
    packed_states,
    padded_states,
)

StatesOf = Callable[[nn.GRU, Tensor, Tensor, Tensor, int], Tensor]
ON_CPU_AND_GPU = pytest.mark.parametrize("states_of", [packed_states, padded_states])


@st.composite
def assignments(draw: st.DrawFn) -> tuple[Tensor, Tensor, int]:
    """Categories int64 [B, T], valid bool [B, T], K: right-padded rows of at least one item."""
    count = draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=5))
    longest = max(lengths) + draw(st.integers(0, 2))
    row = st.lists(st.integers(0, count - 1), min_size=longest, max_size=longest)
    category = torch.tensor([draw(row) for _ in lengths])
    valid = torch.arange(longest) < torch.tensor(lengths)[:, None]
    return category, valid, count


def subsequences(category: Tensor, valid: Tensor, count: int) -> dict[tuple[int, int], list[int]]:
    """Flat positions of each non-empty (row, category), oldest first."""
    found: dict[tuple[int, int], list[int]] = {}
    steps = category.shape[1]
    for b in range(category.shape[0]):
        for t in range(steps):
            if valid[b, t]:
                found.setdefault((b, int(category[b, t])), []).append(b * steps + t)
    assert all(k < count for _, k in found)
    return found


@settings(max_examples=60, deadline=None)
@given(assignments())
def test_packing_holds_every_item_once_and_padding_never(
    made: tuple[Tensor, Tensor, int],
) -> None:
    category, valid, count = made
    packing = pack_by_category(category, valid, count)
    expected = [i for i, is_item in enumerate(valid.flatten().tolist()) if is_item]
    assert sorted(packing.tokens.tolist()) == expected
    sizes = packing.sizes
    assert sum(sizes) == len(expected)
    assert sizes == sorted(sizes, reverse=True) and min(sizes) > 0


@settings(max_examples=60, deadline=None)
@given(assignments())
def test_reading_the_packing_column_by_column_gives_back_every_subsequence_in_order(
    made: tuple[Tensor, Tensor, int],
) -> None:
    category, valid, count = made
    packing = pack_by_category(category, valid, count)
    columns: list[list[int]] = [[] for _ in range(packing.sizes[0])]
    start = 0
    for size in packing.sizes:
        for column, token in enumerate(packing.tokens[start : start + size].tolist()):
            columns[column].append(token)
        start += size
    assert sorted(columns) == sorted(subsequences(category, valid, count).values())


@settings(max_examples=60, deadline=None)
@given(assignments())
def test_the_last_item_of_a_category_is_found_by_looking_back_from_each_prefix(
    made: tuple[Tensor, Tensor, int],
) -> None:
    category, valid, count = made
    found = last_of_category(category, valid, count)
    for b in range(category.shape[0]):
        for t in range(category.shape[1]):
            for k in range(count):
                seen = [j for j in range(t + 1) if valid[b, j] and category[b, j] == k]
                assert found[b, t, k] == (seen[-1] if seen else -1)


@ON_CPU_AND_GPU
@settings(max_examples=25, deadline=None)
@given(made=assignments(), seed=st.integers(0, 2**20))
def test_one_pass_equals_a_gru_on_every_prefix_and_category(
    states_of: StatesOf, made: tuple[Tensor, Tensor, int], seed: int
) -> None:
    category, valid, count = made
    torch.manual_seed(seed)
    model = HardInterest(5).double()
    parameters = slow.within(slow.as_float64(model), "gru")
    items = torch.randn(*category.shape, 5, dtype=torch.float64)
    states = states_of(model.gru, items, category, valid, count)
    last = last_of_category(category, valid, count)
    for b in range(category.shape[0]):
        for t in range(int(valid[b].sum())):
            prefix, choices = list(items[b, : t + 1]), category[b, : t + 1].tolist()
            weights = [torch.ones((), dtype=torch.float64)] * (t + 1)
            for k in range(count):
                expected = slow.hard_interest(prefix, choices, weights, k, parameters)
                if expected is None:
                    assert last[b, t, k] == -1
                else:
                    torch.testing.assert_close(states[b, last[b, t, k]], expected)
    assert (states[~valid] == 0).all()


def test_the_slow_gru_is_torchs_gru() -> None:
    torch.manual_seed(0)
    fast = nn.GRU(4, 4).double()
    inputs = torch.randn(6, 4, dtype=torch.float64)
    expected = slow.gru(list(inputs), slow.as_float64(fast))
    torch.testing.assert_close(fast(inputs)[1][0], expected)


@ON_CPU_AND_GPU
def test_gradients_stay_within_a_subsequence_and_go_back_in_time_only(states_of: StatesOf) -> None:
    torch.manual_seed(0)
    gru = HardInterest(4).gru
    category = torch.tensor([[0, 1, 0, 1, 0], [0, 0, 1, 1, 0]])
    valid = torch.tensor([[True] * 5, [True] * 4 + [False]])
    items = torch.randn(2, 5, 4, requires_grad=True)
    states = states_of(gru, items, category, valid, 2)
    (grad,) = torch.autograd.grad(states[0, 2].sum(), items)
    touched = {(b, t) for b in range(2) for t in range(5) if grad[b, t].abs().sum() > 0}
    assert touched == {(0, 0), (0, 2)}


@ON_CPU_AND_GPU
def test_padding_gets_no_gradient(states_of: StatesOf) -> None:
    torch.manual_seed(0)
    gru = HardInterest(4).gru
    valid = torch.arange(6) < torch.tensor([[2], [6]])
    items = torch.randn(2, 6, 4, requires_grad=True)
    states_of(gru, items, torch.zeros(2, 6, dtype=torch.int64), valid, 3).sum().backward()
    assert items.grad is not None
    assert (items.grad[~valid] == 0).all() and (items.grad[valid].abs().sum(-1) > 0).all()


def test_both_passes_have_one_gradient() -> None:
    torch.manual_seed(0)
    category, lengths = torch.randint(0, 3, (6, 11)), torch.randint(1, 12, (6, 1))
    found = []
    for states_of in (packed_states, padded_states):
        torch.manual_seed(1)
        gru = HardInterest(8).gru.double()
        items = torch.randn(6, 11, 8, dtype=torch.float64, requires_grad=True)
        weight = torch.randn(6, 11, 8, dtype=torch.float64)
        states = states_of(gru, items, category, torch.arange(11) < lengths, 3)
        (states * weight).sum().backward()
        found.append([items.grad, *(parameter.grad for parameter in gru.parameters())])
    torch.testing.assert_close(found[0], found[1])


@ON_CPU_AND_GPU
def test_only_what_runs_on_a_gpu_asks_it_for_no_number(states_of: StatesOf) -> None:
    """Tensors without values refuse whoever reads one."""
    with FakeTensorMode():
        gru, items = nn.GRU(8, 8), torch.empty(3, 7, 8)
        category, valid = torch.zeros(3, 7, dtype=torch.int64), torch.ones(3, 7, dtype=torch.bool)
        if states_of is padded_states:
            assert states_of(gru, items, category, valid, 4).shape == items.shape
        else:
            with pytest.raises(DynamicOutputShapeException):
                states_of(gru, items, category, valid, 4)


@pytest.mark.gpu
def test_a_gpu_is_asked_for_no_number_and_keeps_gradients_wide() -> None:
    interest = HardInterest(16).cuda()
    items = torch.randn(5, 9, 16, device="cuda", requires_grad=True)
    category = torch.randint(0, 4, (5, 9), device="cuda")
    valid = torch.arange(9, device="cuda") < torch.tensor([[9], [1], [4], [6], [2]], device="cuda")
    with (
        profile(activities=[ProfilerActivity.CPU]) as profiled,
        torch.autocast("cuda", dtype=torch.bfloat16),
    ):
        found = interest(items, category, valid, 4)
        found.square().sum().backward()
    assert found.dtype == torch.float32
    assert "aten::_local_scalar_dense" not in {one.key for one in profiled.key_averages()}
    twin = HardInterest(16)
    twin.load_state_dict(interest.state_dict())
    inputs = items.detach().cpu().requires_grad_()
    expected = twin(inputs, category.cpu(), valid.cpu(), 4)
    expected.square().sum().backward()
    torch.testing.assert_close(found.cpu(), expected, atol=2e-3, rtol=2e-3)
    torch.testing.assert_close(items.grad.cpu(), inputs.grad, atol=5e-3, rtol=5e-3)
