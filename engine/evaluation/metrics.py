"""Accuracy from ranks. Every user counts once."""

import torch
from torch import Tensor


def recall(ranks: Tensor, k: int) -> float:
    """Recall@K: the share of users whose item is among the first K. ranks: float [U]."""
    return float((ranks <= k).double().mean())


def ndcg(ranks: Tensor, k: int) -> float:
    """NDCG@K with one relevant item: mean of 1 / log₂(rank + 1) where rank ≤ K."""
    gain = 1.0 / torch.log2(ranks.double() + 1.0)
    return float(gain.where(ranks <= k, torch.zeros_like(gain)).mean())


def mrr(ranks: Tensor) -> float:
    """Mean reciprocal rank over the whole catalogue; a target that can only miss adds 0."""
    return float((1.0 / ranks.double()).mean())
