"""Dropout from random bytes.

torch draws one random number for every element, one thread at a time, which on a CPU costs more
than the matrix product beside it. A byte decides as well, and one draw has eight of them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

LEVELS = 256
"""Values of a byte: the probability is rounded to a multiple of 1/256, and scaled by what it is."""


def kept(x: Tensor, probability: float) -> Tensor:
    """What to multiply x with: 0 with the given probability, else what keeps the mean the same.

    probability: in [0, 1 − 1/256]. Returns x's shape and dtype, on the CPU.
    """
    threshold = round(probability * LEVELS)
    count = x.numel()
    draws = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    drawn = draws.view(torch.uint8)[:count].view(x.shape)
    return (drawn >= threshold).to(x.dtype).mul_(LEVELS / (LEVELS - threshold))


def dropout(x: Tensor, probability: float, training: bool) -> Tensor:
    """x with elements dropped at random in training, the others scaled up. See ``kept``."""
    if not training or probability == 0.0:
        return x
    if x.device.type != "cpu":
        return functional.dropout(x, probability)
    return x * kept(x, probability)


class Dropout(nn.Module):
    """``dropout`` as a layer."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """x: any shape."""
        return dropout(x, self.probability, self.training)
