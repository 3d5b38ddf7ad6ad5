"""The item embeddings, shared by everything a model does (model.md: E ∈ R^{V×D})."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import softmax_cross_entropy
from engine.models.blocks.precision import at_least_float32

SPARSE_FROM = 100_000
"""Items from which a gradient of all rows costs more than the rest of a step. Below, every row is
updated at every step: Adam's moments of rows that were not touched then fade as they should."""
INITIAL_SPREAD = 0.02
"""Standard deviation of the numbers that a table starts with."""


class ItemTable(nn.Module):
    """E with a row of zeros in front for padding: [V + 1, D].

    sampled: training uses a few of its rows at a time, never the whole weight. The gradient of a
    large table then holds only the rows that a batch touched. cosine: 0 scores an item by its inner
    product with a query, q · e_v; above 0 by that many times their cosine, so that no item is ahead
    by the length of its vector alone and no score can grow without bound.
    """

    def __init__(self, items: int, dim: int, *, sampled: bool = False, cosine: float = 0.0) -> None:
        super().__init__()
        self._cosine = cosine
        sparse = sampled and items >= SPARSE_FROM
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

    def keys(self, vectors: Tensor) -> Tensor:
        """Items' vectors as scores use them: with ``query`` of a query, their product is the score.

        vectors: rows of the table, [..., D]. Returns [..., D].
        """
        if not self._cosine:
            return vectors
        return self._cosine * functional.normalize(at_least_float32(vectors), dim=-1)

    def query(self, vectors: Tensor) -> Tensor:
        """Queries as scores use them, [..., D]; see ``keys``."""
        if not self._cosine:
            return vectors
        return functional.normalize(at_least_float32(vectors), dim=-1)

    def cross_entropy(
        self, queries: Tensor, targets: Tensor, negatives: int, chunk_elements: int
    ) -> Tensor:
        """See ``softmax_cross_entropy``."""
        return softmax_cross_entropy(
            self.query(queries),
            lambda items: self.keys(self.weight if items is None else self(items)),
            len(self.weight) - 1,
            targets,
            negatives,
            chunk_elements,
        )

    def scores(self, queries: Tensor) -> Tensor:
        """Scores of every item for queries [B, D]: float32 [B, V + 1], −inf at 0."""
        return scores_over(self.keys(self.weight), self.query(queries))

    def best_scores(self, queries: Tensor) -> Tensor:
        """Scores of every item by the best of K queries, [B, K, D]: float32 [B, V + 1], −inf at 0.
        One query at a time, so that nothing has the size [B, K, V]."""
        keys, queries = self.keys(self.weight), self.query(queries)
        best = scores_over(keys, queries[:, 0])
        for k in range(1, queries.shape[1]):
            best = torch.maximum(best, scores_over(keys, queries[:, k]))
        return best


def scores_over(table: Tensor, queries: Tensor) -> Tensor:
    """Inner products of queries [B, D] with a table [V + 1, D]: float32 [B, V + 1], −inf at 0."""
    scores = at_least_float32(queries @ table.T)
    scores[:, 0] = -torch.inf
    return scores
