"""A GRU that reads every sequence of a batch from its beginning (Cho et al. 2014)."""

from torch import Tensor, nn

from engine.models.blocks.packed_gru import packed_gru
from engine.models.blocks.padded_gru import padded_gru


class SequenceGRU(nn.Module):
    """The state after every item; what comes later, padding too, changes nothing before it.

    dim: of the inputs; state: of the GRU. One layer, from a state of zeros.
    """

    def __init__(self, dim: int, state: int) -> None:
        super().__init__()
        self.gru = nn.GRU(dim, state, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """x: [B, T, dim], padded on the right. Returns [B, T, state]."""
        if x.device.type != "cpu":
            return padded_gru(self.gru, x)
        batch, steps, _ = x.shape
        by_time = x.transpose(0, 1).flatten(0, 1)
        read = packed_gru(by_time, [batch] * steps, *self.gru.parameters())
        return read.view(steps, batch, -1).transpose(0, 1)
