"""From a latent vector to the vector that scores the items, for variational autoencoders."""

from typing import Literal

import torch
from torch import Tensor, nn

from engine.models.blocks.item_table import ItemTable
from engine.models.blocks.precision import at_least_float32

Output = Literal["own", "tied"]


class LatentDecoder(nn.Module):
    """h = tanh(W z + b), and what multiplies items is made from it.

    output: ``own`` scores item v by h · w_v + b_v with a matrix of output weights of its own, which
    is ``own`` here: the last number of its row v is b_v, and h ends in a 1. ``tied`` scores it by
    (W' h + b') · e_v with the embeddings that the model reads items by; ``own`` is then None.
    latent, hidden, dim: sizes of z, of h and of the embeddings. sampled: see ``ItemTable``.
    """

    def __init__(
        self, items: int, *, latent: int, hidden: int, dim: int, output: Output, sampled: bool
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(latent, hidden)
        self.own = ItemTable(items, hidden + 1, sampled=sampled) if output == "own" else None
        self.projection = nn.Linear(hidden, dim) if output == "tied" else None

    def forward(self, z: Tensor) -> Tensor:
        """z: [..., latent]. Returns what multiplies the rows of the table that scores, float32 or
        wider."""
        h = self.hidden(z).tanh()
        if self.projection is not None:
            return at_least_float32(self.projection(h))
        return at_least_float32(torch.cat((h, torch.ones_like(h[..., :1])), dim=-1))
