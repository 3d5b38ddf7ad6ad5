"""The item embeddings, shared by everything a model does (model.md: E ∈ R^{V×D})."""

import torch
from torch import Tensor, nn

from engine.models.blocks.catalogue_softmax import (
    catalogue_cross_entropy,
    draw_negatives,
    sampled_cross_entropy,
)
from engine.models.blocks.precision import at_least_float32

INITIAL_SPREAD = 0.02
"""Standard deviation of the numbers that a table starts with."""


class ItemTable(nn.Module):
    """E with a row of zeros in front for padding: [V + 1, D].

    sparse: its gradient holds only the rows that a batch touched. Nothing may then use the whole
    weight in training.
    """

    def __init__(self, items: int, dim: int, *, sparse: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(items + 1, dim, padding_idx=0, sparse=sparse)
        nn.init.normal_(self.embedding.weight, std=INITIAL_SPREAD)
        with torch.no_grad():
            self.embedding.weight[0].zero_()

    @property
    def sparse(self) -> bool:
        """Whether its gradient is sparse."""
        return self.embedding.sparse

    @property
    def weight(self) -> Tensor:
        """float [V + 1, D]."""
        return self.embedding.weight

    def forward(self, items: Tensor) -> Tensor:
        """items: int64 [...]. Returns [..., D]."""
        embedded: Tensor = self.embedding(items)
        return embedded

    def cross_entropy(
        self, queries: Tensor, targets: Tensor, negatives: int, chunk_elements: int
    ) -> Tensor:
        """Mean of −log softmax_v(score)_target, over the catalogue or a sample of it.

        queries: [N, D], or [N, K, D] scored by the maximum over K; targets: int64 [N], in 1..V.
        negatives: items drawn for the softmax; 0 takes the whole catalogue. chunk_elements: logits
        held at a time.
        """
        catalogue = len(self.weight) - 1
        if negatives == 0 or negatives >= catalogue:
            return catalogue_cross_entropy(queries, self.weight, targets, chunk_elements)
        drawn = draw_negatives(catalogue, negatives, targets.device)
        return sampled_cross_entropy(
            queries, self(targets), self(drawn.items), targets, drawn, chunk_elements
        )

    def scores(self, queries: Tensor) -> Tensor:
        """Inner products of queries [B, D] with every item: float32 [B, V + 1], −inf at 0."""
        scores = at_least_float32(queries @ self.weight.T)
        scores[:, 0] = -torch.inf
        return scores
