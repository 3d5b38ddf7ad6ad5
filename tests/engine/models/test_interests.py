"""Interests and intensities of every prefix: equations (5) and (6) with the choices made."""

import pytest
import slow_sigma as slow
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.models.sigma.hard_interest import last_of_category
from engine.models.sigma.interests import (
    InterestExtractor,
    Interests,
    hard_weights,
    prefix_intensity,
    soft_weights,
)

DIM, COUNT = 6, 3


def extractor(tau: float = 0.3, seed: int = 0) -> InterestExtractor:
    """An extractor in evaluation, in float64, whose parameters are all far from special values."""
    torch.manual_seed(seed)
    made = InterestExtractor(DIM, COUNT, tau, log_var=-1.0).double().eval()
    for parameter in made.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return made


def histories(lengths: list[int], seed: int = 1) -> tuple[Tensor, Tensor]:
    """Embedded items [B, T, D] with zeros at padding, and where the items are."""
    torch.manual_seed(seed)
    valid = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    items = torch.randn(*valid.shape, DIM, dtype=torch.float64)
    return items * valid[..., None], valid


def cut(interests: Interests, rows: Tensor | slice, steps: slice) -> tuple[Tensor, ...]:
    return (
        interests.intensity[rows, steps],
        interests.mu[rows, steps],
        interests.log_var[rows, steps],
        interests.membership[rows, steps],
        interests.category[rows, steps],
    )


def test_every_prefix_and_category_equals_the_slow_interest() -> None:
    model, lengths = extractor(), [5, 1, 3]
    items, valid = histories(lengths)
    found = model(items, valid)
    parameters = slow.as_float64(model)
    for b, length in enumerate(lengths):
        for t in range(length):
            expected = slow.interests_of_prefix(list(items[b, : t + 1]), parameters, 0.3)
            torch.testing.assert_close(found.intensity[b, t], torch.stack(expected.w))
            torch.testing.assert_close(found.mu[b, t], torch.stack(expected.mu))
            torch.testing.assert_close(found.log_var[b, t], torch.stack(expected.log_var))


def test_every_prefix_and_category_equals_the_slow_interest_with_noisy_choices() -> None:
    model, lengths = extractor().train(), [4, 2]
    items, valid = histories(lengths)
    torch.manual_seed(9)
    found = model(items, valid)
    torch.manual_seed(9)
    noise = -torch.empty(2, 4, COUNT, dtype=torch.float64).exponential_().log()
    parameters = slow.as_float64(model)
    for b, length in enumerate(lengths):
        for t in range(length):
            expected = slow.interests_of_prefix(
                list(items[b, : t + 1]), parameters, 0.3, noise[b, : t + 1].tolist()
            )
            torch.testing.assert_close(found.intensity[b, t], torch.stack(expected.w))
            torch.testing.assert_close(found.mu[b, t], torch.stack(expected.mu))
            torch.testing.assert_close(found.log_var[b, t], torch.stack(expected.log_var))


def test_single_precision_is_near_the_slow_interest() -> None:
    model = extractor().float()
    items, valid = histories([6])
    found = model(items.float(), valid)
    parameters = slow.as_float64(model)
    for t in range(6):
        expected = slow.interests_of_prefix(list(items[0, : t + 1]), parameters, 0.3)
        for fast, one_by_one in (
            (found.intensity, expected.w),
            (found.mu, expected.mu),
            (found.log_var, expected.log_var),
        ):
            torch.testing.assert_close(
                fast[0, t].double(), torch.stack(one_by_one), rtol=1e-5, atol=1e-5
            )


def test_all_gradients_equal_those_of_the_slow_interest() -> None:
    model, lengths = extractor(), [4, 2]
    items, valid = histories(lengths)
    items.requires_grad_()
    torch.manual_seed(4)
    pull_w, pull_mu, pull_log_var = (
        torch.randn(2, 4, COUNT, *size, dtype=torch.float64) for size in ((), (DIM,), (DIM,))
    )
    found = model(items, valid)
    total = (
        (found.intensity * pull_w)[valid].sum()
        + (found.mu * pull_mu)[valid].sum()
        + (found.log_var * pull_log_var)[valid].sum()
    )
    total.backward()

    parameters = slow.as_float64(model)
    same_items = items.detach().clone().requires_grad_()
    slow_total = torch.zeros((), dtype=torch.float64)
    for b, length in enumerate(lengths):
        for t in range(length):
            expected = slow.interests_of_prefix(list(same_items[b, : t + 1]), parameters, 0.3)
            slow_total = slow_total + (torch.stack(expected.w) * pull_w[b, t]).sum()
            slow_total = slow_total + (torch.stack(expected.mu) * pull_mu[b, t]).sum()
            slow_total = slow_total + (torch.stack(expected.log_var) * pull_log_var[b, t]).sum()
    slow_total.backward()
    torch.testing.assert_close(total, slow_total)
    torch.testing.assert_close(items.grad, same_items.grad)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, parameters[name].grad, msg=name)


def test_intensities_are_the_shares_of_the_memberships_of_a_prefix() -> None:
    torch.manual_seed(0)
    membership = torch.randn(2, 5, COUNT, dtype=torch.float64).softmax(dim=-1)
    valid = torch.arange(5) < torch.tensor([[5], [2]])
    found = prefix_intensity(membership, valid)
    for b, length in enumerate([5, 2]):
        for t in range(5):
            prefix = [list(p) for p in membership[b, : min(t + 1, length)]]
            torch.testing.assert_close(found[b, t], torch.stack(slow.intensities(prefix)))
    assert (found > 0).all()
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(2, 5, dtype=torch.float64))


def test_soft_weights_are_a_mean_over_the_prefix_and_nothing_after_it() -> None:
    torch.manual_seed(0)
    membership = torch.randn(2, 4, COUNT).softmax(dim=-1)
    found = soft_weights(membership.log())
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(2, 4, COUNT))
    for b in range(2):
        for t in range(4):
            for k in range(COUNT):
                seen = [membership[b, j, k].item() for j in range(t + 1)]
                expected = [p / sum(seen) for p in seen] + [0.0] * (3 - t)
                assert found[b, t, k].tolist() == pytest.approx(expected, abs=1e-6)


def test_hard_weights_point_at_the_latest_item_of_a_category() -> None:
    category = torch.tensor([[0, 2, 0, 0]])
    valid = torch.tensor([[True, True, True, False]])
    found = hard_weights(last_of_category(category, valid, 3), torch.float32)[0]
    latest = [{0: 0}, {0: 0, 2: 1}, {0: 2, 2: 1}, {0: 2, 2: 1}]
    for t in range(4):
        for k in range(3):
            expected = [1.0 if latest[t].get(k) == j else 0.0 for j in range(4)]
            assert found[t, k].tolist() == expected


def test_an_interest_without_items_is_its_soft_interest_alone() -> None:
    model = extractor()
    items, valid = histories([1])
    found = model(items, valid)
    own = int(found.category[0, 0])
    for k in range(COUNT):
        if k == own:
            assert not torch.allclose(found.mu[0, 0, k], items[0, 0])
        else:
            torch.testing.assert_close(found.mu[0, 0, k], items[0, 0])


def test_of_two_categories_one_item_gives_one_hard_interest_and_a_later_one_the_other() -> None:
    model = extractor()
    items, valid = histories([12])
    found = model(items, valid)
    seen: set[int] = set()
    for t in range(12):
        seen.add(int(found.category[0, t]))
        prefix = found.membership[0, : t + 1]
        for k in range(COUNT):
            soft = sum(prefix[j, k] * items[0, j] for j in range(t + 1)) / sum(
                prefix[j, k] for j in range(t + 1)
            )
            assert torch.allclose(found.mu[0, t, k], soft) == (k not in seen)
    assert len(seen) > 1


@pytest.mark.parametrize("tau", [0.02, 0.005, 0.001])
def test_a_small_temperature_gives_no_nan_where_memberships_underflow(tau: float) -> None:
    """p(k|v) of a category can be 0 in single precision for a whole prefix: 0 / 0 once gave NaN."""
    model = InterestExtractor(4, 4, tau, -4.0)
    model.categories.direction.data = torch.eye(4)
    items = (3 * torch.eye(4)[[0, 0, 1, 1, 2, 3]])[None].requires_grad_()
    found = model(items, torch.ones(1, 6, dtype=torch.bool))
    (found.mu.square().sum() + found.log_var.sum() + found.intensity.square().sum()).backward()
    for tensor in (found.mu, found.log_var, found.intensity, items.grad):
        assert tensor is not None and tensor.isfinite().all()
    for parameter in model.parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all()


def test_a_negligible_membership_still_averages_the_items_it_has() -> None:
    model = InterestExtractor(4, 4, 0.001, -4.0).eval()
    model.categories.direction.data = torch.eye(4)
    items = (3 * torch.eye(4)[[0, 0]])[None]
    found = model(items, torch.ones(1, 2, dtype=torch.bool))
    torch.testing.assert_close(found.mu[0, 1, 3], items[0, 0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.integers(1, 6), st.integers(0, 5))
def test_changing_a_later_item_changes_no_earlier_interest(
    seed: int, length: int, place: int
) -> None:
    place = min(place, length - 1)
    model = extractor(seed=seed)
    items, valid = histories([length], seed + 1)
    other = items.clone()
    other[0, place] = 5 * torch.randn(DIM, dtype=torch.float64)
    before, after = model(items, valid), model(other, valid)
    for left, right in zip(
        cut(before, slice(None), slice(place)), cut(after, slice(None), slice(place)), strict=True
    ):
        torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(before.mu[0, place], after.mu[0, place])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_padding_and_company_change_no_interest(seed: int, lengths: list[int]) -> None:
    model = extractor(seed=seed)
    items, valid = histories(lengths, seed + 1)
    together = model(items, valid)
    for b, length in enumerate(lengths):
        alone = model(items[b : b + 1, :length], valid[b : b + 1, :length])
        for left, right in zip(
            cut(together, slice(b, b + 1), slice(length)),
            cut(alone, slice(None), slice(None)),
            strict=True,
        ):
            torch.testing.assert_close(left, right)


def test_what_stands_at_padding_changes_no_interest_and_gets_no_gradient() -> None:
    model = extractor()
    items, valid = histories([5, 2])
    noisy = torch.where(valid[..., None], items, torch.randn_like(items)).requires_grad_()
    clean, found = model(items, valid), model(noisy, valid)
    for name in ("intensity", "mu", "log_var"):
        torch.testing.assert_close(getattr(found, name)[valid], getattr(clean, name)[valid])
    (
        found.mu[valid].sum() + found.log_var[valid].sum() + found.intensity[valid][:, 0].sum()
    ).backward()
    assert noisy.grad is not None and (noisy.grad[~valid] == 0).all()


@pytest.mark.parametrize("part", ["soft", "intensity", "straight through", "categories of (6)"])
def test_the_classification_learns_through(part: str) -> None:
    """The paths on which C gets a gradient from what the interests are used for."""
    model = extractor()
    items, valid = histories([5])
    logits = model.categories.logits(items)
    if part == "soft":
        value = (soft_weights(logits.log_softmax(dim=-1))[..., None] * items[:, None, None]).sum(-2)
    elif part == "intensity":
        value = prefix_intensity(logits.softmax(dim=-1), valid)
    elif part == "straight through":
        category, weight = model.categories.assign(logits)
        value = model.hard_interest(items * weight[..., None], category, valid, COUNT)
    else:
        mu = model(items, valid).mu.detach()
        hidden = model.of_mean(mu) + model.of_category(model.categories.vectors)
        value = model.to_log_var(torch.nn.functional.gelu(hidden))
    (grad,) = torch.autograd.grad(value.square().sum(), model.categories.direction)
    assert (grad.abs().sum(dim=-1) > 1e-6).all()


def test_a_gru_is_learnt_only_through_categories_that_hold_items() -> None:
    model = extractor()
    items, valid = histories([1])
    found = model(items, valid)
    own = int(found.category[0, 0])
    for k in range(COUNT):
        grads = torch.autograd.grad(
            found.mu[0, 0, k].sum(), list(model.hard_interest.parameters()), retain_graph=True
        )
        assert (sum(grad.abs().sum() for grad in grads) > 0) == (k == own)


def test_interests_of_half_precision_under_autocast_are_near_the_exact_ones() -> None:
    model = extractor().float()
    items, valid = histories([8, 3])
    items = items.float()
    exact = model(items, valid)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model(items, valid)
    assert torch.equal(found.category, exact.category)
    torch.testing.assert_close(found.intensity, exact.intensity)
    torch.testing.assert_close(found.mu.float(), exact.mu, rtol=0.05, atol=0.05)
