"""Equation (4), p(k|v) and the straight-through choice of a category."""

import math

import pytest
import slow_sigma as slow
import torch

from engine.models.sigma.categories import Categories


def made_up(
    categories: int = 4, dim: int = 6, tau: float = 0.3, seed: int = 0
) -> tuple[Categories, torch.Tensor]:
    """Categories that are neither orthogonal nor of unit norm, and eight items, in float64."""
    torch.manual_seed(seed)
    made = Categories(categories, dim, tau).double()
    made.direction.data = 3 * torch.randn(categories, dim, dtype=torch.float64)
    return made, 2 * torch.randn(8, dim, dtype=torch.float64)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_orthogonality_equals_its_sum_over_pairs(count: int) -> None:
    categories, _ = made_up(count)
    expected = slow.orthogonality(list(categories.direction))
    torch.testing.assert_close(categories.orthogonality(), expected, rtol=1e-10, atol=1e-12)


def test_orthogonality_starts_at_zero_and_is_largest_when_all_categories_are_one() -> None:
    fresh = Categories(4, 16, 0.1)
    assert fresh.orthogonality().item() < 1e-12
    fresh.direction.data[:] = torch.ones(16)
    assert fresh.orthogonality().item() == pytest.approx(12 / 16, abs=1e-6)


def test_categories_have_unit_norm_whatever_the_optimiser_did_to_them() -> None:
    categories, _ = made_up()
    for vector in categories.vectors:
        assert sum(x.item() ** 2 for x in vector) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("tau", [1.0, 0.3, 0.05])
def test_membership_is_the_softmax_of_cosines_over_temperature(tau: float) -> None:
    categories, items = made_up(tau=tau)
    found = categories.logits(items).softmax(dim=-1)
    for item, row in zip(items, found, strict=True):
        expected = slow.membership(item, list(categories.direction), tau)
        torch.testing.assert_close(row, torch.stack(expected), rtol=1e-10, atol=1e-12)


def test_membership_does_not_depend_on_the_length_of_an_embedding() -> None:
    categories, items = made_up()
    torch.testing.assert_close(categories.logits(items), categories.logits(items * 0.01))


def test_membership_is_classified_in_full_precision_under_autocast() -> None:
    categories, items = made_up(tau=0.02)
    categories, items = categories.float(), items.float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = categories.logits(items)
    assert under_autocast.dtype == torch.float32
    torch.testing.assert_close(under_autocast, categories.logits(items))


def test_in_evaluation_an_item_goes_to_its_likeliest_category_every_time() -> None:
    categories, items = made_up()
    categories.eval()
    logits = categories.logits(items)
    for _ in range(3):
        chosen, weight = categories.assign(logits)
        assert chosen.tolist() == [max(range(4), key=row.tolist().__getitem__) for row in logits]
        assert weight.tolist() == [1.0] * 8


def test_in_training_the_choice_is_one_hot_with_the_gradient_of_its_relaxed_probability() -> None:
    categories, items = made_up()
    logits = categories.logits(items).detach().requires_grad_()
    torch.manual_seed(5)
    chosen, weight = categories.assign(logits)
    assert weight.tolist() == [1.0] * 8, "exactly one in value"
    upstream = torch.arange(1.0, 9.0, dtype=torch.float64)
    (found,) = torch.autograd.grad(weight, logits, upstream)

    torch.manual_seed(5)  # the same noise again: −log of an exponential is a Gumbel variate
    noise = -torch.empty_like(logits).exponential_().log()
    for j in range(8):
        noisy = [(logits[j, k] + noise[j, k]).item() for k in range(4)]
        assert chosen[j] == max(range(4), key=noisy.__getitem__)
        powers = [math.exp(x) for x in noisy]
        p = [power / sum(powers) for power in powers]
        c = int(chosen[j])
        for k in range(4):
            derivative = p[c] * ((1.0 if k == c else 0.0) - p[k])
            assert float(found[j, k]) == pytest.approx((j + 1) * derivative, abs=1e-9)


def test_the_straight_through_weight_is_exactly_one_in_single_precision_too() -> None:
    categories, _ = made_up()
    _, weight = categories.assign(torch.randn(5_000, 4))
    assert (weight == 1.0).all()


def test_noisy_choices_follow_the_membership() -> None:
    categories, items = made_up(tau=0.5)
    draws = 20_000
    torch.manual_seed(1)
    logits = categories.logits(items[0])
    chosen, _ = categories.assign(logits.expand(draws, -1))
    for k, p in enumerate(logits.softmax(dim=-1).tolist()):
        share = (chosen == k).double().mean().item()
        assert share == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / draws) + 1e-6)


def test_the_classification_reaches_items_and_categories_but_orthogonality_only_categories() -> (
    None
):
    categories, items = made_up()
    items.requires_grad_()
    categories.logits(items).softmax(dim=-1)[:, 0].sum().backward()
    assert categories.direction.grad is not None and categories.direction.grad.abs().sum() > 0
    assert items.grad is not None and items.grad.abs().sum() > 0

    items.grad = None
    categories.orthogonality().backward()
    assert items.grad is None


def test_an_embedding_of_zeros_is_equally_near_all_categories_and_harms_no_gradient() -> None:
    categories, items = made_up()
    items[0] = 0.0
    items.requires_grad_()
    p = categories.logits(items).softmax(dim=-1)
    assert p[0].tolist() == [0.25] * 4
    p[:, 1].sum().backward()
    assert items.grad is not None and items.grad.isfinite().all()
