"""SASRec (Kang & McAuley, ICDM 2018) with cross-entropy over the whole catalogue.

The original trains with one sampled negative and binary cross-entropy; the full softmax is far
better (Klenitskiy & Vasilev, RecSys 2023) and is the fair baseline for SIGMA, which uses it too.
The network is SIGMA's sequence encoder alone: the same input, the same blocks.
"""

from dataclasses import dataclass

from torch import Tensor

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.item_table import ItemTable
from engine.models.blocks.rows import take_rows
from engine.models.blocks.transformer import Positions, SequenceInput, transformer_of
from engine.models.protocol import Recommender, ScoresByProduct
from engine.sequences.batch import Batch


@dataclass(frozen=True)
class SASRecSettings:
    """Settings of SASRec.

    dim: D, size of embeddings. layers, heads, feedforward (a multiple of D), dropout: of the
    Transformer. hidden_items: share of items hidden from it in training. max_length: items the
    model sees. positions: see blocks/transformer.py.
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
    negatives: int = 0
    cosine: float = 0.0
    chunk_elements: int = CHUNK_ELEMENTS


class SASRec(ScoresByProduct, Recommender):
    """o_t = Transformer(x)_t; score(v) = o_t · e_v."""

    def __init__(self, items: int, settings: SASRecSettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        sampled = 0 < settings.negatives < items
        self.table = ItemTable(items, settings.dim, sampled=sampled, cosine=settings.cosine)
        self.input = SequenceInput(
            settings.dim,
            settings.max_length,
            settings.positions,
            settings.dropout,
            settings.hidden_items,
        )
        self.encoder = transformer_of(settings)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """−mean log p(v_{t+1} | t) over positions with a target."""
        hidden = self.encoder(self.input(self.table(batch.items), batch.lengths))
        loss = self.table.cross_entropy(
            take_rows(hidden, batch.rows),
            batch.wanted,
            self.settings.negatives,
            self.settings.chunk_elements,
        )
        return {"loss": loss, "reconstruction": loss.detach()}

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``ScoresByProduct.queries``."""
        return self.encoder.last(self.input(self.table(items), lengths), lengths)
