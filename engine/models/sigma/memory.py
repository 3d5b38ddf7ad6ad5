"""What SIGMA has read of one sequence, kept so that reading on does not begin again.

Every entry belongs to one position and depends on the items up to it alone, so a memory can be cut
at any prefix and read on from there. That holds for ``rotary`` positions; the paper's, counted from
the right end, change with every item that is added.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.models.blocks.transformer import Attended


@dataclass(frozen=True)
class Memory:
    """items: int64 [T]. posterior, decoder: keys and values of their blocks. mu: of the posterior
    after each item, [T, D]. outputs: of the decoder after each item, [T, D], which score the next.
    embedded: items as the interests see them, [T, D]. log_membership: log p(k|v_j), [T, K].
    category: argmax p(k|v_j), int64 [T]. states: of the category's GRU after each item, [T, D].
    """

    items: Tensor
    posterior: list[Attended]
    decoder: list[Attended]
    mu: Tensor
    outputs: Tensor
    embedded: Tensor
    log_membership: Tensor
    category: Tensor
    states: Tensor

    @property
    def last(self) -> Tensor:
        """Where each category was last seen, counted from 1, 0 while it is empty: int64 [K]."""
        when = torch.arange(1, len(self.category) + 1, device=self.category.device)
        kinds = torch.arange(self.log_membership.shape[1], device=self.category.device)
        return (when[:, None] * (self.category[:, None] == kinds)).amax(dim=0)

    def state_of_categories(self) -> Tensor:
        """The GRU state of each category after the last item read, zeros while empty: [K, D]."""
        last = self.last
        return self.states[(last - 1).clamp(min=0)] * (last > 0)[:, None]

    def then(self, new: "Memory") -> "Memory":
        """This memory and that of the items after it, whose blocks have seen both already."""

        def both(name: str) -> Tensor:
            return torch.cat((getattr(self, name), getattr(new, name)))

        return Memory(
            both("items"),
            new.posterior,
            new.decoder,
            both("mu"),
            both("outputs"),
            both("embedded"),
            both("log_membership"),
            both("category"),
            both("states"),
        )

    def until(self, steps: int) -> "Memory":
        """The memory of the first items."""
        return Memory(
            self.items[:steps],
            [block.until(steps) for block in self.posterior],
            [block.until(steps) for block in self.decoder],
            self.mu[:steps],
            self.outputs[:steps],
            self.embedded[:steps],
            self.log_membership[:steps],
            self.category[:steps],
            self.states[:steps],
        )
