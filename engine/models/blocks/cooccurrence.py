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
MOST_ITEMS_READ = 1_000_000
"""Items of sequences looked at: more would say the same in more memory and time."""
SPARE_VECTORS, ROUNDS = 8, 4
"""Of the randomised decomposition: vectors beside the wanted ones, and power iterations."""


def mutual_information(training: SequenceSet) -> Tensor:
    """max(0, log p(u, v) / (p(u) p(v))) of items near each other: sparse float32 [V, V], symmetric.

    training: sequences, of which every n-th is looked at where they are very many; item v stands in
    row v − 1. An item is not near itself. Every item that is near another has a positive entry.
    """
    items, owners = training.items.cpu() - 1, training.owners.cpu()
    if len(items) > MOST_ITEMS_READ:
        chosen = owners % -(-len(items) // MOST_ITEMS_READ) == 0
        items, owners = items[chosen], owners[chosen]
    catalogue = training.catalogue
    found, weights = [items[:0]], [torch.zeros(0)]
    for distance in range(1, min(REACH, len(items) - 1) + 1):
        one, other = items[distance:], items[:-distance]
        both = (owners[distance:] == owners[:-distance]) & (one != other)
        one, other = one[both], other[both]
        # Each pair in one order, as one number: half of the memory.
        found.append(torch.minimum(one, other) * catalogue + torch.maximum(one, other))
        weights.append(torch.full((len(one),), 1.0 / distance))
    pairs, place = torch.unique(torch.cat(found), return_inverse=True)
    count = torch.zeros(len(pairs)).index_add_(0, place, torch.cat(weights))
    del found, weights, place
    one, other = pairs // catalogue, pairs % catalogue
    of_item = torch.zeros(catalogue).index_add_(0, one, count).index_add_(0, other, count)
    information = (count * of_item.sum() / (of_item[one] * of_item[other])).log()
    positive = information > 0.0
    one, other, information = one[positive], other[positive], information[positive]
    places = torch.stack((torch.cat((one, other)), torch.cat((other, one))))
    size = (catalogue, catalogue)
    return torch.sparse_coo_tensor(
        places, information.repeat(2), size, check_invariants=True
    ).coalesce()


def item_vectors(training: SequenceSet, dim: int) -> Tensor:
    """Vectors whose cosines tell which items are read near the same others: float32 [V, D].

    Rows have length 1, or 0 where an item stands near no other, or has nothing that tells it from
    the rest; their mean is near 0, as what all items share tells none from another. The
    coordinates are turned at random, so that none means more than the next. Draws from torch's
    generator of the CPU.
    """
    near = mutual_information(training)
    known = torch.zeros(training.catalogue, dtype=torch.bool)
    known[near.indices()[0]] = True
    vectors = torch.zeros(training.catalogue, dim)
    if not known.any():
        return vectors
    wanted = min(dim, training.catalogue)
    vectors[:, :wanted] = _leading(near, wanted)
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    vectors = torch.nn.functional.normalize(vectors - vectors[known].mean(dim=0), dim=1)
    turn, _ = torch.linalg.qr(torch.randn(dim, dim))
    return torch.where(known[:, None], vectors @ turn, 0.0)


def _leading(matrix: Tensor, count: int) -> Tensor:
    """Leading singular vectors of a symmetric sparse matrix [V, V], each times the root of its
    value: [V, count]. By a random subspace and power iterations (Halko, Martinsson & Tropp 2011):
    what ``torch.svd_lowrank`` does, without transposes, which cost a sparse matrix a sort each."""
    held = min(count + SPARE_VECTORS, len(matrix))
    basis, _ = torch.linalg.qr(matrix @ torch.randn(len(matrix), held))
    for _ in range(ROUNDS):
        basis, _ = torch.linalg.qr(matrix @ basis)
    value, turned = torch.linalg.eigh(basis.T @ (matrix @ basis))
    first = value.abs().argsort(descending=True)[:count]
    vectors: Tensor = (basis @ turned[:, first]) * value[first].abs().sqrt()
    return vectors
