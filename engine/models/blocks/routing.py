"""Dynamic routing: items vote for interests, and the votes that agree count more.

Sabour et al. (2017) route between layers of capsules; MIND and ComiRec-DR let a person's items be
the lower capsules and the interests the upper ones. Written out, with votes ê_{kj} of item j for
interest k and logits b_{kj} to begin with, r times:

    c_{kj} = softmax_k(b_{kj}),   z_k = Σ_j c_{kj} ê_{kj},   u_k = squash(z_k),
    b_{kj} ← b_{kj} + ê_{kj} · u_k

Training has a target at every position, so every prefix is routed by itself: which items an
interest takes depends on all items of the prefix, and nothing of one prefix's routing holds for the
next. All of them are batched matrix products over weights of size [K, T, T] a sequence. A batch of
P positions holds a few times P·K·T numbers: ``batch_positions`` bounds the memory.
"""

import torch
from torch import Tensor

from engine.models.blocks.precision import at_least_float32

NEARLY_ZERO = 1e-9
"""Keeps the gradient of a square root finite where an interest is exactly zero."""


def squash(z: Tensor) -> Tensor:
    """|z|² / (1 + |z|²) · z / |z|: as long as z where z is short, never longer than 1.

    Short vectors shrink to their square: votes far below length 1 leave next to nothing, neither
    output nor gradient, which is how these models collapse. z: float [..., D].
    """
    square = z.square().sum(dim=-1, keepdim=True)
    return z * (square / (1.0 + square) / (square + NEARLY_ZERO).sqrt())


def route(
    votes: Tensor, logits: Tensor, seen: Tensor, alive: Tensor, iterations: int
) -> tuple[Tensor, Tensor]:
    """Routes the items of every prefix to its interests.

    votes: ê, float [B, K, T, D]; [B, 1, T, D] where an item has one vote for all interests.
    logits: b to begin with, float [K, T]. seen: the items that belong to each prefix, bool
    [B or 1, P, T], at least one. alive: the interests that a prefix has, bool [B or 1, P, K], at
    least one; the others take nothing. iterations: r ≥ 1.

    The gradient goes through the votes of the last round alone; how they are weighed counts as
    given, as in the published code of ComiRec.

    Returns u, float [B, P, K, D], and c of the last round, [B, P, K, T], zero at unseen items.
    """
    closed = ~alive.transpose(1, 2)[..., None]  # [B, K, P, 1]
    with torch.no_grad():
        agreement = logits[None, :, None]  # [B, K, P, T]
        for _ in range(iterations - 1):
            coupling = _coupling(agreement, seen, closed)
            capsules = squash(at_least_float32(coupling @ votes))
            agreement = agreement + capsules @ votes.transpose(-1, -2)
        coupling = _coupling(agreement, seen, closed).expand(len(votes), -1, -1, -1)
    capsules = squash(at_least_float32(coupling @ votes))  # [B, K, P, D]
    return capsules.transpose(1, 2), coupling.transpose(1, 2)


def _coupling(agreement: Tensor, seen: Tensor, closed: Tensor) -> Tensor:
    """c: every item shares itself out among the interests."""
    return agreement.masked_fill(closed, -torch.inf).softmax(dim=1) * seen[:, None]
