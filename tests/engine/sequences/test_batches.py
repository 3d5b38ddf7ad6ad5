"""The split, and batches that cover every training target exactly once."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import TrainingError
from engine.library.contents import Interactions
from engine.sequences.batches import TrainingBatches
from engine.sequences.sequence_set import SequenceSet

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=15)


def made(lengths: list[int]) -> SequenceSet:
    """Users whose items are all different, so that each item tells where it came from."""
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    items = np.arange(1, offsets[-1] + 1, dtype=np.int32)
    return SequenceSet.of(
        Interactions("made", "", [str(u) for u in range(len(lengths))],
                     [str(i) for i in items], items, offsets)
    )  # fmt: skip


def batches(sequences: SequenceSet, windows: str = "all", **options: int) -> TrainingBatches:
    settings = {"max_length": 5, "positions": 24, "seed": 3, **options}
    return TrainingBatches(sequences, windows=windows, **settings)  # type: ignore[arg-type]


@settings(deadline=None)
@given(LENGTHS, st.integers(0, 5))
def test_every_training_target_is_seen_exactly_once_an_epoch(lengths, epoch) -> None:
    sequences = made(lengths)
    seen: Counter[int] = Counter()
    for batch in batches(sequences).epoch(epoch).since(0):
        seen.update(batch.targets[batch.targets > 0].tolist())
    start, expected = 0, []
    for length in lengths:
        known = length - 2 if length > 2 else length
        expected += range(start + 2, start + known + 1)  # all but the first
        start += length
    assert sorted(seen.elements()) == expected


@settings(deadline=None)
@given(LENGTHS)
def test_targets_follow_their_inputs_and_padding_stands_on_the_right(lengths) -> None:
    for batch in batches(made(lengths)).epoch(0).since(0):
        assert batch.items.shape == batch.targets.shape
        assert batch.items.shape[1] <= 5
        valid = batch.targets > 0
        assert torch.equal(valid, batch.items > 0)
        assert torch.equal(valid.sum(1), batch.lengths)
        assert torch.equal(batch.targets[valid], batch.items[valid] + 1)
        steps = torch.arange(batch.items.shape[1])
        assert torch.equal(valid, steps < batch.lengths[:, None])


def test_a_batch_keeps_to_its_budget_and_wastes_little() -> None:
    sequences = made([3 + n % 9 for n in range(200)])
    epoch = batches(sequences, positions=64, max_length=10).epoch(0)
    padded = used = 0
    for batch in epoch.since(0):
        assert batch.items.numel() <= 64
        padded += batch.items.numel()
        used += int(batch.lengths.sum())
    assert used == int(epoch.lengths(len(epoch)).sum())
    assert used / padded > 0.9


def test_last_keeps_the_last_window_alone() -> None:
    epoch = batches(made([30, 4]), windows="last").epoch(0)
    targets = sorted(t for b in epoch.since(0) for t in b.targets[b.targets > 0].tolist())
    assert targets == [24, 25, 26, 27, 28, 32]


def test_epochs_differ_and_the_same_epoch_is_the_same() -> None:
    made_batches = batches(made([9, 12, 30, 22, 7]))
    first = [batch.items.tolist() for batch in made_batches.epoch(0).since(0)]
    again = [batch.items.tolist() for batch in made_batches.epoch(0).since(0)]
    other = [batch.items.tolist() for batch in made_batches.epoch(1).since(0)]
    assert first == again != other
    late = [batch.items.tolist() for batch in made_batches.epoch(0).since(2)]
    assert late == first[2:]


@pytest.mark.parametrize(("split", "expected"), [("valid", ([1, 2], 3)), ("test", ([1, 2, 3], 4))])
def test_the_model_sees_what_came_before_the_held_out_item(split, expected) -> None:
    sequences = made([4, 2])
    users = sequences.evaluated()
    assert users.tolist() == [0]
    asked = sequences.questions(users, split)
    assert (asked.items[0].tolist(), int(asked.targets[0])) == expected
    assert sequences.questions(users, split, longest=1).items.tolist() == [[expected[0][-1]]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(2, 40), min_size=4, max_size=60), st.integers(1, 4), st.integers(0, 9))
def test_the_shares_of_an_epoch_are_equally_many_batches_and_hold_every_window_once(
    lengths: list[int], shares: int, number: int
) -> None:
    sequences = made([length + 2 for length in lengths])
    whole = batches(sequences, positions=32, max_length=10)
    seen = []
    counts = set()
    for share in range(shares):
        dealt = whole.epoch(number, share=share, shares=shares)
        counts.add(len(dealt))
        own = [row for batch in dealt.since(0) for row in batch.items.tolist()]
        assert dealt.windows == len(own)
        seen += [tuple(item for item in row if item) for row in own]
    together = [row for batch in whole.epoch(number).since(0) for row in batch.items.tolist()]
    assert sorted(seen) == sorted(tuple(item for item in row if item) for row in together)
    assert len(counts) == 1


def test_more_shares_than_windows_are_refused_in_a_sentence() -> None:
    with pytest.raises(TrainingError, match="5 processes cannot share 3 sequences"):
        batches(made([5, 6, 7])).epoch(0, share=0, shares=5)
