"""MIE-VAE's decoder and its reconstruction loss: equations (8) and (9)."""

from torch import Tensor, nn

from engine.models.blocks.item_table import ItemTable


class InterestDecoder(nn.Module):
    """ẑ_{t,k} = MLP₂(z_{t,k}), two layers, back in item space; score(v) = max_k ẑ_{t,k} · e_v.

    A LayerNorm on ẑ gives its logits the scale of the decoder's (a choice).
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
        self.norm = nn.LayerNorm(dim)

    def forward(self, z: Tensor) -> Tensor:
        """z: [..., D]. Returns ẑ, [..., D]."""
        decoded: Tensor = self.norm(self.layers(z))
        return decoded

    def reconstruction(
        self,
        drawn: Tensor,
        targets: Tensor,
        table: ItemTable,
        negatives: int,
        chunk_elements: int,
    ) -> Tensor:
        """(8, 9) Cross-entropy of the next item, from a sample of every interest.

        drawn: z_{t,k}, [N, K, D]; targets: int64 [N], in 1..V.
        negatives: items drawn for the softmax; 0 takes the whole catalogue.
        """
        return table.cross_entropy(self(drawn), targets, negatives, chunk_elements)
