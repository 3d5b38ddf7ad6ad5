"""A causal Transformer over right-padded sequences (Vaswani et al. 2017, pre-norm form).

Padding stands on the right and attention is causal, so a valid position never sees it and no mask
is built. Positions come in two forms (``Positions``):

``right``   learned vectors counted from the right end, as the paper pads at the front: the last
            item always has the last position. A prefix inside a longer sequence is then another
            input than the same prefix alone.
``rotary``  relative: queries and keys are rotated by their distance (Su et al. 2021). Every prefix
            of one pass is exact and appending an item changes nothing before it.
"""

import math
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from engine.models.blocks.dropout import Dropout, dropout

Positions = Literal["right", "rotary"]


class SequenceInput(nn.Module):
    """x_j = LayerNorm(e_{v_j} + position_j), dropout (paper 3.3).

    The table of positions exists only in the ``right`` form.
    """

    def __init__(self, dim: int, max_length: int, positions: Positions, dropout: float) -> None:
        super().__init__()
        self.position = nn.Embedding(max_length, dim) if positions == "right" else None
        if self.position is not None:
            nn.init.normal_(self.position.weight, std=0.02)
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(dropout)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """embedded: [B, T, D] item embeddings; lengths: [B]. Returns [B, T, D]."""
        if self.position is not None:
            steps = torch.arange(embedded.shape[1], device=embedded.device)
            from_right = (lengths[:, None] - 1 - steps).clamp(min=0)  # [B, T]
            embedded = embedded + self.position(from_right)
        dropped: Tensor = self.dropout(self.norm(embedded))
        return dropped


class _Rotation(torch.autograd.Function):
    """Turns pairs (x_i, x_{i+d/2}) by angles; its gradient turns back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _turned(x, cos, sin)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _turned(grad, cos, -sin), None, None


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    left, right = out.chunk(2, dim=-1)
    torch.mul(first, cos, out=left).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=right).addcmul_(first, sin)
    return out


def rotate(x: Tensor) -> Tensor:
    """Rotary position embedding of queries or keys [..., T, d], d even (Su et al. 2021)."""
    steps, half = x.shape[-2], x.shape[-1] // 2
    frequency = 10_000.0 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    angle = torch.arange(steps, device=x.device, dtype=torch.float32)[:, None] * frequency
    # torch declares Function.apply without annotations
    turned: Tensor = _Rotation.apply(x, angle.cos().to(x.dtype), angle.sin().to(x.dtype))  # type: ignore[no-untyped-call]
    return turned


def _attend(query: Tensor, key: Tensor, value: Tensor, drops: float) -> Tensor:
    """Causal attention with dropout, written out: on the CPU torch's own has no fused form of it
    and draws its dropout slowly. All [B, H, T, d]."""
    steps, size = query.shape[-2:]
    future = torch.full((steps, steps), -torch.inf, dtype=query.dtype).triu(1)
    weight = (query @ (key * (1.0 / math.sqrt(size))).transpose(-1, -2) + future).softmax(dim=-1)
    return dropout(weight, drops, True).to(value.dtype) @ value


class CausalAttention(nn.Module):
    """Multi-head self-attention in which position t sees positions up to t."""

    def __init__(self, dim: int, heads: int, positions: Positions, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.rotary = positions == "rotary"
        self.dropout = dropout
        self.query_key_value = nn.Linear(dim, 3 * dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, D]. Returns [B, T, D]."""
        batch, steps, dim = x.shape
        joined = self.query_key_value(x).view(batch, steps, 3, self.heads, dim // self.heads)
        joined = joined.permute(2, 0, 3, 1, 4)
        query_key, value = joined[:2], joined[2]
        query, key = rotate(query_key) if self.rotary else query_key  # each [B, H, T, d]
        drops = self.dropout if self.training else 0.0
        if drops and x.device.type == "cpu":
            mixed = _attend(query, key, value, drops)
        else:
            mixed = functional.scaled_dot_product_attention(
                query, key, value, is_causal=True, dropout_p=drops
            )
        out: Tensor = self.output(mixed.transpose(1, 2).reshape(batch, steps, dim))
        return out


class Block(nn.Module):
    """Attention and feed-forward, each normalised before and added after."""

    def __init__(
        self, dim: int, heads: int, feedforward: int, positions: Positions, dropout: float
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = CausalAttention(dim, heads, positions, dropout)
        self.feedforward_norm = nn.LayerNorm(dim)
        self.feedforward = nn.Sequential(
            nn.Linear(dim, feedforward * dim), nn.GELU(), nn.Linear(feedforward * dim, dim)
        )
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, D]. Returns [B, T, D]."""
        x = x + self.dropout(self.attention(self.attention_norm(x)))
        out: Tensor = x + self.dropout(self.feedforward(self.feedforward_norm(x)))
        return out


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
            Block(dim, heads, feedforward, positions, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, D]. Returns [B, T, D]; position t depends on positions up to t alone."""
        for block in self.blocks:
            x = block(x)
        normed: Tensor = self.norm(x)
        return normed


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
