"""A causal Transformer over right-padded sequences (Vaswani et al. 2017, pre-norm form).

Padding stands on the right and attention is causal, so a valid position never sees it and no mask
is built. Positions come in two forms (``Positions``):

``right``   learned vectors counted from the right end, as the paper pads at the front: the last
            item always has the last position. A prefix inside a longer sequence is then another
            input than the same prefix alone.
``rotary``  relative: queries and keys are rotated by their distance (Su et al. 2021). Every prefix
            of one pass is exact and appending an item changes nothing before it.

What does not depend on which way a position looks is shared with bidirectional.py.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.attention import attend
from engine.models.blocks.dropout import Dropout
from engine.models.blocks.rotary import rotate

Positions = Literal["right", "rotary"]


class SequenceInput(nn.Module):
    """x_j = LayerNorm(e_{v_j} + position_j), dropout (paper 3.3).

    The table of positions exists only in the ``right`` form. hidden: share of items that are left
    out of their place in training, e_{v_j} = 0, so that no single item decides what comes next.
    """

    def __init__(
        self,
        dim: int,
        max_length: int,
        positions: Positions,
        dropout: float,
        hidden: float = 0.0,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.position = nn.Embedding(max_length, dim) if positions == "right" else None
        if self.position is not None:
            nn.init.normal_(self.position.weight, std=0.02)
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(dropout)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """embedded: [B, T, D] item embeddings; lengths: [B]. Returns [B, T, D]."""
        if self.training and self.hidden:
            shown = torch.rand(embedded.shape[:2], device=embedded.device) >= self.hidden
            embedded = embedded * shown[..., None]
        if self.position is not None:
            steps = torch.arange(embedded.shape[1], device=embedded.device)
            from_right = (lengths[:, None] - 1 - steps).clamp(min=0)  # [B, T]
            embedded = embedded + self.position(from_right)
        dropped: Tensor = self.dropout(self.norm(embedded))
        return dropped


@dataclass(frozen=True)
class Attended:
    """Keys and values of the positions that a block has seen: each [B, H, T, d], T maybe 0."""

    key: Tensor
    value: Tensor

    def until(self, steps: int) -> "Attended":
        """Those of the first positions."""
        return Attended(self.key[:, :, :steps], self.value[:, :, :steps])


class SelfAttention(nn.Module):
    """The projections of multi-head self-attention, whatever a position may see."""

    def __init__(self, dim: int, heads: int, positions: Positions, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.rotary = positions == "rotary"
        self.dropout = dropout
        self.query_key_value = nn.Linear(dim, 3 * dim)
        self.output = nn.Linear(dim, dim)

    def turned(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of x [B, T, D], rotated where positions are: [B, H, T, d]."""
        joined = self.joined(x)
        query_key, value = joined[:2], joined[2]
        query, key = rotate(query_key) if self.rotary else query_key
        return query, key, value

    def joined(self, x: Tensor) -> Tensor:
        """Queries, keys and values before they are rotated. x: [B, T, D]. [3, B, H, T, d]."""
        batch, steps, dim = x.shape
        joined: Tensor = self.query_key_value(x).view(
            batch, steps, 3, self.heads, dim // self.heads
        )
        return joined.permute(2, 0, 3, 1, 4)

    def merged(self, mixed: Tensor) -> Tensor:
        """What attention gave, [B, H, T, d], put together and projected: [B, T, D]."""
        out: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return out


class CausalAttention(SelfAttention):
    """Position t sees positions up to t."""

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, D]. Returns [B, T, D]."""
        query, key, value = self.turned(x)
        drops = self.dropout if self.training else 0.0
        return self.merged(attend(query, key, value, causal=True, drops=drops))


class Block(nn.Module):
    """Attention and feed-forward, each normalised before and added after.

    attention: decides what a position sees; a block of one kind adds the pass over all positions.
    """

    def __init__(
        self, attention: SelfAttention, dim: int, feedforward: int, dropout: float
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = attention
        self.feedforward_norm = nn.LayerNorm(dim)
        self.feedforward = nn.Sequential(
            nn.Linear(dim, feedforward * dim), nn.GELU(), nn.Linear(feedforward * dim, dim)
        )
        self.dropout = Dropout(dropout)

    def before_attention(self, x: Tensor) -> Tensor:
        """What attention is given of x: [B, T, D]."""
        normed: Tensor = self.attention_norm(x)
        return normed

    def after_attention(self, x: Tensor, attended: Tensor) -> Tensor:
        """Adds what attention gave, then the feed-forward part. Both [B, T, D]."""
        x = x + self.dropout(attended)
        out: Tensor = x + self.dropout(self.feedforward(self.feedforward_norm(x)))
        return out

    def last(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The output at the last position alone: keys and values of all, one query. It sees the
        whole sequence in either direction.

        x: [B, T, D]; lengths: int64 [B]. Returns [B, 1, D].
        """
        where = (lengths - 1)[:, None]
        at_end = x.gather(1, where[..., None].expand(-1, -1, x.shape[-1]))
        normed = self.before_attention(x)
        attention, heads = self.attention, self.attention.heads
        weight, bias = attention.query_key_value.weight, attention.query_key_value.bias
        dim = x.shape[-1]
        query = functional.linear(self.before_attention(at_end), weight[:dim], bias[:dim])
        key, value = (
            functional.linear(normed, weight[dim:], bias[dim:])
            .view(*x.shape[:2], 2, heads, dim // heads)
            .permute(2, 0, 3, 1, 4)
        )
        query = query.view(len(x), 1, heads, dim // heads).transpose(1, 2)
        if attention.rotary:
            query, key = rotate(query, where[:, None]), rotate(key)
        seen = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        mixed = attend(query, key, value, seen=seen[:, None, None])
        return self.after_attention(at_end, attention.merged(mixed))


class CausalBlock(Block):
    """A block in which position t sees positions up to t."""

    def __init__(
        self, dim: int, heads: int, feedforward: int, positions: Positions, dropout: float
    ) -> None:
        attention = CausalAttention(dim, heads, positions, dropout)
        super().__init__(attention, dim, feedforward, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, D]. Returns [B, T, D]."""
        return self.after_attention(x, self.attention(self.before_attention(x)))

    def onward(self, x: Tensor, past: Attended | None) -> tuple[Tensor, Attended]:
        """See ``CausalTransformer.onward``."""
        query, key, value = self.attention.joined(self.before_attention(x))
        before = 0 if past is None else past.key.shape[2]
        places = torch.arange(before, before + x.shape[1], device=x.device)
        if self.attention.rotary:
            query, key = rotate(query, places), rotate(key, places)
        if past is not None:
            key, value = torch.cat((past.key, key), dim=2), torch.cat((past.value, value), dim=2)
        seen = torch.arange(before + x.shape[1], device=x.device) <= places[:, None]  # [n, T]
        mixed = attend(query, key, value, seen=seen)
        return self.after_attention(x, self.attention.merged(mixed)), Attended(key, value)


class CausalTransformer(nn.Module):
    """A stack of blocks that ends in a LayerNorm, so its entries start near 1 in size.

    dim: D; heads must divide it, into even sizes for ``rotary``.
    feedforward: width of the feed-forward layer as a multiple of D.
    """

    def __init__(
        self,
        dim: int,
        layers: int,
        heads: int,
        feedforward: int,
        positions: Positions,
        dropout: float,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            CausalBlock(dim, heads, feedforward, positions, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, D]. Returns [B, T, D]; position t depends on positions up to t alone."""
        for block in self.blocks:
            x = block(x)
        normed: Tensor = self.norm(x)
        return normed

    def last(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The output at the last position of each sequence, for inference: [B, D].

        x: [B, T, D]; lengths: int64 [B]. The last block then works on one position alone.
        """
        for block in list(self.blocks)[:-1]:
            x = block(x)
        final = self.blocks[-1]
        assert isinstance(final, Block)
        normed: Tensor = self.norm(final.last(x, lengths))
        return normed[:, 0]

    def onward(self, x: Tensor, past: list[Attended] | None) -> tuple[Tensor, list[Attended]]:
        """The outputs of new positions after some that are known, for inference.

        x: inputs of the new ones, [B, n, D]; past: what each block has seen before, None at the
        beginning. Equal to one pass over all where positions are ``rotary``. Returns [B, n, D] and
        what the blocks have seen now.
        """
        seen = []
        for index, block in enumerate(self.blocks):
            assert isinstance(block, CausalBlock)
            x, attended = block.onward(x, None if past is None else past[index])
            seen.append(attended)
        normed: Tensor = self.norm(x)
        return normed, seen


class TransformerSettings(Protocol):
    """The settings of a model that a Transformer of it is built from."""

    @property
    def dim(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def heads(self) -> int: ...
    @property
    def feedforward(self) -> int: ...
    @property
    def positions(self) -> Positions: ...
    @property
    def dropout(self) -> float: ...


def transformer_of(settings: TransformerSettings) -> CausalTransformer:
    """A causal Transformer of the structure that a model's settings describe."""
    return CausalTransformer(
        settings.dim,
        settings.layers,
        settings.heads,
        settings.feedforward,
        settings.positions,
        settings.dropout,
    )
