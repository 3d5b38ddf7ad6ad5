"""The chunked softmax over the catalogue against the plain one: loss and both gradients."""

import pytest
import slow_sigma as slow
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import (
    Negatives,
    catalogue_cross_entropy,
    draw_negatives,
    sampled_cross_entropy,
)


def made_up(
    count: int, heads: int, items: int, dim: int = 5, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries [N, K, D], table [V + 1, D], targets [N]."""
    queries = torch.randn(count, heads, dim, dtype=dtype).requires_grad_()
    table = torch.randn(items + 1, dim, dtype=dtype).requires_grad_()
    return queries, table, torch.randint(1, items + 1, (count,))


def plain(queries: Tensor, table: Tensor, targets: Tensor) -> Tensor:
    """All logits at once."""
    logits = (queries @ table[1:].T).max(dim=-2).values
    return functional.cross_entropy(logits, targets - 1)


def plain_sampled(queries: Tensor, table: Tensor, targets: Tensor, drawn: Negatives) -> Tensor:
    """One position and one negative at a time; a position's own target is no negative of it."""
    terms = []
    for query, target in zip(queries, targets, strict=True):
        own = (query @ table[target]).max()
        scores = [own]
        for item, weight in zip(drawn.items, drawn.log_weight, strict=True):
            if item != target:
                scores.append((query @ table[item]).max() + weight)
        terms.append(torch.stack(scores).logsumexp(dim=0) - own)
    return torch.stack(terms).mean()


def sampled(
    queries: Tensor, table: Tensor, targets: Tensor, drawn: Negatives, chunk_elements: int = 100
) -> Tensor:
    return sampled_cross_entropy(
        queries, table[targets], table[drawn.items], targets, drawn, chunk_elements
    )


def test_positions_count_what_they_are_told_to() -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(4, 2, 9)
    parts = torch.tensor([0.1, 0.0, 0.7, 0.2], dtype=torch.float64)
    drawn = draw_negatives(9, 5, targets.device)
    drawn = Negatives(drawn.items, drawn.log_weight.double())
    vectors = table[targets], table[drawn.items]
    whole = catalogue_cross_entropy(queries, table, targets, 10, parts)
    some = sampled_cross_entropy(queries, *vectors, targets, drawn, 10, parts)
    alone = [(queries[n : n + 1], table, targets[n : n + 1]) for n in range(4)]
    expected = [
        sum(part * plain(*one) for part, one in zip(parts, alone, strict=True)),
        sum(part * plain_sampled(*one, drawn) for part, one in zip(parts, alone, strict=True)),
    ]
    for found, slow_loss in zip((whole, some), expected, strict=True):
        torch.testing.assert_close(found, slow_loss)
        for left, right in zip(
            torch.autograd.grad(found, (queries, table), retain_graph=True),
            torch.autograd.grad(slow_loss, (queries, table), retain_graph=True),
            strict=True,
        ):
            torch.testing.assert_close(left, right)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**20),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(1, 400),
)
def test_sampled_loss_and_gradients_equal_loops_whatever_the_chunks(
    seed: int, count: int, heads: int, items: int, chunk_elements: int
) -> None:
    torch.manual_seed(seed)
    queries, table, targets = made_up(count, heads, items)
    drawn = draw_negatives(items, 1 + seed % items, targets.device)
    drawn = Negatives(drawn.items, drawn.log_weight.double())
    found = sampled(queries, table, targets, drawn, chunk_elements)
    expected = plain_sampled(queries, table, targets, drawn)
    torch.testing.assert_close(found, expected)
    for left, right in zip(
        torch.autograd.grad(3.0 * found, (queries, table)),
        torch.autograd.grad(3.0 * expected, (queries, table), allow_unused=True),
        strict=True,
    ):
        torch.testing.assert_close(left, torch.zeros_like(left) if right is None else right)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**20), st.integers(1, 500), st.integers(1, 500))
def test_negatives_are_of_the_catalogue_ascend_and_stand_for_all_of_it(
    seed: int, catalogue: int, count: int
) -> None:
    torch.manual_seed(seed)
    drawn = draw_negatives(catalogue, min(count, catalogue), torch.device("cpu"))
    assert int(drawn.items.min()) >= 1 and int(drawn.items.max()) <= catalogue
    assert (drawn.items.diff() > 0).all()
    torch.testing.assert_close(drawn.log_weight.exp().sum(), torch.tensor(float(catalogue)))


@pytest.mark.parametrize("heads", [1, 3])
def test_a_tie_between_queries_shares_the_gradient(heads: int) -> None:
    torch.manual_seed(0)
    query, table, targets = made_up(5, 1, 6)
    for leaf in (query, table):
        leaf.data.round_()  # products of small integers are exact, so that ties are ties
    queries = query.detach().expand(5, heads, 5).clone().requires_grad_()
    drawn = Negatives(torch.tensor([2, 5]), torch.zeros(2, dtype=torch.float64))
    for loss in (catalogue_cross_entropy, lambda q, e, t: sampled(q, e, t, drawn)):
        (grad,) = torch.autograd.grad(loss(queries, table, targets), queries)
        (alone,) = torch.autograd.grad(loss(query, table, targets), query)
        torch.testing.assert_close(grad, (alone / heads).expand(5, heads, 5))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**20),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(1, 400),
)
def test_loss_and_gradients_equal_the_plain_softmax_whatever_the_chunks(
    seed: int, count: int, heads: int, items: int, chunk_elements: int
) -> None:
    torch.manual_seed(seed)
    queries, table, targets = made_up(count, heads, items)
    found = catalogue_cross_entropy(queries, table, targets, chunk_elements)
    expected = plain(queries, table, targets)
    torch.testing.assert_close(found, expected)
    for left, right in zip(
        torch.autograd.grad(3.0 * found, (queries, table)),
        torch.autograd.grad(3.0 * expected, (queries, table)),
        strict=True,
    ):
        torch.testing.assert_close(left, right)


@pytest.mark.parametrize("heads", [1, 3])
def test_the_loss_equals_loops_over_positions_queries_and_items(heads: int) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(4, heads, 6)
    terms = [
        slow.next_item_loss(list(query), table, int(target))
        for query, target in zip(queries, targets, strict=True)
    ]
    torch.testing.assert_close(catalogue_cross_entropy(queries, table, targets), sum(terms) / 4)


@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("chunk_elements", [1, 40, 1 << 20])
def test_single_precision_is_near_the_exact_loss(heads: int, chunk_elements: int) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(7, heads, 30, dtype=torch.float32)
    found = catalogue_cross_entropy(queries, table, targets, chunk_elements)
    exact_leaves = [leaf.detach().double().requires_grad_() for leaf in (queries, table)]
    exact = plain(exact_leaves[0], exact_leaves[1], targets)
    torch.testing.assert_close(found.double(), exact, rtol=1e-5, atol=1e-5)
    for left, right in zip(
        torch.autograd.grad(found, (queries, table)),
        torch.autograd.grad(exact, exact_leaves),
        strict=True,
    ):
        torch.testing.assert_close(left.double(), right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("heads", [1, 3])
def test_gradients_pass_a_numerical_check(heads: int) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(4, heads, 6)
    assert torch.autograd.gradcheck(
        lambda q, e: catalogue_cross_entropy(q, e, targets, 20), (queries, table)
    )
    drawn = Negatives(torch.tensor([1, 2, 5]), torch.tensor([0.1, 0.7, 0.4], dtype=torch.float64))
    assert torch.autograd.gradcheck(lambda q, e: sampled(q, e, targets, drawn), (queries, table))


def test_a_query_alone_is_one_of_one() -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(6, 1, 9)
    alone = queries.detach()[:, 0].requires_grad_()
    loss = catalogue_cross_entropy(alone, table, targets)
    loss.backward()
    assert alone.grad is not None and alone.grad.shape == (6, 5)
    assert loss == catalogue_cross_entropy(queries, table, targets)


@pytest.mark.parametrize("heads", [1, 3])
def test_padding_is_no_item_and_gets_no_gradient(heads: int) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(6, heads, 9)
    loss = catalogue_cross_entropy(queries, table, targets)
    (grad,) = torch.autograd.grad(loss, table)
    assert (grad[0] == 0).all() and (grad[1:].abs().sum(dim=-1) > 0).all()
    loud = table.detach().clone()
    loud[0] = 1_000.0
    assert catalogue_cross_entropy(queries, loud, targets) == loss


def test_logits_of_any_size_give_a_finite_loss_and_gradient() -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(6, 2, 9, dtype=torch.float32)
    loss = catalogue_cross_entropy(queries * 1_000, table, targets)
    grads = torch.autograd.grad(loss, (queries, table))
    assert loss.isfinite() and all(grad.isfinite().all() for grad in grads)


@pytest.mark.parametrize("wanted", ["queries", "table"])
def test_only_the_gradient_that_is_asked_for_is_given(wanted: str) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(6, 2, 9)
    (frozen := table if wanted == "queries" else queries).requires_grad_(False)
    leaf = queries if wanted == "queries" else table
    (found,) = torch.autograd.grad(catalogue_cross_entropy(queries, table, targets, 30), leaf)
    (expected,) = torch.autograd.grad(plain(queries, table, targets), leaf)
    torch.testing.assert_close(found, expected)
    assert frozen.grad is None


def test_nothing_is_differentiated_where_no_gradient_is_recorded() -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(6, 2, 9)
    expected = catalogue_cross_entropy(queries, table, targets)
    with torch.no_grad():
        found = catalogue_cross_entropy(queries, table, targets)
    assert found == expected and not found.requires_grad
    with torch.inference_mode():
        assert catalogue_cross_entropy(queries, table, targets) == expected


def test_the_largest_tensor_is_bounded_by_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(64, 2, 50)
    seen: list[int] = []
    product = Tensor.__matmul__

    def recording(left: Tensor, right: Tensor) -> Tensor:
        out = product(left, right)
        seen.append(out.numel())
        return out

    monkeypatch.setattr(Tensor, "__matmul__", recording)
    catalogue_cross_entropy(queries, table, targets, 1_000)
    assert max(seen) <= 1_000
    assert len(seen) == 3 * 7  # logits and both gradients, ten positions a chunk

    seen.clear()
    with torch.no_grad():
        catalogue_cross_entropy(queries, table, targets, 1_000)
    assert len(seen) == 7, "no gradient is worked out where none is recorded"


@pytest.mark.parametrize("heads", [1, 3])
def test_autocast_to_half_precision_gives_a_loss_and_gradients_in_single_precision(
    heads: int,
) -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(12, heads, 20, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = catalogue_cross_entropy(queries, table, targets, 100)
        everything = Negatives(torch.arange(1, 21), torch.zeros(20))
        some = sampled(queries, table, targets, everything)
    exact = plain(queries, table, targets)
    grads = torch.autograd.grad(found, (queries, table))
    assert found.dtype == some.dtype == torch.float32
    torch.testing.assert_close(found, exact, rtol=0.02, atol=0.02)
    torch.testing.assert_close(some, exact, rtol=0.02, atol=0.02)
    for left, right in zip(grads, torch.autograd.grad(exact, (queries, table)), strict=True):
        assert left.dtype == torch.float32
        torch.testing.assert_close(left, right, rtol=0.1, atol=0.02)


def test_queries_in_half_precision_give_gradients_in_half_precision() -> None:
    torch.manual_seed(0)
    queries, table, targets = made_up(12, 1, 20, dtype=torch.bfloat16)
    loss = catalogue_cross_entropy(queries, table, targets)
    grads = torch.autograd.grad(loss, (queries, table))
    assert loss.dtype == torch.float32
    assert all(grad.dtype == torch.bfloat16 and grad.isfinite().all() for grad in grads)
