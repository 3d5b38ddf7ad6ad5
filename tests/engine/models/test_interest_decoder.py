"""MIE-VAE's losses, equations (7), (8) and (9): whole catalogue and sampled items."""

import itertools
import math

import pytest
import slow_sigma as slow
import torch
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import (
    catalogue_cross_entropy,
    sampled_cross_entropy,
)
from engine.models.sigma.interest_decoder import InterestDecoder, interest_divergence
from engine.models.sigma.interests import Interests

ITEMS, COUNT, DIM = 7, 3, 4


def made_up(seed: int = 0) -> tuple[InterestDecoder, Interests, Tensor, Tensor]:
    """A decoder, interests [2, 3, K, D], targets with padding, and a table, in float64."""
    torch.manual_seed(seed)
    real = {"dtype": torch.float64}
    interests = Interests(
        intensity=torch.randn(2, 3, COUNT, **real).softmax(dim=-1),
        mu=torch.randn(2, 3, COUNT, DIM, **real).requires_grad_(),
        log_var=(torch.randn(2, 3, COUNT, DIM, **real) - 2.0).requires_grad_(),
        membership=torch.randn(2, 3, COUNT, **real).softmax(dim=-1),
        category=torch.zeros(2, 3, dtype=torch.int64),
    )
    table = torch.randn(ITEMS + 1, DIM, **real).requires_grad_()
    return (
        InterestDecoder(DIM).double(),
        interests,
        torch.tensor([[3, 7, 1], [2, 0, 0]]),
        table,
    )


def test_the_divergence_is_the_mean_over_valid_prefixes_and_categories() -> None:
    _, interests, targets, _ = made_up()
    terms = [
        slow.standard_kl(interests.mu[b, t, k], interests.log_var[b, t, k])
        for b, t in [(0, 0), (0, 1), (0, 2), (1, 0)]
        for k in range(COUNT)
    ]
    found = interest_divergence(interests, targets > 0)
    torch.testing.assert_close(found, sum(terms) / len(terms))


def test_the_decoder_is_two_layers_with_a_norm_after_them() -> None:
    decoder, interests, _, _ = made_up()
    parameters = slow.as_float64(decoder)
    z = interests.mu[0, 0, 0]
    hidden = slow.gelu(parameters["layers.0.weight"] @ z + parameters["layers.0.bias"])
    out = parameters["layers.2.weight"] @ hidden + parameters["layers.2.bias"]
    expected = slow.layer_norm(out, slow.within(parameters, "norm"))
    torch.testing.assert_close(decoder(z), expected)


@pytest.mark.parametrize("chunk_elements", [1, 50, 10_000])
def test_the_reconstruction_equals_its_loops_over_users_prefixes_categories_and_items(
    chunk_elements: int,
) -> None:
    decoder, interests, targets, table = made_up()
    torch.manual_seed(8)
    found = decoder.reconstruction(interests, targets, table, 0, chunk_elements)
    leaves = (interests.mu, interests.log_var, table, *decoder.parameters())
    found_grads = torch.autograd.grad(found, leaves)

    torch.manual_seed(8)
    noise = torch.randn(4, COUNT, DIM, dtype=torch.float64)  # one of each valid prefix
    terms = []
    for n, (b, t) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0)]):
        decoded = [
            decoder(
                interests.mu[b, t, k] + torch.exp(0.5 * interests.log_var[b, t, k]) * noise[n, k]
            )
            for k in range(COUNT)
        ]
        terms.append(slow.next_item_loss(decoded, table, int(targets[b, t])))
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(found, expected)
    for left, right in zip(found_grads, torch.autograd.grad(expected, leaves), strict=True):
        torch.testing.assert_close(left, right)


def test_as_many_negatives_as_items_means_the_whole_catalogue() -> None:
    decoder, interests, targets, table = made_up()
    losses = []
    for negatives in (0, ITEMS, ITEMS + 5):
        torch.manual_seed(8)
        losses.append(decoder.reconstruction(interests, targets, table, negatives, 100))
    assert losses[0] == losses[1] == losses[2]


def test_positions_without_a_target_have_no_part() -> None:
    decoder, interests, targets, table = made_up()
    for negatives in (0, 3):
        loss = decoder.reconstruction(interests, targets, table, negatives, 100)
        loss = loss + interest_divergence(interests, targets > 0)
        grad_mu, grad_log_var = torch.autograd.grad(loss, (interests.mu, interests.log_var))
        for grad in (grad_mu, grad_log_var):
            assert (grad[targets == 0] == 0).all()
            assert (grad[targets > 0].abs().sum(dim=-1) > 0).all()


def test_sampling_every_item_once_is_the_whole_catalogue() -> None:
    torch.manual_seed(0)
    queries = torch.randn(5, COUNT, DIM, dtype=torch.float64, requires_grad=True)
    table = torch.randn(ITEMS + 1, DIM, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([1, 7, 3, 3, 5])
    sampled = sampled_cross_entropy(queries, table, targets, torch.arange(1, ITEMS + 1))
    full = catalogue_cross_entropy(queries, table, targets)
    torch.testing.assert_close(sampled, full)
    for left, right in zip(
        torch.autograd.grad(sampled, (queries, table)),
        torch.autograd.grad(full, (queries, table)),
        strict=True,
    ):
        torch.testing.assert_close(left, right)


@pytest.mark.parametrize("count", [1, COUNT])
def test_the_estimate_of_the_partition_sum_is_unbiased(count: int) -> None:
    """Over all V^S draws of S negatives the estimates average to the sum itself, exactly."""
    torch.manual_seed(0)
    query = torch.randn(1, count, DIM, dtype=torch.float64)
    table = torch.randn(ITEMS + 1, DIM, dtype=torch.float64)
    target = torch.tensor([4])
    scores = (query[0] @ table.T).amax(dim=0)
    exact = sum(math.exp(scores[v]) for v in range(1, ITEMS + 1))
    estimates = []
    for drawn in itertools.product(range(1, ITEMS + 1), repeat=3):
        loss = sampled_cross_entropy(query, table, target, torch.tensor(drawn))
        estimates.append(math.exp(loss + scores[4]))
    assert sum(estimates) / len(estimates) == pytest.approx(exact, rel=1e-12)


def test_drawing_nothing_but_the_target_gives_a_loss_of_zero() -> None:
    query, table = torch.randn(2, 1, DIM), torch.randn(ITEMS + 1, DIM)
    loss = sampled_cross_entropy(query, table, torch.tensor([4, 4]), torch.tensor([4, 4, 4]))
    assert loss.item() == pytest.approx(0.0, abs=1e-6)


def test_negatives_are_drawn_from_the_whole_catalogue_and_never_from_padding() -> None:
    torch.manual_seed(0)
    decoder, interests, _, table = made_up()
    targets = torch.tensor([[3, 5, 4], [2, 0, 0]])  # neither the first item nor the last
    touched = torch.zeros(ITEMS + 1, dtype=torch.bool)
    for _ in range(50):
        loss = decoder.reconstruction(interests, targets, table, 2, 100)
        (grad,) = torch.autograd.grad(loss, table)
        touched |= grad.abs().sum(dim=-1) > 0
    assert touched.tolist() == [False] + [True] * ITEMS


def test_the_interest_that_fits_best_is_the_one_that_learns() -> None:
    """(9) scores by the maximum: each item's score has the gradient of its own best interest."""
    table = torch.zeros(4, 2)
    table[1], table[2], table[3] = torch.eye(2)[0], torch.eye(2)[1], -torch.ones(2)
    queries = torch.tensor([[[5.0, 0.0], [0.0, 5.0], [-9.0, -9.0]]], requires_grad=True)
    loss = catalogue_cross_entropy(queries, table, torch.tensor([1]))
    p = functional.softmax(torch.tensor([5.0, 5.0, 18.0]), dim=0)
    (grad,) = torch.autograd.grad(loss, queries)
    expected = [[p[0] - 1.0, 0.0], [0.0, p[1]], [-p[2], -p[2]]]
    torch.testing.assert_close(grad[0], torch.tensor(expected))
