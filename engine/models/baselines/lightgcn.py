"""LightGCN (He et al., LightGCN: Simplifying and Powering Graph Convolution Network for
Recommendation, SIGIR 2020).

Vectors of users and items are smoothed over the graph of who has had what:

    e_u^(l+1) = Σ_{i ∈ N_u} e_i^(l) / (√|N_u| √|N_i|), and items alike   (3)
    e = 1/(L+1) Σ_{l=0}^{L} e^(l)   (4)
    ŷ_ui = e_u · e_i   (5)
    L = −Σ ln σ(ŷ_ui − ŷ_uj) + λ ‖E^(0)‖²   (15)

Choices, and traps that others fell into:

- *The mean includes layer 0.*
- *The graph is made of training data alone*: validation and test items are no edges.
- *L2 is on layer 0 alone*, the only weights: on the vectors of each example's user and items, ½ of
  their squares, as the authors' program has it.
- *Every batch costs a propagation over the whole graph*, whatever its size, so that batches are
  best large; see ``batch_positions`` of the presets.
- A negative is never a positive of its user.
- ``softmax`` puts the cross-entropy of e_u over all e_v in the place of the pairwise term.

After training the graph is not needed: what is asked of it is kept in tables, made anew whenever
the model is set to evaluation and saved with it.

Somebody who is not in the graph joins it with the items they have had, as a node without a vector
of its own: e^(0) = 0. Its other layers follow from those of its items (3), which stay as they are:

    e = 1/√n Σ_{i ∈ S} [ Σ_{l=0}^{L−1} e_i^(l) / √|N_i| ] / (L+1),   n = |S|

An item that nobody had in training counts there as had once.
"""

from dataclasses import dataclass
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.interaction_graph import InteractionGraph, propagated, sum_of_layers
from engine.models.blocks.item_table import ItemTable, scores_over
from engine.models.blocks.pairwise import (
    distinct,
    pairwise_loss,
    penalty,
    positives,
    softmax_loss,
)
from engine.models.protocol import UserRecommender
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems


@dataclass(frozen=True)
class LightGCNSettings:
    """Settings of LightGCN.

    dim: D, size of the vectors (paper: 64). layers: L, of propagation (paper: 1 to 4, best mostly
    3). loss: ``bpr`` is the paper's; ``softmax`` is cross-entropy over the catalogue. l2_weight: λ
    (paper: 1e-4). max_length: items of a sequence that is nobody's that are looked at, the last
    ones. negatives: items drawn a batch for the softmax, 0 takes the whole catalogue.
    chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 64
    layers: int = 3
    loss: Literal["bpr", "softmax"] = "softmax"
    l2_weight: float = 1e-4
    max_length: int = 200
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


class LightGCN(UserRecommender):
    """score(u, v) = e_u · e_v, the means of their layers.

    table, user_table: layer 0. The tables to answer from: item_means [V + 1, D], user_means [U, D],
    and item_shares [V + 1, D], what an item gives to somebody new.
    """

    item_means: Tensor
    user_means: Tensor
    item_shares: Tensor
    _unseen: UnseenItems  # made in prepare

    def __init__(self, items: int, users: int, settings: LightGCNSettings) -> None:
        super().__init__(items, users, settings.max_length)
        self.settings = settings
        self.table = ItemTable(items, settings.dim)
        self.user_table = nn.Embedding(users, settings.dim)
        nn.init.normal_(self.user_table.weight, std=0.02)
        self.register_buffer("item_means", torch.zeros(items + 1, settings.dim))
        self.register_buffer("user_means", torch.zeros(users, settings.dim))
        self.register_buffer("item_shares", torch.zeros(items + 1, settings.dim))
        self._graph: InteractionGraph | None = None  # a loaded model has none

    def item_vectors(self) -> Tensor:
        """The means that items are scored by; see ``Recommender.item_vectors``."""
        return self.item_means

    def prepare(self, training: SequenceSet) -> None:
        """See ``Recommender.prepare``."""
        self._graph = InteractionGraph.of(training, self.users)
        self._unseen = UnseenItems(training)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """(15), or the cross-entropy in the place of its first term."""
        assert self._graph is not None, "a model is prepared before it is trained"
        settings = self.settings
        means = propagated(self._graph, self._layer_0(), settings.layers)
        item_means, user_means = means[: self.items + 1], means[self.items + 1 :]
        pairs = positives(batch)

        def means_of(some: Tensor | None) -> Tensor:
            return item_means if some is None else functional.embedding(some, item_means)

        vectors = functional.embedding(batch.known_users, user_means)  # [B, D]
        wanting = functional.embedding(pairs.windows, vectors)  # [N, D]
        scores = (wanting * means_of(pairs.items)).sum(dim=-1)
        first = self.user_table(pairs.users), self.table(pairs.items)  # of layer 0, [N, D]
        if settings.loss == "bpr":
            others = self._unseen.draw(pairs.users)
            ranking = pairwise_loss(scores, (wanting * means_of(others)).sum(dim=-1))
            size = penalty(*first, self.table(others))
        else:
            ranking = softmax_loss(
                pairs,
                scores,
                vectors,
                means_of,
                self.items,
                settings.negatives,
                settings.chunk_elements,
            )
            size = penalty(*first)
        loss = ranking + settings.l2_weight * size
        return {"loss": loss, "ranking": ranking.detach(), "penalty": size.detach()}

    def train(self, mode: bool = True) -> Self:
        """Sets training or evaluation; before the latter the tables to answer from are made."""
        super().train(mode)
        if not mode and self._graph is not None:
            self._refresh(self._graph)
        return self

    @torch.no_grad()
    def _refresh(self, graph: InteractionGraph) -> None:
        layer_0, layers = self._layer_0(), self.settings.layers
        before = sum_of_layers(graph, layer_0, layers - 1)
        means = (layer_0 + graph.sums(before)) / (layers + 1)
        degrees = graph.degrees[: self.items + 1, None].clamp(min=1).to(layer_0.dtype)
        self.item_means.copy_(means[: self.items + 1])
        self.user_means.copy_(means[self.items + 1 :])
        self.item_shares.copy_(before[: self.items + 1] / (degrees.sqrt() * (layers + 1)))

    def _layer_0(self) -> Tensor:
        """E^(0), a row for each node: [V + 1 + U, D]."""
        return torch.cat((self.table.weight, self.user_table.weight))

    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        """Of somebody who joins the graph; see ``Recommender.scores``."""
        del lengths
        had = distinct(items)
        there = had > 0
        shares = self.item_shares[had] * there[..., None]  # [B, T, D]
        count = there.sum(dim=1, keepdim=True)
        query = shares.sum(dim=1) * count.to(shares.dtype).rsqrt()
        return scores_over(self.item_means, query)

    def scores_of_users(self, users: Tensor) -> Tensor:
        """See ``UserRecommender.scores_of_users``."""
        return scores_over(self.item_means, self.user_means[users])
