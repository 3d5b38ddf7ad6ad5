"""BERT4Rec (Sun et al., CIKM 2019): a bidirectional Transformer that fills in masked items.

Numbers in brackets are the paper's. What follows was chosen where it or its authors' code leaves
something open, or where a trap lies:

- **The question ends with a mask.** A history v_1 … v_n is asked about as v_1 … v_n [mask], and the
  output at the mask scores the next item (paper 3.6). ``max_length`` counts items, so the table of
  positions has one row more. The mask is a vector of its own, no row of the item table, which would
  make it an item that could be recommended.
- **Training is asked the same thing.** Masks in the middle see what comes after, the question never
  does. The authors therefore add to every ten masked copies of a sequence one with the last item
  alone masked; ``last_share`` is that part, drawn anew for every window.
- **A sequence is a window with its last target**, so a window of ``max_length`` inputs fills all
  ``max_length`` + 1 positions. Each item is masked with probability ``mask_share``, the authors'
  share of each sequence in expectation, and at least one always is. The paper found .2 best on
  MovieLens, .4 on Steam, .6 on Beauty, whose sequences are short.
- **Undertraining makes it look bad.** A step teaches a fifth of the positions that a causal model
  learns from. The paper trains for 400,000 steps; presets wait long before they stop.
- **Positions** count from the right end, as everywhere here: the mask that asks for the next item
  always has the same one. The authors pad on the right and count from the left.
- **No bias of items** in (7): scores stay inner products with the item table, as those of SASRec
  and SIGMA are. (7) has no LayerNorm either; the authors' code does, and so does this.
- **The loss** is the mean over all masked positions of a batch, as in the authors' code; (8) takes
  the mean of every sequence first.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.bidirectional import BidirectionalTransformer, Norm
from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.item_table import ItemTable
from engine.models.blocks.rows import take_rows
from engine.models.blocks.transformer import Positions, SequenceInput
from engine.models.protocol import Recommender, ScoresByProduct
from engine.sequences.batch import Batch


@dataclass(frozen=True)
class BERT4RecSettings:
    """Settings of BERT4Rec.

    dim: D, size of embeddings (paper: 64). layers, heads (paper: 2 and 2), feedforward (a multiple
    of D), dropout: of the Transformer. norm: see blocks/bidirectional.py; ``after`` is the paper's.
    max_length: items the model sees, the mask apart (paper: 50, or 200 on MovieLens). positions:
    see blocks/transformer.py. mask_share: probability that an item is masked (paper: .2 to .6).
    last_share: probability that the last item of a window is masked alone (the authors' code: 1 of
    11). negatives: items drawn a batch for the softmax, 0 takes the whole catalogue as the paper.
    chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    layers: int = 2
    heads: int = 4
    feedforward: int = 4
    dropout: float = 0.5
    norm: Norm = "before"
    max_length: int = 100
    positions: Positions = "rotary"
    mask_share: float = 0.2
    last_share: float = 0.1
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


class OutputHead(nn.Module):
    """LayerNorm(GELU(h W + b)), what (7) multiplies with the item table."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, hidden: Tensor) -> Tensor:
        """hidden: [..., D]. Returns [..., D]."""
        normed: Tensor = self.norm(functional.gelu(self.linear(hidden)))
        return normed


class BERT4Rec(ScoresByProduct, Recommender):
    """score(v) = head(Transformer(x)_mask) · e_v."""

    def __init__(self, items: int, settings: BERT4RecSettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        self.table = ItemTable(items, settings.dim, sampled=0 < settings.negatives < items)
        self.mask = nn.Parameter(torch.empty(settings.dim).normal_(std=0.02))
        self.input = SequenceInput(
            settings.dim, settings.max_length + 1, settings.positions, settings.dropout
        )
        self.encoder = BidirectionalTransformer(
            settings.dim,
            settings.layers,
            settings.heads,
            settings.feedforward,
            settings.positions,
            settings.dropout,
            settings.norm,
        )
        self.head = OutputHead(settings.dim)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """(8) −mean log p(v_m | the rest) over masked positions of each window and its target."""
        items, lengths = with_last_target(batch)
        masked = drawn_masks(lengths, items.shape[1], self.settings)
        hidden = self.encoder(self._embedded(items, masked, lengths), lengths)
        rows = masked.flatten().nonzero().squeeze(1)
        loss = self.table.cross_entropy(
            self.head(take_rows(hidden, rows)),
            items.flatten()[rows],
            self.settings.negatives,
            self.settings.chunk_elements,
        )
        return {"loss": loss, "reconstruction": loss.detach()}

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``ScoresByProduct.queries``: the output at a mask after the sequence."""
        items = functional.pad(items, (0, 1))
        masked = torch.arange(items.shape[1], device=items.device) == lengths[:, None]
        embedded = self._embedded(items, masked, lengths + 1)
        queries: Tensor = self.head(self.encoder.last(embedded, lengths + 1))
        return queries

    def _embedded(self, items: Tensor, masked: Tensor, lengths: Tensor) -> Tensor:
        """Items with the mask's vector in place of masked ones, as the Transformer's input.

        items: int64 [B, T]; masked: bool [B, T]; lengths: [B]. Returns [B, T, D].
        """
        embedded = self.table(items.masked_fill(masked, 0))  # zero where masked
        embedded = embedded + masked[..., None] * self.mask
        out: Tensor = self.input(embedded, lengths)
        return out


def with_last_target(batch: Batch) -> tuple[Tensor, Tensor]:
    """Each window and the item that followed its last: int64 [B, T + 1], and the lengths [B].

    A window without a last target stays as it is.
    """
    end = batch.lengths[:, None]
    last = batch.targets.gather(1, end - 1)  # [B, 1]
    items = functional.pad(batch.items, (0, 1)).scatter(1, end, last)
    return items, batch.lengths + (last[:, 0] > 0)


def drawn_masks(lengths: Tensor, steps: int, settings: BERT4RecSettings) -> Tensor:
    """Which positions are masked, at least one of each sequence and none of its padding.

    lengths: int64 [B]; steps: T. Returns bool [B, T].
    """
    place = torch.arange(steps, device=lengths.device)
    draws = torch.rand(len(lengths), steps, device=lengths.device)
    draws = draws.masked_fill(place >= lengths[:, None], 2.0)
    masked = (draws < settings.mask_share) | (draws == draws.amin(dim=1, keepdim=True))
    last_alone = torch.rand(len(lengths), 1, device=lengths.device) < settings.last_share
    return torch.where(last_alone, place == lengths[:, None] - 1, masked)
