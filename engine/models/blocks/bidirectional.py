"""A bidirectional Transformer over right-padded sequences (Devlin et al. 2019): every position sees
the whole sequence, and none sees padding.

Blocks are those of transformer.py, normalised before each part, which trains without a warm-up, or
in the original's order, normalised after it (``Norm``).
"""

from typing import Literal

import torch
from torch import Tensor, nn

from engine.models.blocks.attention import attend
from engine.models.blocks.transformer import Block, Positions, SelfAttention

Norm = Literal["before", "after"]


class BidirectionalAttention(SelfAttention):
    """Every position sees all that are not padding."""

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """x: [B, T, D]; seen: bool [B, T], false at padding, true somewhere. Returns [B, T, D]."""
        query, key, value = self.turned(x)
        drops = self.dropout if self.training else 0.0
        mixed = attend(query, key, value, seen=seen[:, None, None], drops=drops)
        return self.merged(mixed)


class BidirectionalBlock(Block):
    """A block in which every position sees all that are not padding."""

    def __init__(
        self, dim: int, heads: int, feedforward: int, positions: Positions, dropout: float
    ) -> None:
        attention = BidirectionalAttention(dim, heads, positions, dropout)
        super().__init__(attention, dim, feedforward, dropout)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """x: [B, T, D]; seen: bool [B, T], false at padding. Returns [B, T, D]."""
        return self.after_attention(x, self.attention(self.before_attention(x), seen))


class PostNormBlock(BidirectionalBlock):
    """The same with each part added first and normalised after (Vaswani et al. 2017):
    a = LayerNorm(x + attention(x)), then LayerNorm(a + feedforward(a))."""

    def before_attention(self, x: Tensor) -> Tensor:
        """See ``Block``: x as it is."""
        return x

    def after_attention(self, x: Tensor, attended: Tensor) -> Tensor:
        """See ``Block``. Both [B, T, D]."""
        x = self.attention_norm(x + self.dropout(attended))
        out: Tensor = self.feedforward_norm(x + self.dropout(self.feedforward(x)))
        return out


class BidirectionalTransformer(nn.Module):
    """A stack of blocks whose output is normalised, whichever order they have.

    dim: D; heads must divide it, into even sizes for ``rotary``. feedforward: width of the
    feed-forward layer as a multiple of D.
    """

    def __init__(
        self,
        dim: int,
        layers: int,
        heads: int,
        feedforward: int,
        positions: Positions,
        dropout: float,
        norm: Norm,
    ) -> None:
        super().__init__()
        block = BidirectionalBlock if norm == "before" else PostNormBlock
        self.blocks = nn.ModuleList(
            block(dim, heads, feedforward, positions, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dim) if norm == "before" else nn.Identity()

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """x: [B, T, D]; lengths: int64 [B]. Returns [B, T, D]; what stands at padding is noise."""
        seen = _seen(x, lengths)
        for block in self.blocks:
            x = block(x, seen)
        normed: Tensor = self.norm(x)
        return normed

    def last(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The output at the last position of each sequence, for inference: [B, D].

        x: [B, T, D]; lengths: int64 [B]. The last block then works on one position alone.
        """
        seen = _seen(x, lengths)
        for block in list(self.blocks)[:-1]:
            x = block(x, seen)
        final = self.blocks[-1]
        assert isinstance(final, Block)
        normed: Tensor = self.norm(final.last(x, lengths))
        return normed[:, 0]


def _seen(x: Tensor, lengths: Tensor) -> Tensor:
    """bool [B, T], true where there is no padding."""
    return torch.arange(x.shape[1], device=x.device) < lengths[:, None]
