"""DT4SR (Fan et al., 2021): “Modeling Sequences as Distributions with Uncertainty for Sequential
Recommendation”, arXiv 2106.06165.

An item is a Gaussian with diagonal covariance, and so is what a sequence leads to; the nearer they
are in the 2-Wasserstein distance, the higher the score. Equations, numbered here:

(1) item v: mean m_v, a row of one table; covariance Σ_v = diag(elu(c_v) + 1), c_v a row of another.
(2) sequence: mean μ_t = Transformer(x)_t over means, covariance Σ_t = diag(elu(Transformer′(x′)_t)
    + 1) over c, each with positions of its own.
(3) score(v) = −W²(t, v) = −‖μ_t − m_v‖² − ‖Σ_t^½ − Σ_v^½‖².
(4) BPR: −mean log σ(score(v) − score(v′)), v the next item and v′ one that the user has not had.

Choices, and the traps behind them:

- **Never [B, V, D].** With |a − b|² = |a|² − 2ab + |b|², (3) is one product, of (2μ, 2s, −1) and
  (m, s, |m|² + |s|²), less what does not depend on the item; s stands for Σ^½ − 1, as a common
  shift leaves a difference what it is. Near 1, where Σ^½ begins, the three terms would be large and
  nearly cancel, and products in half precision would lose what is left.
- **Σ^½ has no root of zero.** elu(c) + 1 = e^c below 0, so its root is e^{c/2} there: never NaN,
  where a root of a rounded elu(c) + 1 has an infinite slope.
- The product's vectors are made from both tables, and are no table themselves: scores are computed
  here, not through ``ScoresByProduct``.
- **The full softmax** over (3) is the fair loss beside the other models'; the paper's is ``bpr``.
- **The Transformers** are the blocks of SASRec and SIGMA here: normalised before each part, GELU in
  the feed-forward layer. The authors put ELU there and on queries, keys and values.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS, softmax_cross_entropy
from engine.models.blocks.item_table import ItemTable, scores_over
from engine.models.blocks.pairwise import pairwise_loss
from engine.models.blocks.precision import at_least_float32
from engine.models.blocks.rows import take_rows
from engine.models.blocks.transformer import Positions, SequenceInput, transformer_of
from engine.models.protocol import Recommender
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems


@dataclass(frozen=True)
class DT4SRSettings:
    """Settings of DT4SR.

    dim: D, size of means and of covariances (the authors: 32). layers, heads (the authors: 1 and
    2), feedforward (a multiple of D; theirs: 1), dropout (theirs: .5): of both Transformers.
    max_length: items the model sees (theirs: 50). positions: see blocks/transformer.py; ``right``
    is theirs. loss: ``bpr`` is the paper's (4), ``softmax`` the cross-entropy over the catalogue.
    negatives: items drawn a batch for the softmax, 0 takes the whole catalogue. chunk_elements:
    logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    layers: int = 1
    heads: int = 4
    feedforward: int = 4
    dropout: float = 0.5
    max_length: int = 100
    positions: Positions = "rotary"
    loss: Literal["softmax", "bpr"] = "softmax"
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


def deviation(x: Tensor) -> Tensor:
    """(elu(x) + 1)^½ of any shape: (1 + x)^½ above 0, e^{x/2} below."""
    return (1.0 + x.relu()).sqrt() * (0.5 * x.clamp(max=0.0)).exp()


def distributed(mean: Tensor, covariance: Tensor) -> Tensor:
    """A Gaussian as the point (m, Σ^½ − 1): squared distances of points are W² of Gaussians.

    mean: [..., D]; covariance: [..., D], before (1) makes it positive. Returns [..., 2D].
    """
    return torch.cat((at_least_float32(mean), deviation(at_least_float32(covariance)) - 1.0), -1)


class DT4SR(Recommender):
    """score(v) = −W²(Gaussian of the sequence, Gaussian of v)."""

    _unseen: UnseenItems  # made in prepare

    def __init__(self, items: int, settings: DT4SRSettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        sampled = 0 < settings.negatives < items
        self.table = ItemTable(items, settings.dim, sampled=sampled)  # means
        self.covariance = ItemTable(items, settings.dim, sampled=sampled)
        sizes = (settings.dim, settings.max_length, settings.positions, settings.dropout)
        self.mean_input = SequenceInput(*sizes)
        self.covariance_input = SequenceInput(*sizes)
        self.mean_encoder = transformer_of(settings)
        self.covariance_encoder = transformer_of(settings)

    def prepare(self, training: SequenceSet) -> None:
        """See ``Recommender.prepare``: BPR asks what a user has had."""
        if self.settings.loss == "bpr":
            self._unseen = UnseenItems(training)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """−mean log p(v_{t+1} | t), or (4), over positions with a target."""
        mean = self.mean_encoder(self.mean_input(self.table(batch.items), batch.lengths))
        covariance = self.covariance_encoder(
            self.covariance_input(self.covariance(batch.items), batch.lengths)
        )
        points = distributed(take_rows(mean, batch.rows), take_rows(covariance, batch.rows))
        if self.settings.loss == "bpr":
            loss = self._bpr(points, batch)
        else:
            loss = softmax_cross_entropy(
                _asked(points),
                self._vectors,
                self.items,
                batch.wanted,
                self.settings.negatives,
                self.settings.chunk_elements,
            )
        return {"loss": loss, "reconstruction": loss.detach()}

    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``Recommender.scores``."""
        points = distributed(
            self.mean_encoder.last(self.mean_input(self.table(items), lengths), lengths),
            self.covariance_encoder.last(
                self.covariance_input(self.covariance(items), lengths), lengths
            ),
        )
        products = scores_over(self._vectors(None), _asked(points))
        return products - points.square().sum(dim=-1, keepdim=True)

    def _points(self, items: Tensor | None) -> Tensor:
        """Items as points, [n, 2D]; of None, the whole catalogue, [V + 1, 2D]."""
        if items is None:
            return distributed(self.table.weight, self.covariance.weight)
        return distributed(self.table(items), self.covariance(items))

    def _vectors(self, items: Tensor | None) -> Tensor:
        """Items as what ``_asked`` is multiplied with: (p, |p|²) of their points p, [n, 2D + 1]."""
        points = self._points(items)
        return torch.cat((points, points.square().sum(dim=-1, keepdim=True)), dim=-1)

    def _bpr(self, points: Tensor, batch: Batch) -> Tensor:
        """(4). points: of the positions with a target, [N, 2D]."""
        drawn = self._unseen.draw(batch.known_users[batch.sequences])
        wanted = (points - self._points(batch.wanted)).square().sum(dim=-1)
        other = (points - self._points(drawn)).square().sum(dim=-1)
        return pairwise_loss(-wanted, -other)


def _asked(points: Tensor) -> Tensor:
    """(2q, −1) of points q, so that its product with (p, |p|²) is |q|² − |q − p|²."""
    return torch.cat((2.0 * points, -torch.ones_like(points[..., :1])), dim=-1)
