"""Reading on from a memory against one pass over the whole sequence."""

import itertools

import pytest
import slow_sigma as slow
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.models.blocks.transformer import CausalTransformer, Positions
from engine.models.protocol import right_padded
from engine.models.sigma.memory import Memory
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma

ITEMS = 11


def sigma(layers: int = 1, seed: int = 0, dtype: torch.dtype = torch.float64) -> Sigma:
    torch.manual_seed(seed)
    made = Sigma(ITEMS, SigmaSettings(dim=8, categories=3, layers=layers, heads=2, max_length=30))
    for parameter in made.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return made.to(dtype).eval()


def assert_equal(model: Sigma, memory: Memory, items: list[int], tolerance: float = 1e-9) -> None:
    """The memory's interests and next-item vectors are those of one pass."""
    window, lengths = right_padded([items], 30)
    whole = model.interests_of(window)
    found = model.interests_after(memory)
    for name in ("intensity", "mu", "log_var", "membership"):
        torch.testing.assert_close(
            getattr(found, name)[0, 0], getattr(whole, name)[0, -1], rtol=0, atol=tolerance
        )
    assert torch.equal(memory.category, whole.category[0])
    query = model.queries(window, lengths)[0]
    torch.testing.assert_close(memory.outputs[-1], query, rtol=0, atol=tolerance)
    assert memory.items.tolist() == items


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, ITEMS), min_size=2, max_size=20),
    st.lists(st.integers(1, 19), max_size=4),
    st.integers(1, 2),
    st.integers(0, 5),
)
def test_reading_in_pieces_equals_one_pass(
    items: list[int], cuts: list[int], layers: int, seed: int
) -> None:
    model = sigma(layers, seed)
    borders = sorted({0, len(items), *(cut for cut in cuts if cut < len(items))})
    memory = None
    with torch.inference_mode():
        for start, stop in itertools.pairwise(borders):
            memory = model.read(torch.tensor(items[start:stop]), memory)
        assert memory is not None
        assert_equal(model, memory, items)
        whole = model.read(torch.tensor(items))
        for t in range(1, len(items) + 1):
            torch.testing.assert_close(whole.outputs[:t], memory.until(t).outputs)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, ITEMS), min_size=3, max_size=15),
    st.integers(1, 14),
    st.lists(st.integers(1, ITEMS), min_size=1, max_size=5),
)
def test_a_memory_cut_at_a_prefix_reads_on_as_if_the_rest_had_never_been(
    items: list[int], cut: int, more: list[int]
) -> None:
    cut = min(cut, len(items) - 1)
    model = sigma()
    with torch.inference_mode():
        memory = model.read(torch.tensor(items)).until(cut)
        assert_equal(model, memory, items[:cut])
        assert_equal(model, model.read(torch.tensor(more), memory), items[:cut] + more)


def test_single_precision_appended_item_by_item_stays_within_1e_5() -> None:
    model, items = sigma(2, dtype=torch.float32), [1 + n * 7 % ITEMS for n in range(30)]
    memory = None
    with torch.inference_mode():
        for item in items:
            memory = model.read(torch.tensor([item]), memory)
        assert memory is not None
        assert_equal(model, memory, items, tolerance=1e-5)


def test_the_papers_positions_do_not_read_on() -> None:
    right = Sigma(ITEMS, SigmaSettings(dim=8, categories=3, heads=2, positions="right"))
    assert not right.reads_on and sigma().reads_on


@pytest.mark.parametrize("positions", ["right", "rotary"])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_last_position_alone_equals_the_whole_pass(positions: Positions, layers: int) -> None:
    torch.manual_seed(0)
    model = CausalTransformer(8, layers, 2, 2, positions, 0.3).double().eval()
    x, lengths = torch.randn(4, 6, 8, dtype=torch.float64), torch.tensor([6, 1, 4, 3])
    found = model.last(x, lengths)
    whole = model(x)
    torch.testing.assert_close(found, whole[torch.arange(4), lengths - 1])
    if layers == 1:
        expected = slow.transformer(
            list(x[2, :4]), slow.as_float64(model), 2, positions == "rotary"
        )
        torch.testing.assert_close(found[2], expected[-1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_sasrecs_vector_scores_as_its_loss_does(positions: Positions) -> None:
    torch.manual_seed(0)
    model = SASRec(ITEMS, SASRecSettings(dim=8, heads=2, positions=positions)).double().eval()
    items, lengths = right_padded([[1, 2, 3], [4, 5]], 100)
    hidden: Tensor = model.encoder(model.input(model.table(items), lengths))
    torch.testing.assert_close(model.queries(items, lengths), hidden[torch.arange(2), lengths - 1])
