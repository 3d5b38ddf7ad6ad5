"""Vectors of items from what is read near each other."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.blocks import cooccurrence
from engine.models.blocks.cooccurrence import REACH, item_vectors, mutual_information
from engine.models.blocks.leading import leading_vectors
from engine.sequences.sequence_set import SequenceSet


def sequences(rows: list[list[int]], catalogue: int) -> SequenceSet:
    lengths = torch.tensor([0, *(len(row) for row in rows)])
    items = torch.tensor([item for row in rows for item in row], dtype=torch.int64)
    return SequenceSet(items, lengths.cumsum(0), catalogue)


read = st.lists(st.lists(st.integers(1, 6), max_size=9), min_size=1, max_size=6)


def by_loops(rows: list[list[int]], catalogue: int) -> list[list[float]]:
    near = [[0.0] * catalogue for _ in range(catalogue)]
    for row in rows:
        for i, one in enumerate(row):
            for j, other in enumerate(row):
                if one != other and 0 < abs(i - j) <= REACH:
                    near[one - 1][other - 1] += 1.0 / abs(i - j)
    each = [sum(row) for row in near]
    for u in range(catalogue):
        for v in range(catalogue):
            if near[u][v]:
                chance = each[u] * each[v] / sum(each)
                near[u][v] = max(0.0, math.log(near[u][v] / chance))
    return near


@settings(max_examples=60, deadline=None)
@given(rows=read, at_once=st.sampled_from([1, 40, cooccurrence.PAIRS_AT_ONCE]))
def test_information_is_counted_pair_by_pair(rows: list[list[int]], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "PAIRS_AT_ONCE", at_once)
        found = mutual_information(sequences(rows, 6)).to_dense()
    torch.testing.assert_close(found, torch.tensor(by_loops(rows, 6)), atol=1e-5, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(rows=read, dim=st.integers(1, 9))
def test_a_vector_has_length_one_or_is_of_an_item_read_near_no_other(
    rows: list[list[int]], dim: int
) -> None:
    lonely = set(range(1, 7)) - {
        one for row in rows for i, one in enumerate(row)
        if any(other != one for other in row[max(0, i - REACH) : i + REACH + 1])
    }  # fmt: skip
    vectors = item_vectors(sequences(rows, 6), dim)
    assert vectors.shape == (6, dim) and bool(vectors.isfinite().all())
    lengths = vectors.norm(dim=1)
    for item in range(1, 7):
        if item in lonely:
            assert lengths[item - 1] == 0.0
        else:
            assert lengths[item - 1] == pytest.approx(1.0, abs=1e-4) or lengths[item - 1] < 1e-6


def two_rooms() -> SequenceSet:
    """Readers who stay among items 1 to 10, or among 11 to 20."""
    generator = torch.Generator().manual_seed(0)
    rows = [
        (torch.randint(1, 11, (12,), generator=generator) + 10 * (reader % 2)).tolist()
        for reader in range(60)
    ]
    return sequences(rows, 20)


def assert_rooms_are_apart(vectors: torch.Tensor) -> None:
    nearness = vectors @ vectors.T
    room = torch.arange(20) // 10
    same = room[:, None] == room
    assert nearness[same].mean() > 0.3 > 0.0 > nearness[~same].mean()


def test_items_read_together_lie_together() -> None:
    torch.manual_seed(0)
    vectors = item_vectors(two_rooms(), 8)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(20))
    assert_rooms_are_apart(vectors)


def test_the_leading_vectors_are_those_of_a_whole_decomposition() -> None:
    torch.manual_seed(0)
    near = mutual_information(two_rooms())
    found = leading_vectors(near, 5)
    left, size, _ = torch.linalg.svd(near.to_dense())
    exact = (left * size.sqrt())[:, :5]
    torch.testing.assert_close(found @ found.T, exact @ exact.T, atol=0.02, rtol=0.0)


def test_pieces_change_no_bit_of_what_is_counted_and_each_can_be_the_last(monkeypatch) -> None:
    whole = mutual_information(two_rooms())
    monkeypatch.setattr(cooccurrence, "PAIRS_AT_ONCE", 2000)
    ticks: list[None] = []
    pieces = mutual_information(two_rooms(), lambda: ticks.append(None))
    assert torch.equal(pieces.indices(), whole.indices())
    assert torch.equal(pieces.values(), whole.values())
    # 7,200 pairs at most, in four pieces that are counted and then weighed, and two around them.
    assert len(ticks) == 10


def test_one_seed_gives_one_answer() -> None:
    torch.manual_seed(3)
    one = item_vectors(two_rooms(), 8)
    torch.manual_seed(3)
    assert torch.equal(one, item_vectors(two_rooms(), 8))


def test_of_very_many_sequences_every_nth_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cooccurrence, "MOST_ITEMS_READ", 300)  # of 720: a third of the readers
    torch.manual_seed(0)
    vectors = item_vectors(two_rooms(), 8)
    assert bool(vectors.any(dim=1).all())
    assert_rooms_are_apart(vectors)
