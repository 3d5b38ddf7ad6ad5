"""Hyper-categories: C, the orthogonality loss (4), and p(k|v), the soft membership of items."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.precision import at_least_float32


class Categories(nn.Module):
    """C ∈ R^{K×D} with rows of unit 2-norm, and the classification of items by cosine.

    K ≤ D, so that rows can be orthogonal.
    """

    def __init__(self, categories: int, dim: int, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.direction = nn.Parameter(torch.empty(categories, dim))
        if not self.direction.is_meta:  # nothing to fill; torch before 2.12 fails there (shapes.py)
            nn.init.orthogonal_(self.direction)

    @property
    def vectors(self) -> Tensor:
        """C: float [K, D], unit rows."""
        return functional.normalize(self.direction, dim=-1)

    def orthogonality(self) -> Tensor:
        """(4) L_orth = ‖C Cᵀ − I‖²_F / K²."""
        vectors = self.vectors
        count = vectors.shape[0]
        identity = torch.eye(count, device=vectors.device, dtype=vectors.dtype)
        return (vectors @ vectors.T - identity).square().sum() / count**2

    def logits(self, embedded: Tensor) -> Tensor:
        """r_{jk} / τ with r_{jk} = c_kᵀ e_j / ‖e_j‖₂. embedded: [..., D]. Returns [..., K]."""
        # A softmax at small τ magnifies rounding: never in half precision, not even under autocast.
        with torch.autocast(embedded.device.type, enabled=False):
            unit = functional.normalize(at_least_float32(embedded), dim=-1)
            return unit @ self.vectors.T / self.temperature

    def assign(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Each item's one category: Gumbel-softmax in training, argmax in evaluation.

        logits: [..., K]. Returns the category, int64 [...], and the straight-through weight of the
        choice, float [...]: 1 in value, with the gradient of its relaxed probability (Jang et al.
        2017).
        """
        if self.training:
            noise = -torch.empty_like(logits).exponential_().log()
            relaxed = (logits + noise).softmax(dim=-1)
        else:
            relaxed = logits.softmax(dim=-1)
        probability, category = relaxed.max(dim=-1)
        return category, 1.0 + (probability - probability.detach())  # in this order exactly 1
