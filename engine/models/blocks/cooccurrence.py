"""Vectors of items from what people read near each other: where an item table can begin.

Items that stand within a few steps of each other more often than chance have a positive pointwise
mutual information; its leading singular vectors lay items with the same company beside each other
(Levy & Goldberg 2014), what skip-gram would learn, at the cost of a few sparse products.

All of it is done in pieces that take part of a second, and ``tick`` is called before each: what it
raises ends the work.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from engine.models.blocks.leading import leading_vectors, runs_of
from engine.sequences.sequence_set import SequenceSet

REACH = 5
"""Steps within which two items count as near, one at distance d as 1/d of a pair."""
MOST_ITEMS_READ = 1_000_000
"""Items of sequences looked at: more would say the same in more memory and time."""
PAIRS_AT_ONCE = 1 << 19
"""Pairs that are counted in one piece, unless one item alone has more."""


def mutual_information(training: SequenceSet, tick: Callable[[], None] = lambda: None) -> Tensor:
    """max(0, log p(u, v) / (p(u) p(v))) of items near each other: sparse float32 [V, V], symmetric.

    training: sequences, of which every n-th is looked at where they are very many; item v stands in
    row v − 1. An item is not near itself. Every item that is near another has a positive entry.
    """
    tick()
    items, owners = training.items.cpu() - 1, training.owners.cpu()
    if len(items) > MOST_ITEMS_READ:
        chosen = owners % -(-len(items) // MOST_ITEMS_READ) == 0
        items, owners = items[chosen], owners[chosen]
    catalogue = training.catalogue
    near = []  # by distance
    for distance in range(1, min(REACH, len(items) - 1) + 1):
        one, other = items[distance:], items[:-distance]
        both = (owners[distance:] == owners[:-distance]) & (one != other)
        near.append((one[both], other[both]))
    of_item = torch.zeros(catalogue)
    counted, first = [], 0
    read = torch.bincount(items, minlength=catalogue)
    for rows in runs_of(2 * REACH * read, PAIRS_AT_ONCE):
        tick()
        pairs, count = _counted(near, first, first + rows, catalogue)
        one, other = pairs // catalogue, pairs % catalogue
        # Each item's sum in one order, whatever the pieces: with those after it first.
        for part in (one < other, one > other):
            of_item.index_add_(0, one[part], count[part])
        counted.append((one, other, count))
        first += rows
    del near
    total = of_item.sum()
    places, values = [torch.zeros(2, 0, dtype=torch.int64)], [torch.zeros(0)]
    for one, other, count in counted:
        tick()
        information = (count * total / (of_item[one] * of_item[other])).log()
        positive = information > 0.0
        places.append(torch.stack((one[positive], other[positive])))
        values.append(information[positive])
    del counted
    tick()
    return torch.sparse_coo_tensor(
        torch.cat(places, dim=1),
        torch.cat(values),
        (catalogue, catalogue),
        check_invariants=True,
        is_coalesced=True,
    )


def _counted(
    near: list[tuple[Tensor, Tensor]], first: int, after: int, catalogue: int
) -> tuple[Tensor, Tensor]:
    """How often the items from ``first`` to before ``after`` stand near others.

    near: both items of every pair, int64, by distance from 1 on. Returns pairs as one number each,
    item · V + other, int64 in ascending order; and their counts, float32.
    """
    found, weights = [], []
    for distance, pair in enumerate(near, start=1):
        for one, other in (pair, pair[::-1]):
            here = (one >= first) & (one < after)
            found.append(one[here] * catalogue + other[here])
            weights.append(torch.full((len(found[-1]),), 1.0 / distance))
    if not found:
        return torch.zeros(0, dtype=torch.int64), torch.zeros(0)
    pairs, place = torch.unique(torch.cat(found), return_inverse=True)
    return pairs, torch.zeros(len(pairs)).index_add_(0, place, torch.cat(weights))


def item_vectors(
    training: SequenceSet, dim: int, tick: Callable[[], None] = lambda: None
) -> Tensor:
    """Vectors whose cosines tell which items are read near the same others: float32 [V, D].

    Rows have length 1, or 0 where an item stands near no other, or has nothing that tells it from
    the rest; their mean is near 0, as what all items share tells none from another. The
    coordinates are turned at random, so that none means more than the next. Draws from torch's
    generator of the CPU.
    """
    near = mutual_information(training, tick)
    known = torch.zeros(training.catalogue, dtype=torch.bool)
    known[near.indices()[0]] = True
    vectors = torch.zeros(training.catalogue, dim)
    if not known.any():
        return vectors
    wanted = min(dim, training.catalogue)
    vectors[:, :wanted] = leading_vectors(near, wanted, tick)
    tick()
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    vectors = torch.nn.functional.normalize(vectors - vectors[known].mean(dim=0), dim=1)
    tick()
    turn, _ = torch.linalg.qr(torch.randn(dim, dim))
    return torch.where(known[:, None], vectors @ turn, 0.0)
