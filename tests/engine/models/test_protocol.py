"""Batches and padding, which every model relies on."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.models.protocol import right_padded
from engine.sequences.batch import Batch


@given(
    st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=9), min_size=1, max_size=5),
    st.integers(1, 10),
)
def test_padding_stands_on_the_right_and_the_last_items_are_kept(
    sequences: list[list[int]], max_length: int
) -> None:
    items, lengths = right_padded(sequences, max_length)
    assert items.dtype == lengths.dtype == torch.int64
    assert items.shape == (len(sequences), int(lengths.max()))
    for row, length, sequence in zip(items.tolist(), lengths.tolist(), sequences, strict=True):
        kept = sequence[-max_length:]
        assert length == len(kept)
        assert row == kept + [0] * (len(row) - length)


def test_positions_with_a_target_are_the_valid_ones() -> None:
    items, lengths = right_padded([[1, 2, 3], [4]], 10)
    batch = Batch(items, lengths, torch.tensor([[2, 3, 0], [5, 0, 0]]))
    assert batch.valid.tolist() == [[True, True, False], [True, False, False]]
    assert batch.to(torch.device("cpu")).valid.tolist() == batch.valid.tolist()


def test_a_batch_cannot_be_changed_behind_a_models_back() -> None:
    items, lengths = right_padded([[1]], 10)
    batch = Batch(items, lengths, items)
    with pytest.raises(AttributeError):
        batch.items = items  # type: ignore[misc]  # that it is refused is the test
