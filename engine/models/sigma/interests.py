"""The Gaussian interests of every prefix and their intensities: equations (5) and (6).

Everything is computed for all prefixes at once, shapes [B, T, K, ·]. Soft and hard interests are
both weighted sums of at most T vectors, so that all prefixes and categories of a sequence are two
matrix products: of weights [T·K, T] with its items and with its GRU states [T, D].
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.blocks.precision import product_dtype
from engine.models.blocks.rows import take_rows
from engine.models.sigma.categories import Categories
from engine.models.sigma.hard_interest import HardInterest, last_of_category
from engine.models.sigma.memory import Memory


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

    def at(self, rows: Tensor) -> "Interests":
        """The same of some prefixes, one after the other: [N, K, ·]. rows: see ``take_rows``."""
        return Interests(
            take_rows(self.intensity, rows),
            take_rows(self.mu, rows),
            take_rows(self.log_var, rows),
            take_rows(self.membership, rows),
            take_rows(self.category, rows),
        )


def prefix_intensity(membership: Tensor, valid: Tensor) -> Tensor:
    """w_{t,k} = Σ_{j≤t} p(k|v_j) / Σ_k' Σ_{j≤t} p(k'|v_j). membership [B, T, K] → [B, T, K]."""
    mass = (membership * valid[..., None]).cumsum(dim=1)
    return mass / mass.sum(dim=-1, keepdim=True)


def soft_weights(log_membership: Tensor) -> Tensor:
    """Weights of the soft interests: p(k|v_j) / Σ_{i≤t} p(k|v_i) for j ≤ t, else 0.

    The weighted mean instead of the sum is a choice: its scale does not grow with t. As a softmax
    of log p over j it holds even where every p(k|v_j) underflows, as at small τ. Padding stands on
    the right, so no prefix of items sees it.
    log_membership: log p(k|v_j), [B, T, K]. Returns [B, T, K, T], last axis j.
    """
    steps = log_membership.shape[1]
    future = log_membership.new_full((steps, steps), -torch.inf).triu(1)  # [t, j]
    return (log_membership.transpose(1, 2)[:, None] + future[:, None]).softmax(dim=-1)


def hard_weights(last: Tensor, dtype: torch.dtype) -> Tensor:
    """Weights of the hard interests: 1 at the last item of k at or before t, else 0.

    last: see ``last_of_category``. Returns [B, T, K, T], last axis j; all zero where category k is
    still empty.
    """
    steps = torch.arange(last.shape[1], device=last.device)
    return (last[..., None] == steps).to(dtype)


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

        last = last_of_category(category, valid, count)  # [B, T, K]
        part = 0.5 * (last >= 0)[..., None]  # of the hard interest in (5)
        dtype = product_dtype(items)
        soft = (soft_weights(log_membership) * (1.0 - part)).to(dtype).flatten(1, 2)
        hard = hard_weights(last, dtype).mul_(0.5).flatten(1, 2)  # both [B, T·K, T]
        sources = items.to(dtype), states.to(dtype)
        mu = torch.baddbmm(soft @ sources[0], hard, sources[1]).view(
            batch, steps, count, dim
        )  # (5)
        return Interests(
            prefix_intensity(membership, valid), mu, self.log_var(mu), membership, category
        )

    def log_var(self, mu: Tensor) -> Tensor:
        """(6) log σ² = MLP([c_k ; μ_k]). mu: [..., K, D]. Returns the same size."""
        hidden = self.of_mean(mu) + self.of_category(self.categories.vectors)
        log_var: Tensor = self.to_log_var(nn.functional.gelu(hidden))
        return log_var

    def read(self, items: Tensor, past: Memory | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What a memory keeps of new items for the interests, in evaluation.

        items: embedded, [n, D]. Returns them, log p(k|v_j), category and GRU state, as in Memory.
        """
        log_membership = self.categories.logits(items).log_softmax(dim=-1)
        category, _ = self.categories.assign(log_membership)
        begin = (
            items.new_zeros(log_membership.shape[-1], items.shape[-1])
            if past is None
            else past.state_of_categories()
        )
        states = self.hard_interest.onward(items, category, begin)
        return items, log_membership, category, states

    def after(self, memory: Memory) -> Interests:
        """The interests after the last item of a memory, each tensor [1, 1, ...]."""
        membership = memory.log_membership.exp()  # [T, K]
        weights = memory.log_membership.softmax(dim=0)  # of the soft interests
        soft = weights.T @ memory.embedded  # [K, D]
        hard = memory.state_of_categories()
        mu = torch.where((memory.last > 0)[:, None], 0.5 * (soft + hard), soft)  # (5)
        mass = membership.sum(dim=0)
        return Interests(
            (mass / mass.sum())[None, None],
            mu[None, None],
            self.log_var(mu)[None, None],
            membership[None, -1:],
            memory.category[None, -1:],
        )
