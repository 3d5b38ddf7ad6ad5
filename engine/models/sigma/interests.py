"""The Gaussian interests of every prefix and their intensities: equations (5) and (6).

Everything is computed for all prefixes at once, shapes [B, T, K, ·]. Soft and hard interests are
both weighted sums of at most T vectors, so that all prefixes and categories of a sequence are one
matrix product of its weights [T·K, 2T] with its items and GRU states [2T, D].
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.sigma.categories import Categories
from engine.models.sigma.hard_interest import HardInterest, last_of_category


@dataclass(frozen=True)
class Interests:
    """K interests of every prefix s_{1:t}; index [b, t] belongs to the first t + 1 items.

    intensity: w, float [B, T, K], positive, sums to 1 over K.
    mu, log_var: of the Gaussians, float [B, T, K, D].
    membership: p(k|v_j) of each item, float [B, T, K].
    category: the category each item is assigned to, int64 [B, T].
    """

    intensity: Tensor
    mu: Tensor
    log_var: Tensor
    membership: Tensor
    category: Tensor


def prefix_intensity(membership: Tensor, valid: Tensor) -> Tensor:
    """w_{t,k} = Σ_{j≤t} p(k|v_j) / Σ_k' Σ_{j≤t} p(k'|v_j). membership [B, T, K] → [B, T, K]."""
    mass = (membership * valid[..., None]).cumsum(dim=1)
    return mass / mass.sum(dim=-1, keepdim=True)


def soft_weights(log_membership: Tensor, valid: Tensor) -> Tensor:
    """Weights of the soft interests: p(k|v_j) / Σ_{i≤t} p(k|v_i) for j ≤ t, else 0.

    The weighted mean instead of the sum is a choice: its scale does not grow with t. As a softmax
    of log p over j it holds even where every p(k|v_j) underflows, as at small τ.
    log_membership: log p(k|v_j), [B, T, K]. Returns [B, T, K, T], last axis j.
    """
    steps = valid.shape[1]
    earlier = torch.ones(steps, steps, device=valid.device, dtype=torch.bool).tril()
    counted = earlier & valid[:, None]  # [B, T, T]
    log_mass = log_membership.transpose(1, 2)[:, None]  # [B, 1, K, T]
    return log_mass.masked_fill(~counted[:, :, None], -torch.inf).softmax(dim=-1)


def hard_weights(category: Tensor, valid: Tensor, categories: int) -> Tensor:
    """Weights of the hard interests: 1 at the last item of k at or before t, else 0.

    Returns [B, T, K, T], last axis j; all zero where category k is still empty.
    """
    last = last_of_category(category, valid, categories)
    steps = torch.arange(category.shape[1], device=category.device)
    return (last[..., None] == steps).float()


class InterestExtractor(nn.Module):
    """Categories, soft interest, hard interest, and the Gaussian of each (paper 3.2).

    dim: D; categories: K; temperature: τ; log_var: where log σ² starts.
    """

    def __init__(self, dim: int, categories: int, temperature: float, log_var: float) -> None:
        super().__init__()
        self.categories = Categories(categories, dim, temperature)
        self.hard_interest = HardInterest(dim)
        # MLP([c_k ; μ]): the first layer in two halves, as c_k is the same at every prefix.
        self.of_category = nn.Linear(dim, dim, bias=False)
        self.of_mean = nn.Linear(dim, dim)
        self.to_log_var = nn.Linear(dim, dim)
        nn.init.constant_(self.to_log_var.bias, log_var)

    def forward(self, items: Tensor, valid: Tensor) -> Interests:
        """items: embedded items [B, T, D]; valid: bool [B, T], true at items."""
        batch, steps, dim = items.shape
        count = self.categories.direction.shape[0]
        logits = self.categories.logits(items)
        log_membership = logits.log_softmax(dim=-1)
        membership = log_membership.exp()
        category, straight_through = self.categories.assign(logits)
        states = self.hard_interest(items * straight_through[..., None], category, valid, count)

        soft = soft_weights(log_membership, valid)
        hard = hard_weights(category, valid, count)
        has_hard = hard.sum(dim=-1, keepdim=True)  # 0 or 1
        weights = torch.cat((soft * (1.0 - 0.5 * has_hard), hard * 0.5), dim=-1)
        sources = torch.cat((items, states.to(items.dtype)), dim=1)  # [B, 2T, D]
        mu = (weights.to(items.dtype).view(batch, steps * count, 2 * steps) @ sources).view(
            batch, steps, count, dim
        )  # (5)
        hidden = self.of_mean(mu) + self.of_category(self.categories.vectors)
        log_var = self.to_log_var(nn.functional.gelu(hidden))  # (6)
        return Interests(prefix_intensity(membership, valid), mu, log_var, membership, category)
