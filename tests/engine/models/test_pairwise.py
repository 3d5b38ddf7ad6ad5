"""Learning from pairs of a user and an item, against plain loops."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from windows import batch_of

from engine.models.blocks.pairwise import distinct, pairwise_loss, penalty, positives, softmax_loss
from engine.models.protocol import right_padded
from engine.sequences.batch import Batch
from engine.sequences.batches import TrainingBatches
from engine.sequences.sequence_set import SequenceSet


def test_every_item_of_a_window_is_a_positive_of_its_user() -> None:
    pairs = positives(batch_of([[3, 1, 4], [5, 9], [2, 6, 5, 3]], users=[7, 0, 7]))
    found = sorted(zip(pairs.users.tolist(), pairs.items.tolist(), strict=True))
    assert found == [(0, 5), (0, 9), (7, 1), (7, 2), (7, 3), (7, 3), (7, 4), (7, 5), (7, 6)]
    assert pairs.items[:3].tolist() == [3, 5, 2] and pairs.windows[:3].tolist() == [0, 1, 2]
    assert pairs.counts.tolist() == torch.bincount(pairs.windows).tolist() == [3, 2, 4]


def test_an_epoch_holds_every_pair_of_training_once_and_no_pair_that_is_held_out() -> None:
    items = torch.tensor([1, 2, 3, 4, 5, 2, 6, 7, 8, 9, 9, 1])
    data = SequenceSet(items, torch.tensor([0, 5, 10, 12]), 9)
    batches = TrainingBatches(data, max_length=50, positions=6, windows="all", seed=0)
    found = []
    for batch in batches.epoch(0).since(0):
        pairs = positives(batch)
        found += zip(pairs.users.tolist(), pairs.items.tolist(), strict=True)
    expected = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 6), (1, 7), (2, 1), (2, 9)]
    assert sorted(found) == expected


def test_pairs_without_users_are_refused() -> None:
    items, lengths = right_padded([[1, 2]], 9)
    with pytest.raises(ValueError, match="whose"):
        positives(Batch(items, lengths, items))


def test_the_pairwise_loss_is_the_mean_of_its_definition() -> None:
    torch.manual_seed(0)
    positive, negative = torch.randn(2, 7, dtype=torch.float64)
    slow = 0.0
    for one, other in zip(positive.tolist(), negative.tolist(), strict=True):
        slow -= math.log(1.0 / (1.0 + math.exp(-(one - other)))) / 7
    assert float(pairwise_loss(positive, negative)) == pytest.approx(slow, abs=1e-12)
    far = torch.tensor([-1e4], dtype=torch.float64)
    assert float(pairwise_loss(far, -far)) == 2e4, "no overflow, no underflow"


@pytest.mark.parametrize("chunk_elements", [1, 100])
def test_the_softmax_loss_of_sets_is_the_mean_over_their_pairs(chunk_elements: int) -> None:
    torch.manual_seed(0)
    table = torch.randn(10, 3, dtype=torch.float64, requires_grad=True)
    vectors = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    pairs = positives(batch_of([[3, 1, 4], [5, 9], [2, 6, 5, 3]], users=[7, 0, 7]))
    scores = (vectors[pairs.windows] * table[pairs.items]).sum(dim=1)

    def items(some: torch.Tensor | None) -> torch.Tensor:
        return table if some is None else table[some]

    found = softmax_loss(pairs, scores, vectors, items, 9, 0, chunk_elements)
    slow = torch.zeros((), dtype=torch.float64)
    for window, item in zip(pairs.windows, pairs.items, strict=True):
        slow = slow - (table[1:] @ vectors[window]).log_softmax(dim=0)[item - 1] / 9
    torch.testing.assert_close(found, slow)
    for left, right in zip(
        torch.autograd.grad(found, (vectors, table)),
        torch.autograd.grad(slow, (vectors, table)),
        strict=True,
    ):
        torch.testing.assert_close(left, right)


def test_the_penalty_counts_a_vector_once_for_each_example_it_is_in() -> None:
    torch.manual_seed(0)
    table = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    examples = [(0, 1, 2), (0, 3, 4), (0, 1, 3)]
    found = penalty(*(table[torch.tensor(column)] for column in zip(*examples, strict=True)))
    size = [0.5 * float(row @ row) for row in table.detach()]
    slow = sum(size[place] for example in examples for place in example) / len(examples)
    found.backward()
    assert float(found.detach()) == pytest.approx(slow, abs=1e-12)
    times = torch.tensor([3, 2, 1, 2, 1]) / 3  # so that the weight before it is the update's λ
    torch.testing.assert_close(table.grad, times[:, None] * table.detach())


@given(st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=8), min_size=1, max_size=4))
def test_distinct_items_are_those_of_the_set(rows: list[list[int]]) -> None:
    items, _ = right_padded(rows, 9)
    found = distinct(items)
    assert found.shape == items.shape
    for row, kept in zip(rows, found.tolist(), strict=True):
        assert sorted(item for item in kept if item) == sorted(set(row))
    backwards, _ = right_padded([row[::-1] for row in rows], 9)
    assert torch.equal(distinct(backwards), found)
