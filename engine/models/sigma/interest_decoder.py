"""MIE-VAE's decoder and losses: equations (7), (8) and (9)."""

import torch
from torch import Tensor, nn

from engine.models.blocks.catalogue_softmax import (
    catalogue_cross_entropy,
    sampled_cross_entropy,
)
from engine.models.sigma.gaussian import sample, standard_divergence
from engine.models.sigma.interests import Interests


class InterestDecoder(nn.Module):
    """ẑ_{t,k} = MLP₂(z_{t,k}), two layers, back in item space; score(v) = max_k ẑ_{t,k} · e_v.

    A LayerNorm on ẑ gives its logits the scale of the decoder's (a choice).
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
        self.norm = nn.LayerNorm(dim)

    def forward(self, z: Tensor) -> Tensor:
        """z: [..., D]. Returns ẑ, [..., D]."""
        decoded: Tensor = self.norm(self.layers(z))
        return decoded

    def reconstruction(
        self,
        interests: Interests,
        targets: Tensor,
        table: Tensor,
        negatives: int,
        chunk_elements: int,
    ) -> Tensor:
        """(8, 9) Cross-entropy of the next item, from a sample of every interest.

        targets: int64 [B, T], 0 where there is none; table: [V + 1, D].
        negatives: items drawn for the softmax; 0 takes the whole catalogue.
        """
        valid = targets > 0
        decoded = self(sample(interests.mu[valid], interests.log_var[valid]))  # [N, K, D]
        if negatives == 0 or negatives >= table.shape[0] - 1:
            return catalogue_cross_entropy(decoded, table, targets[valid], chunk_elements)
        drawn = torch.randint(1, table.shape[0], (negatives,), device=targets.device)
        return sampled_cross_entropy(decoded, table, targets[valid], drawn)


def interest_divergence(interests: Interests, valid: Tensor) -> Tensor:
    """(7) KL of each interest to N(0, I) in nats, mean over valid prefixes and categories."""
    divergence = standard_divergence(interests.mu[valid], interests.log_var[valid])  # [N, K, D]
    return divergence.sum(dim=-1).mean()
