"""SASRec (Kang & McAuley, Self-Attentive Sequential Recommendation, ICDM 2018).

The network is SIGMA's sequence encoder alone: the same input, the same blocks. Two losses:

``softmax``  cross-entropy over the whole catalogue; it is far better (Klenitskiy & Vasilev, RecSys
             2023) and the fair baseline for SIGMA, which uses it too.
``bce``      the original: binary cross-entropy of the item that came next against one that the user
             has not had, drawn anew for every position in every epoch (section III-E, eq. 7). A
             negative is never a positive of its user.
"""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.item_table import ItemTable
from engine.models.blocks.rows import take_rows
from engine.models.blocks.transformer import Positions, SequenceInput, transformer_of
from engine.models.protocol import Recommender, ScoresByProduct
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems


@dataclass(frozen=True)
class SASRecSettings:
    """Settings of SASRec.

    dim: D, size of embeddings (paper: 50). layers, heads, feedforward (a multiple of D), dropout:
    of the Transformer (paper: 2, 1, 1, .5). hidden_items: share of items hidden from it in
    training. max_length: items the model sees (paper: 50, and 200 for MovieLens). positions:
    ``right`` counts from the end, ``rotary`` from item to item; see blocks/transformer.py. loss:
    ``bce`` is the paper's, with one unseen negative a position; ``softmax`` is cross-entropy over
    the catalogue.
    negatives: items drawn a batch for the softmax, 0 takes the whole catalogue.
    cosine: scores are this many times a cosine, 0 for inner products; see blocks/item_table.py.
    chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    layers: int = 1
    heads: int = 4
    feedforward: int = 4
    dropout: float = 0.5
    hidden_items: float = 0.0
    max_length: int = 100
    positions: Positions = "rotary"
    loss: Literal["softmax", "bce"] = "softmax"
    negatives: int = 0
    cosine: float = 0.0
    chunk_elements: int = CHUNK_ELEMENTS


class SASRec(ScoresByProduct, Recommender):
    """o_t = Transformer(x)_t; score(v) = o_t · e_v."""

    _unseen: UnseenItems  # made in prepare

    def __init__(self, items: int, settings: SASRecSettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        sampled = settings.loss == "bce" or 0 < settings.negatives < items
        self.table = ItemTable(items, settings.dim, sampled=sampled, cosine=settings.cosine)
        self.input = SequenceInput(
            settings.dim,
            settings.max_length,
            settings.positions,
            settings.dropout,
            settings.hidden_items,
        )
        self.encoder = transformer_of(settings)

    def prepare(self, training: SequenceSet) -> None:
        """See ``Recommender.prepare``."""
        if self.settings.loss == "bce":
            self._unseen = UnseenItems(training)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The mean over positions with a target of −log p(v_{t+1} | t), or of (7)."""
        hidden = take_rows(
            self.encoder(self.input(self.table(batch.items), batch.lengths)), batch.rows
        )
        if self.settings.loss == "bce":
            loss = self._binary_cross_entropy(hidden, batch)
        else:
            loss = self.table.cross_entropy(
                hidden, batch.wanted, self.settings.negatives, self.settings.chunk_elements
            )
        return {"loss": loss, "reconstruction": loss.detach()}

    def _binary_cross_entropy(self, hidden: Tensor, batch: Batch) -> Tensor:
        """−mean [ln σ(r_{t,i}) + ln(1 − σ(r_{t,j}))] (7): i came next, u has not had j.

        hidden: [N, D], after each position with a target.
        """
        table, query = self.table, self.table.query(hidden)
        others = self._unseen.draw(batch.known_users[batch.sequences])
        came = (query * table.keys(table(batch.wanted))).sum(dim=-1)
        unseen = (query * table.keys(table(others))).sum(dim=-1)
        return (functional.softplus(-came) + functional.softplus(unseen)).mean()

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``ScoresByProduct.queries``."""
        return self.encoder.last(self.input(self.table(items), lengths), lengths)
