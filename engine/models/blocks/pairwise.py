"""What models share that learn from pairs of a user and an item, and not from sequences.

An item that a user has had is a positive of that user. What came first and what came last does not
matter, nor how often: to such a model a sequence is a set.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import softmax_cross_entropy
from engine.sequences.batch import Batch


@dataclass(frozen=True)
class Positives:
    """Pairs of a user and an item that the user has had.

    users, items: int64 [N]. windows: int64 [N], the sequence of the batch that each pair is from.
    counts: int64 [B], pairs of each of these.
    """

    users: Tensor
    items: Tensor
    windows: Tensor
    counts: Tensor


def positives(batch: Batch) -> Positives:
    """Every item of a batch's windows beside its user: first items, then all targets.

    Where a long sequence is cut into windows, the item that two of them share is in both; an item
    that somebody has had twice is there twice. Raises ValueError for data without users.
    """
    users = batch.known_users
    windows = torch.cat((torch.arange(len(users), device=users.device), batch.sequences))
    items = torch.cat((batch.items[:, 0], batch.wanted))
    return Positives(users[windows], items, windows, batch.valid.sum(dim=1) + 1)


def pairwise_loss(positive: Tensor, negative: Tensor) -> Tensor:
    """−mean ln σ(x̂_ui − x̂_uj), BPR-OPT without its penalty (Rendle et al. 2009, 4.1).

    positive, negative: scores of an item that a user has had and of one that the user has not,
    each [N].
    """
    return functional.softplus(negative - positive).mean()


def softmax_loss(
    pairs: Positives,
    scores: Tensor,
    users: Tensor,
    items: Callable[[Tensor | None], Tensor],
    catalogue: int,
    negatives: int,
    chunk_elements: int,
) -> Tensor:
    """−mean log softmax_v(x̂_uv)_i over the pairs, in the place of ``pairwise_loss``.

    Its sum over the catalogue is the same for all pairs of a user, and is computed once a window:
    the mean of log Σ_v exp x̂_uv, less the mean of x̂_ui.

    scores: of the pairs, [N]. users: the vector of each window's user, [B, D]. items, catalogue and
    the rest: of the items, see ``softmax_cross_entropy``.
    """
    first = pairs.items[: len(users)]  # one of each window
    parts = pairs.counts.to(scores.dtype) / len(scores)
    of_first = (users * items(first)).sum(dim=-1)
    entropy = softmax_cross_entropy(
        users, items, catalogue, first, negatives, chunk_elements, parts
    )
    return entropy + (parts * of_first).sum() - scores.mean()


def penalty(*vectors: Tensor) -> Tensor:
    """½ Σ ‖x‖² over the vectors of an example, the mean over examples. vectors: each [N, D].

    A vector that stands in several examples counts in each. The factor ½ makes the weight in front
    of it the λ of the papers' updates, θ ← θ + α (… − λ θ).
    """
    total = torch.stack([part.square().sum() for part in vectors]).sum()
    return 0.5 * total / len(vectors[0])


def distinct(items: Tensor) -> Tensor:
    """Each row's items, ascending, each once and zeros for the rest: int64 [B, T].

    items: int64 [B, T], 0 is padding. What is computed from it depends neither on the order of a
    sequence nor on padding nor on repeats.
    """
    ordered = items.sort(dim=1).values
    repeated = torch.zeros_like(ordered, dtype=torch.bool)
    repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    return ordered.masked_fill(repeated, 0)
