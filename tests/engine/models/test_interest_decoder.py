"""MIE-VAE's decoder and loss, equations (8) and (9): whole catalogue and sampled items."""

import itertools
import math

import pytest
import slow_sigma as slow
import torch
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import (
    Negatives,
    catalogue_cross_entropy,
    sampled_cross_entropy,
)
from engine.models.blocks.item_table import ItemTable
from engine.models.sigma.interest_decoder import InterestDecoder

ITEMS, COUNT, DIM = 7, 3, 4


def made_up(seed: int = 0) -> tuple[InterestDecoder, Tensor, Tensor, ItemTable]:
    """A decoder, samples of interests [4, K, D], targets [4] and a table, in float64."""
    torch.manual_seed(seed)
    drawn = torch.randn(4, COUNT, DIM, dtype=torch.float64).requires_grad_()
    table = ItemTable(ITEMS, DIM).double()
    table.weight.data.normal_()
    return InterestDecoder(DIM).double(), drawn, torch.tensor([3, 7, 1, 2]), table


def test_the_decoder_is_two_layers_with_a_norm_after_them() -> None:
    decoder, drawn, _, _ = made_up()
    parameters = slow.as_float64(decoder)
    z = drawn[0, 0]
    hidden = slow.gelu(parameters["layers.0.weight"] @ z + parameters["layers.0.bias"])
    out = parameters["layers.2.weight"] @ hidden + parameters["layers.2.bias"]
    expected = slow.layer_norm(out, slow.within(parameters, "norm"))
    torch.testing.assert_close(decoder(z), expected)


@pytest.mark.parametrize("chunk_elements", [1, 50, 10_000])
def test_the_reconstruction_equals_its_loops_over_positions_categories_and_items(
    chunk_elements: int,
) -> None:
    decoder, drawn, targets, table = made_up()
    found = decoder.reconstruction(drawn, targets, table, 0, chunk_elements)
    leaves = (drawn, table.weight, *decoder.parameters())
    found_grads = torch.autograd.grad(found, leaves)
    terms = [
        slow.next_item_loss([decoder(drawn[n, k]) for k in range(COUNT)], table.weight, int(target))
        for n, target in enumerate(targets)
    ]
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(found, expected)
    for left, right in zip(found_grads, torch.autograd.grad(expected, leaves), strict=True):
        torch.testing.assert_close(left, right)


def test_as_many_negatives_as_items_means_the_whole_catalogue() -> None:
    decoder, drawn, targets, table = made_up()
    losses = [
        decoder.reconstruction(drawn, targets, table, negatives, 100)
        for negatives in (0, ITEMS, ITEMS + 5)
    ]
    assert losses[0] == losses[1] == losses[2]


def sampled(queries: Tensor, table: Tensor, targets: Tensor, drawn: Negatives) -> Tensor:
    return sampled_cross_entropy(queries, table[targets], table[drawn.items], targets, drawn)


def test_sampling_every_item_once_is_the_whole_catalogue() -> None:
    torch.manual_seed(0)
    queries = torch.randn(5, COUNT, DIM, dtype=torch.float64, requires_grad=True)
    table = torch.randn(ITEMS + 1, DIM, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([1, 7, 3, 3, 5])
    everything = Negatives(torch.arange(1, ITEMS + 1), torch.zeros(ITEMS))
    found = sampled(queries, table, targets, everything)
    full = catalogue_cross_entropy(queries, table, targets)
    torch.testing.assert_close(found, full)
    for left, right in zip(
        torch.autograd.grad(found, (queries, table)),
        torch.autograd.grad(full, (queries, table)),
        strict=True,
    ):
        torch.testing.assert_close(left, right)


@pytest.mark.parametrize("count", [1, COUNT])
def test_the_estimate_of_the_partition_sum_is_unbiased(count: int) -> None:
    """Over all draws of one negative from each of three stretches of the catalogue the estimates
    average to the sum itself, exactly."""
    torch.manual_seed(0)
    query = torch.randn(1, count, DIM, dtype=torch.float64)
    table = torch.randn(ITEMS + 1, DIM, dtype=torch.float64)
    target = torch.tensor([4])
    scores = (query[0] @ table.T).amax(dim=0)
    exact = sum(math.exp(scores[v]) for v in range(1, ITEMS + 1))
    estimates = []
    stretches = [(1, 2), (3, 4), (5, 6, 7)]
    weights = torch.tensor([len(stretch) for stretch in stretches]).double().log()
    for drawn in itertools.product(*stretches):
        loss = sampled(query, table, target, Negatives(torch.tensor(drawn), weights))
        estimates.append(math.exp(loss + scores[4]))
    assert sum(estimates) / len(estimates) == pytest.approx(exact, rel=1e-12)


def test_drawing_nothing_but_the_target_gives_a_loss_of_zero() -> None:
    query, table = torch.randn(2, 1, DIM), torch.randn(ITEMS + 1, DIM)
    drawn = Negatives(torch.tensor([4]), torch.tensor([math.log(ITEMS)]))
    loss = sampled(query, table, torch.tensor([4, 4]), drawn)
    assert loss.item() == pytest.approx(0.0, abs=1e-6)


def test_negatives_are_drawn_from_the_whole_catalogue_and_never_from_padding() -> None:
    torch.manual_seed(0)
    decoder, drawn, _, table = made_up()
    targets = torch.tensor([3, 5, 4, 2])  # neither the first item nor the last
    touched = torch.zeros(ITEMS + 1, dtype=torch.bool)
    for _ in range(50):
        loss = decoder.reconstruction(drawn, targets, table, 2, 100)
        (grad,) = torch.autograd.grad(loss, table.weight)
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
