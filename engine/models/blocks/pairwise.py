"""What models share that learn from pairs of a user and an item, and not from sequences.

An item that a user has had is a positive of that user. What came first and what came last does not
matter, nor how often: to such a model a sequence is a set.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.sequences.batch import Batch


def positives(batch: Batch) -> tuple[Tensor, Tensor]:
    """Every item of a batch's windows beside its user: users int64 [N], items int64 [N].

    The first item of each window, then all targets. Where a long sequence is cut into windows, the
    item that two of them share is in both; an item that somebody has had twice is there twice.
    Raises ValueError for data without users.
    """
    owners = batch.owners
    assert batch.users is not None  # or there were no owners
    return torch.cat((batch.users, owners)), torch.cat((batch.items[:, 0], batch.wanted))


def pairwise_loss(positive: Tensor, negative: Tensor) -> Tensor:
    """−mean ln σ(x̂_ui − x̂_uj), BPR-OPT without its penalty (Rendle et al. 2009, 4.1).

    positive, negative: scores of an item that a user has had and of one that the user has not,
    each [N].
    """
    return functional.softplus(negative - positive).mean()


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
