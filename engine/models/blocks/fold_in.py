"""The vector of somebody whom a matrix factorisation has not learnt, from the items they have had.

Items stay as they are. The vector maximises what the factorisation itself maximises for each user,

    mean_{i ∈ S, j ∈ J∖S} ln σ(w·h_i − w·h_j) − λ/2 ‖w‖²   (Rendle et al. 2009, BPR-OPT, 4.1)

where S is what they have had and J a sample of the catalogue. With λ > 0 it is strictly concave and
has one maximum; Newton's method finds it in few steps, the same for everybody.
"""

import torch
from torch import Tensor

STEPS = 20
"""Newton steps. Where items are long and λ small, most of them bring the margins to size; the last
ones are quadratic."""


def evenly_spaced(items: int, count: int, device: torch.device) -> Tensor:
    """Ids of at most ``count`` items of 1..V at equal distances, the same ones every time."""
    count = min(items, count)
    return torch.arange(count, device=device) * items // count + 1


def fitted_vectors(table: Tensor, had: Tensor, others: Tensor, l2_weight: float) -> Tensor:
    """One vector for each set of items, see above: [B, D].

    table: float [V + 1, D], h. had: int64 [B, T], S, each item once and 0 for none. others: int64
    [n], J. l2_weight: λ > 0.
    """
    with torch.autocast(table.device.type, enabled=False):
        liked = table[had]  # [B, T, D]
        other = table[others]  # [n, D]
        may = (had[:, :, None] != others).all(dim=1)  # [B, n], not had
        pair = ((had > 0)[:, :, None] & may[:, None]).to(table.dtype)  # [B, T, n]
        share = pair / pair.sum(dim=(1, 2), keepdim=True).clamp(min=1.0)
        ridge = l2_weight * torch.eye(table.shape[1], dtype=table.dtype, device=table.device)
        vectors = liked.new_zeros(len(had), table.shape[1])
        for _ in range(STEPS):
            margin = _margins(vectors, liked, other)
            wrong = (-margin).sigmoid()
            pull = share * wrong
            bend = pull * (1.0 - wrong)
            gradient = (
                (pull.sum(dim=2)[:, None] @ liked)[:, 0]
                - pull.sum(dim=1) @ other
                - l2_weight * vectors
            )
            # Σ_ij bend_ij (h_i − h_j)(h_i − h_j)ᵀ + λ I, without a tensor of all pairs' vectors
            across = liked.transpose(1, 2) @ (bend @ other)  # [B, D, D]
            hessian = (
                liked.transpose(1, 2) @ (bend.sum(dim=2)[..., None] * liked)
                + other.T @ (bend.sum(dim=1)[..., None] * other)
                - across
                - across.transpose(1, 2)
                + ridge
            )
            step = torch.linalg.solve_ex(hessian, gradient[..., None]).result[..., 0]
            # The curvature along the step changes by e^(ν t) at most, as every margin moves by ν at
            # most; so this much of the step always leads up (Bach 2010).
            most = (_margins(step, liked, other) * pair).abs().amax(dim=(1, 2)).clamp(min=1e-6)
            vectors = vectors + (most.log1p() / most)[:, None] * step
    return vectors


def _margins(vectors: Tensor, liked: Tensor, other: Tensor) -> Tensor:
    """w·h_i − w·h_j of all pairs, [B, T, n]."""
    return (liked @ vectors[..., None]) - (vectors @ other.T)[:, None]
