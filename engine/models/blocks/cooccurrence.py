"""Vectors of items from what people read near each other: where an item table can begin.

Items that stand within a few steps of each other more often than chance have a positive pointwise
mutual information; its leading singular vectors lay items with the same company beside each other
(Levy & Goldberg 2014), what skip-gram would learn, at the cost of a few sparse products.
"""

import torch
from torch import Tensor

from engine.sequences.sequence_set import SequenceSet

REACH = 5
"""Steps within which two items count as near, one at distance d as 1/d of a pair."""
MOST_ITEMS_READ = 2_000_000
"""Items of sequences looked at: more would say the same in more memory."""
SPARE_VECTORS, ROUNDS = 8, 2
"""Of the randomised decomposition: vectors beside the wanted ones, and power iterations."""


def mutual_information(training: SequenceSet) -> Tensor:
    """max(0, log p(u, v) / (p(u) p(v))) of items near each other: sparse float32 [V, V], symmetric.

    training: sequences; item v stands in row v − 1. An item is not near itself.
    """
    items, owners = training.items.cpu() - 1, training.owners.cpu()
    if len(items) > MOST_ITEMS_READ:  # every n-th user
        chosen = owners % (len(items) // MOST_ITEMS_READ + 1) == 0
        items, owners = items[chosen], owners[chosen]
    ahead, behind, weight = [items[:0]], [items[:0]], [torch.zeros(0)]
    for distance in range(1, min(REACH, len(items) - 1) + 1):
        both = (owners[distance:] == owners[:-distance]) & (items[distance:] != items[:-distance])
        ahead.append(items[distance:][both])
        behind.append(items[:-distance][both])
        weight.append(torch.full((int(both.sum()),), 1.0 / distance))
    size = (training.catalogue, training.catalogue)
    one, other, near = torch.cat(ahead), torch.cat(behind), torch.cat(weight)
    places = torch.stack((torch.cat((one, other)), torch.cat((other, one))))
    pairs = torch.sparse_coo_tensor(places, near.repeat(2), size, check_invariants=True).coalesce()
    (left, right), count = pairs.indices(), pairs.values()
    of_item = torch.zeros(training.catalogue).index_add_(0, left, count)
    information = (count * of_item.sum() / (of_item[left] * of_item[right])).log().clamp_(min=0.0)
    return torch.sparse_coo_tensor(
        pairs.indices(), information, size, check_invariants=True
    ).coalesce()


def item_vectors(training: SequenceSet, dim: int) -> Tensor:
    """Vectors whose cosines tell which items are read near the same others: float32 [V, D].

    Rows have length 1, and their mean is near 0: what all items share tells none from another.
    Zeros for an item that stands near no other. The coordinates are turned at random, so that none
    means more than the next. Draws from torch's generator of the CPU.
    """
    near = mutual_information(training)
    wanted = min(dim, training.catalogue)
    vectors = torch.zeros(training.catalogue, dim)
    if near.values().count_nonzero():
        most = min(wanted + SPARE_VECTORS, training.catalogue)
        left, size, _ = torch.svd_lowrank(near, q=most, niter=ROUNDS)
        vectors[:, :wanted] = (left * size.sqrt())[:, :wanted]
    known = torch.zeros(training.catalogue, dtype=torch.bool)
    known[near.indices()[0]] = True
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    vectors = torch.nn.functional.normalize(vectors - vectors[known].mean(dim=0), dim=1)
    turn, _ = torch.linalg.qr(torch.randn(dim, dim))
    return torch.where(known[:, None], vectors @ turn, 0.0)
