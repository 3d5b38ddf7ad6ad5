"""Diversity@K (15): the share of pairs of a list whose items are in different categories.

Items with several categories are in the same one if they share at least one; an item without any
differs from all.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def list_diversity(labels: Sequence[frozenset[object]] | Sequence[frozenset[str]]) -> float | None:
    """Diversity of one list; None if it has no pair.

    labels: the categories of each item.
    """
    count = len(labels)
    if count < 2:
        return None
    different = sum(
        labels[j].isdisjoint(labels[k]) for j in range(count) for k in range(j + 1, count)
    )
    return different / (count * (count - 1) / 2)


def category_matrix(categories: Sequence[Sequence[str]]) -> Tensor:
    """Which item has which category: bool [V + 1, G], row 0 (padding) is empty."""
    names = {
        name: column for column, name in enumerate(sorted({c for own in categories for c in own}))
    }
    rows = [row for row, own in enumerate(categories, start=1) for _ in own]
    columns = [names[name] for own in categories for name in own]
    matrix = torch.zeros(len(categories) + 1, len(names), dtype=torch.bool)
    matrix[rows, columns] = True
    return matrix


def mean_diversity(top: Tensor, matrix: Tensor) -> float:
    """Mean Diversity@K over users.

    top: int64 [U, K], K ≥ 2, 0 where a list is shorter; matrix: bool [V + 1, G].
    """
    total = 0.0
    for chunk in torch.split(top, 2048):
        has = matrix[chunk].float()  # [B, K, G]
        shares = (has @ has.transpose(1, 2)) > 0
        present = chunk > 0
        pair = present[:, :, None] & present[:, None, :]
        upper = (
            torch.ones(chunk.shape[1], chunk.shape[1], dtype=torch.bool).triu(1).to(chunk.device)
        )
        pair &= upper
        different = (pair & ~shares).sum(dim=(1, 2)).double()
        total += float((different / pair.sum(dim=(1, 2)).clamp(min=1)).sum())
    return total / len(top)
