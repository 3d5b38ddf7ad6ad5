"""Are the interests alive? Figures that tell a working mixture from a collapsed one.

A collapsed model recommends well all the same, as the decoder carries it, but its interests all
look alike; an explorer of such interests shows noise. Every epoch reports these.
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.gaussian import standard_divergence
from engine.models.blocks.precision import at_least_float32
from engine.models.sigma.interests import Interests
from engine.models.sigma.prior import component_log_densities

ACTIVE_NATS = 0.01
"""A dimension is active if its mean divergence from N(0, 1) exceeds this (Burda et al. 2016)."""

ALIVE_SHARE = 0.2
"""A living category holds at least this part of an even share of the catalogue by argmax and takes
at least this part of an even share of the intensity."""

APART_NATS = 1.0
"""A living category's mean is at least this far from the mean of the other interests, in nats of
its own Gaussian: ½ Σ_d (μ_k − μ_others)² / σ_k². Nearer, one sample hardly tells them apart."""


def interest_diagnostics(
    interests: Interests, z: Tensor | None, valid: Tensor, catalogue: Tensor
) -> dict[str, Tensor]:
    """Scalars by name.

    z: latent vectors [B, T, D], None where there are interests alone; valid: bool [B, T];
    catalogue: p(k|v), [V, K].

    nats_per_interest: mean KL to N(0, I). active_units: dimensions whose mean KL exceeds
    ``ACTIVE_NATS``. mean_spread_of_means: standard deviation of μ over prefixes and categories
    beside the mean σ: near 0 all interests are one. membership_entropy: of p(k|v), mean over the
    catalogue, as a share of log K (1 is no decision). balance_entropy: of the mean of p(k|v), as a
    share of log K (1 is even). responsibility_k: share of prefixes in which component k explains z
    best, where there is a z. interest_cosine: mean cosine between the means of different interests
    of one prefix.
    nats_apart: mean distance of an interest from the others, see ``APART_NATS``.
    interests_alive: number of categories that live: they hold items and intensity
    (``ALIVE_SHARE``), have an active unit and, if K > 1, differ from the others (``APART_NATS``).
    """
    count = catalogue.shape[-1]
    mu = at_least_float32(interests.mu[valid])  # [N, K, D]
    log_var = at_least_float32(interests.log_var[valid])
    nats = standard_divergence(mu, log_var).mean(dim=0)  # [K, D]
    log_even = torch.log(torch.tensor(float(max(count, 2))))
    mean_membership = catalogue.mean(dim=0)
    unit = functional.normalize(mu, dim=-1)
    cosine = unit @ unit.transpose(-1, -2)  # [N, K, K]
    itself = cosine.diagonal(dim1=-2, dim2=-1).sum(dim=-1)  # less than K where a mean is 0
    between = (cosine.sum(dim=(-1, -2)) - itself) / max(1, count * (count - 1))
    others = (mu.sum(dim=1, keepdim=True) - mu) / max(1, count - 1)
    apart = 0.5 * ((mu - others).square() * (-log_var).exp()).sum(dim=-1).mean(dim=0)  # [K]
    held = torch.bincount(catalogue.argmax(dim=-1), minlength=count) / len(catalogue)
    intensity = interests.intensity[valid].mean(dim=0)
    alive = (held * count >= ALIVE_SHARE) & (intensity * count >= ALIVE_SHARE)
    alive &= (nats > ACTIVE_NATS).any(dim=-1)
    if count > 1:
        alive &= apart >= APART_NATS
    spread = mu.flatten(0, 1).std(dim=0, correction=0).mean()
    figures = {
        "nats_per_interest": nats.sum(dim=-1).mean(),
        "active_units": (nats > ACTIVE_NATS).float().sum(dim=-1).mean(),
        "mean_spread_of_means": spread / (0.5 * log_var).exp().mean(),
        "membership_entropy": _entropy(catalogue).mean() / log_even,
        "balance_entropy": _entropy(mean_membership) / log_even,
        "interest_cosine": between.mean(),
        "nats_apart": apart.mean(),
        "interests_alive": alive.sum().float(),
    }
    if z is None:
        return figures
    responsible = component_log_densities(z, interests)[valid].argmax(dim=-1)
    share = torch.bincount(responsible, minlength=count) / max(1, len(responsible))
    for category in range(count):
        figures[f"responsibility_{category}"] = share[category]
    return figures


def _entropy(probability: Tensor) -> Tensor:
    entropy: Tensor = torch.special.entr(probability).sum(dim=-1)
    return entropy
