"""Accuracy from ranks. Every user counts once."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def hits(ranks: Tensor, k: int) -> Tensor:
    """1 where the item is among the first K, else 0: float64 [..., U]. ranks: float [..., U]."""
    return (ranks <= k).double()


def gains(ranks: Tensor, k: int) -> Tensor:
    """1 / log₂(rank + 1) where rank ≤ K, else 0: float64 [..., U]. ranks: float [..., U]."""
    gain = 1.0 / torch.log2(ranks.double() + 1.0)
    return gain.where(ranks <= k, torch.zeros_like(gain))


def recall(ranks: Tensor, k: int) -> float:
    """Recall@K: the share of users whose item is among the first K. ranks: float [U]."""
    return float(hits(ranks, k).mean())


def ndcg(ranks: Tensor, k: int) -> float:
    """NDCG@K with one relevant item: mean of 1 / log₂(rank + 1) where rank ≤ K."""
    return float(gains(ranks, k).mean())


def mrr(ranks: Tensor) -> float:
    """Mean reciprocal rank over the whole catalogue; a target that can only miss adds 0."""
    return float((1.0 / ranks.double()).mean())


_OF_USERS: Mapping[str, Callable[[Tensor, int], Tensor]] = {"recall": hits, "ndcg": gains}


def of_users(ranks: Tensor, metric: str) -> Tensor:
    """Every user's part of ``recall@K`` or ``ndcg@K``, whose mean the metric is: float64 [..., U].

    ranks: float [..., U].
    """
    name, _, k = metric.partition("@")
    return _OF_USERS[name](ranks, int(k))
