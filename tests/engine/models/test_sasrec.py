"""SASRec's original loss, against plain loops."""

import math

import pytest
import torch

from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.models.protocol import right_padded
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems

ITEMS = 9
ROWS = [[1, 2, 3, 4], [5, 6]]
TRAINING = SequenceSet(torch.tensor([1, 2, 3, 4, 5, 6]), torch.tensor([0, 4, 6]), ITEMS)


@pytest.mark.parametrize("cosine", [0.0, 3.0])
def test_the_original_loss_sets_what_came_next_against_one_item_not_had(cosine: float) -> None:
    torch.manual_seed(0)
    settings = SASRecSettings(dim=8, heads=2, loss="bce", cosine=cosine)
    model = SASRec(ITEMS, settings).double().eval()
    model.table.weight.data.mul_(50.0)
    model.prepare(TRAINING)
    items, lengths = right_padded([row[:-1] for row in ROWS], 99)
    targets, _ = right_padded([row[1:] for row in ROWS], 99)
    torch.manual_seed(3)
    with torch.no_grad():
        found = model.losses(Batch(items, lengths, targets, torch.arange(2)))

    torch.manual_seed(3)  # the same negatives again
    drawn = iter(UnseenItems(TRAINING).draw(torch.tensor([0, 0, 0, 1])).tolist())
    slow, count = 0.0, 0
    for row in ROWS:
        for t in range(1, len(row)):
            with torch.no_grad():
                scores = model.scores(*right_padded([row[:t]], 99))[0].tolist()
            other = next(drawn)
            assert other not in row
            came, unseen = scores[row[t]], scores[other]
            slow -= math.log(1.0 / (1.0 + math.exp(-came)))
            slow -= math.log(1.0 - 1.0 / (1.0 + math.exp(-unseen)))
            count += 1
    assert float(found["loss"]) == pytest.approx(slow / count, abs=1e-5)
    assert found["reconstruction"] == found["loss"].detach()
