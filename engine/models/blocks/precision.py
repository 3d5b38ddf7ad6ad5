"""The precision of sums that half precision would spoil: softmaxes, densities, divergences."""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """x in float32, or as it is where it is wider: float64 stays, so that tests can be exact."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
