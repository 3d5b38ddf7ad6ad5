"""Rotary position embedding: queries and keys are turned by their place (Su et al. 2021)."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


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


def rotate(x: Tensor, places: Tensor | None = None) -> Tensor:
    """Rotary position embedding of queries or keys [..., T, d], d even (Su et al. 2021).

    places: of the T positions, int64 [T] or [..., T]; None is 0..T-1.
    """
    half = x.shape[-1] // 2
    frequency = 10_000.0 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    if places is None:
        places = torch.arange(x.shape[-2], device=x.device)
    angle = places.float()[..., None] * frequency
    # torch declares Function.apply without annotations
    turned: Tensor = _Rotation.apply(x, angle.cos().to(x.dtype), angle.sin().to(x.dtype))  # type: ignore[no-untyped-call]
    return turned
