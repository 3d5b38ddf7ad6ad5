"""Taking the valid positions out of a padded batch.

A boolean index costs more than a layer: its gradient adds rows one by one, although no row is
taken twice. Here the gradient is a copy.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _TakeRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, rows: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.count = len(x)
        return x.index_select(0, rows)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (rows,) = ctx.saved_tensors
        whole = grad.new_zeros(ctx.count, *grad.shape[1:])
        return whole.index_copy_(0, rows, grad), None


def take_rows(x: Tensor, rows: Tensor) -> Tensor:
    """Positions of a batch, one after the other.

    x: [B, T, ...]; rows: int64 [N], places in the flattened B·T, ascending, none twice.
    Returns [N, ...]; no copy where every position is taken.
    """
    flat = x.flatten(0, 1)
    if len(rows) == len(flat):
        return flat
    # torch declares Function.apply without annotations
    taken: Tensor = _TakeRows.apply(flat, rows)  # type: ignore[no-untyped-call]
    return taken
