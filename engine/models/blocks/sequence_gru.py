"""A GRU that reads every sequence of a batch from its beginning (Cho et al. 2014)."""

import torch
from torch import Tensor, nn

from engine.models.blocks.packed_gru import gru_states


class SequenceGRU(nn.Module):
    """The state after every item; what comes later, padding too, changes nothing before it.

    dim: of the inputs; state: of the GRU. One layer, from a state of zeros.
    """

    def __init__(self, dim: int, state: int) -> None:
        super().__init__()
        self.gru = nn.GRU(dim, state, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, dim], padded on the right. Returns [B, T, state]."""
        batch, steps, _ = x.shape
        by_time = x.transpose(0, 1).flatten(0, 1)
        read = gru_states(self.gru, by_time, torch.full((steps,), batch))
        return read.view(steps, batch, -1).transpose(0, 1)
