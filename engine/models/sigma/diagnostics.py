"""Are the interests alive? Figures that tell a working mixture from a collapsed one.

A collapsed model recommends well all the same, as the decoder carries it, but its interests all
look alike; an explorer of such interests shows noise. Every epoch reports these.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.sigma.gaussian import standard_divergence
from engine.models.sigma.interests import Interests
from engine.models.sigma.prior import component_log_densities

ACTIVE_NATS = 0.01
"""A dimension is active if its mean divergence from N(0, 1) exceeds this (Burda et al. 2016)."""

ALIVE_SHARE = 0.2
"""A category lives if it holds at least this part of an even share of the catalogue by argmax and
takes at least this part of an even share of the intensity."""


def interest_diagnostics(
    interests: Interests, z: Tensor, valid: Tensor, catalogue: Tensor
) -> dict[str, Tensor]:
    """Scalars by name.

    z: latent vectors [B, T, D]; valid: bool [B, T]; catalogue: p(k|v), [V, K].

    nats_per_interest: mean KL to N(0, I). active_units: dimensions whose mean KL exceeds
    ``ACTIVE_NATS``. mean_spread_of_means: standard deviation of μ over prefixes and categories
    beside the mean σ: near 0 all interests are one. membership_entropy: of p(k|v), mean over the
    catalogue, as a share of log K (1 is no decision). balance_entropy: of the mean of p(k|v), as a
    share of log K (1 is even). responsibility_k: share of prefixes in which component k explains z
    best. interest_cosine: mean cosine between the means of different interests of one prefix.
    interests_alive: number of categories that live, see ``ALIVE_SHARE``.
    """
    count = catalogue.shape[-1]
    mu, log_var = interests.mu[valid], interests.log_var[valid]  # [N, K, D]
    nats = standard_divergence(mu, log_var).mean(dim=0)  # [K, D]
    log_even = torch.log(torch.tensor(float(max(count, 2))))
    mean_membership = catalogue.mean(dim=0)
    responsible = component_log_densities(z, interests)[valid].argmax(dim=-1)
    share = torch.bincount(responsible, minlength=count) / max(1, len(responsible))
    unit = functional.normalize(mu, dim=-1)
    cosine = unit @ unit.transpose(-1, -2)  # [N, K, K]
    between = (cosine.sum(dim=(-1, -2)) - count) / max(1, count * (count - 1))
    held = torch.bincount(catalogue.argmax(dim=-1), minlength=count) / len(catalogue)
    intensity = interests.intensity[valid].mean(dim=0)
    alive = (held * count >= ALIVE_SHARE) & (intensity * count >= ALIVE_SHARE)
    figures = {
        "nats_per_interest": nats.sum(dim=-1).mean(),
        "active_units": (nats > ACTIVE_NATS).float().sum(dim=-1).mean(),
        "mean_spread_of_means": mu.flatten(0, 1).std(dim=0).mean() / (0.5 * log_var).exp().mean(),
        "membership_entropy": _entropy(catalogue).mean() / log_even,
        "balance_entropy": _entropy(mean_membership) / log_even,
        "interest_cosine": between.mean(),
        "interests_alive": alive.sum().float(),
    }
    for category in range(count):
        figures[f"responsibility_{category}"] = share[category]
    return figures


def _entropy(probability: Tensor) -> Tensor:
    entropy: Tensor = torch.special.entr(probability).sum(dim=-1)
    return entropy
