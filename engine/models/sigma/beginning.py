"""Where SIGMA's items and categories begin: the setting ``initial``.

At random, an item's category is decided by noise and then defended: categories live, but mean
little. Begun from what people read together, categories start as groups of the catalogue, and the
sequence's network learns from items that already stand beside their like.
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.cooccurrence import item_vectors
from engine.models.blocks.item_table import INITIAL_SPREAD, ItemTable
from engine.models.sigma.categories import Categories
from engine.sequences.sequence_set import SequenceSet

Initial = Literal["random", "cooccurrence"]

STARTS, ROUNDS = 4, 40
"""Of the clustering: beginnings of which the best is kept, and rounds of each at most."""


@torch.no_grad()
def begin_together(
    table: ItemTable,
    categories: Categories,
    training: SequenceSet,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Sets the items' vectors, and the categories to the catalogue's groups.

    Items that stand near no other keep their random vectors; categories keep theirs where fewer
    items stand near others than there are categories. Draws from torch's generator of the CPU.
    tick: called before every piece of the work; what it raises leaves all vectors as they are.
    """
    weight, direction = table.weight, categories.direction
    vectors = item_vectors(training, weight.shape[1], tick)
    items = vectors.any(dim=1).nonzero().squeeze(1)
    known = vectors[items]
    groups = centres(known, len(direction), tick) if len(items) >= len(direction) else None
    length = INITIAL_SPREAD * math.sqrt(weight.shape[1])  # as long as a random one
    weight[(items + 1).to(weight.device)] = (known * length).to(weight)
    if groups is not None:
        direction.copy_(orthogonal(groups))


def centres(vectors: Tensor, count: int, tick: Callable[[], None] = lambda: None) -> Tensor:
    """Centres of groups of directions, spherical k-means (Dhillon & Modha 2001): [count, D].

    vectors: unit rows [N, D], N ≥ count. tick: called before every round.
    """
    best, found = -math.inf, vectors[:count]
    for _ in range(STARTS):
        tried = vectors[torch.randperm(len(vectors))[:count]]
        before = None
        for _ in range(ROUNDS):
            tick()
            nearness, group = (vectors @ tried.T).max(dim=1)
            if before is not None and torch.equal(group, before):
                break
            before = group
            sums = torch.zeros_like(tried).index_add_(0, group, vectors)
            # A group that lost all its members begins anew at the vector that fits worst.
            sums[torch.bincount(group, minlength=count) == 0] = vectors[nearness.argmin()]
            tried = functional.normalize(sums, dim=1)
        fits = float((vectors @ tried.T).amax(dim=1).mean())
        if fits > best:
            best, found = fits, tried
    return found


def orthogonal(rows: Tensor) -> Tensor:
    """The orthonormal rows that lie nearest to given ones, as (4) asks (Procrustes): [K, D]."""
    left, _, right = torch.linalg.svd(rows, full_matrices=False)
    nearest: Tensor = left @ right
    return nearest
