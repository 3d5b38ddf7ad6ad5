"""Batches made from rows of item ids."""

from collections.abc import Sequence

import torch

from engine.models.protocol import right_padded
from engine.sequences.batch import Batch

LONGEST = 100


def batch_of(
    rows: list[list[int]], longest: int = LONGEST, users: Sequence[int] | None = None
) -> Batch:
    """Next-item windows: each row's items but the last, and those that followed. users: numbered by
    row unless given."""
    items, lengths = right_padded([row[:-1] for row in rows], longest)
    targets, _ = right_padded([row[1:] for row in rows], longest)
    return Batch(
        items, lengths, targets, torch.tensor(range(len(rows)) if users is None else users)
    )
