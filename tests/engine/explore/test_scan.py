"""The rounded scan against exact products: the same list and the same rank, always."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.evaluation.ranking import target_ranks
from engine.explore.scan import CatalogueScan


def exact(table: Tensor, query: Tensor, excluded: Tensor, offset: Tensor | None) -> Tensor:
    scores = table @ query
    scores = scores if offset is None else scores + offset
    return scores.index_fill(0, excluded, -torch.inf)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**20),
    st.integers(2, 3000),
    st.integers(1, 120),
    st.sampled_from([1e-3, 0.05, 1.0, 30.0]),
    st.booleans(),
)
def test_the_best_and_the_targets_rank_are_those_of_exact_scores(
    seed: int, items: int, best: int, near: float, shifted: bool
) -> None:
    """near: how far the items' vectors lie apart; the nearer, the more the rounding confuses."""
    torch.manual_seed(seed)
    table = torch.randn(1, 16) + near * torch.randn(items + 1, 16)
    query = torch.randn(16)
    offset = torch.randn(items + 1) if shifted else None
    excluded = torch.cat((torch.zeros(1).long(), torch.randint(1, items + 1, (3,))))
    target = int(torch.randint(1, items + 1, ()))
    found = CatalogueScan(table, rounded=True).scores(
        query, best=best, excluded=excluded, target=target, offset=offset
    )
    expected = exact(table, query, excluded, offset)
    allowed = found.index_fill(0, excluded, -torch.inf)
    wanted = min(best, int((expected > -torch.inf).sum()))
    torch.testing.assert_close(allowed.topk(wanted).values, expected.topk(wanted).values)
    # Sums in another order differ in the last bit, so items that are equal to it may change places.
    chosen = expected[allowed.topk(wanted).indices]
    torch.testing.assert_close(chosen, expected.topk(wanted).values)
    if expected[target] > -torch.inf:
        rank = target_ranks(allowed[None], torch.tensor([target]))
        slack = int(((expected - expected[target]).abs() < 1e-4).sum()) - 1
        true = target_ranks(expected[None], torch.tensor([target]))
        assert abs(float(rank - true)) <= slack


def test_without_a_rounded_copy_all_scores_are_the_products() -> None:
    torch.manual_seed(0)
    table, query = torch.randn(40, 8), torch.randn(8)
    found = CatalogueScan(table).scores(query, best=3, excluded=torch.tensor([0]))
    assert found[0] == -torch.inf
    torch.testing.assert_close(found[1:], table[1:] @ query)


@pytest.mark.parametrize("rounded", [False, True])
def test_everything_excluded_leaves_nothing_and_no_error(rounded: bool) -> None:
    table, query = torch.randn(5, 8), torch.randn(8)
    scan = CatalogueScan(table, rounded=rounded)
    found = scan.scores(query, best=3, excluded=torch.arange(5))
    assert found.shape == (5,) and found[0] == -torch.inf


def test_the_hundred_best_of_a_large_catalogue_are_exact_and_few_are_scored_twice() -> None:
    torch.manual_seed(0)
    table, query = torch.randn(300_000, 32), torch.randn(32)
    scan, excluded = CatalogueScan(table, rounded=True), torch.tensor([0])
    found = scan.scores(query, best=100, excluded=excluded)
    expected = exact(table, query, excluded, None)
    assert torch.equal(found.topk(100).indices, expected.topk(100).indices)
    same = (found[1:] - expected[1:]).abs() < 1e-5
    assert 100 <= int(same.sum()) < 50_000
