"""A batch of training sequences.

Sequences are padded on the right: a causal model then never sees padding from a valid position, and
no attention mask is needed.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Sequences of similar length with the next item at every position.

    items: int64 [B, T], oldest first, 0 on the right is padding.
    lengths: int64 [B], number of items, at least 1.
    targets: int64 [B, T], the item that followed; 0 where there is none.
    users: int64 [B], whose sequence each is, from 0; None where the data has no users.
    """

    items: Tensor
    lengths: Tensor
    targets: Tensor
    users: Tensor | None = None

    @property
    def valid(self) -> Tensor:
        """bool [B, T], true at positions that have a target."""
        return self.targets > 0

    @cached_property
    def rows(self) -> Tensor:
        """Places of the positions that have a target in the flattened B·T: int64 [N], ascending."""
        return self.targets.flatten().nonzero().squeeze(1)

    @cached_property
    def wanted(self) -> Tensor:
        """The targets at ``rows``: int64 [N]."""
        return self.targets.flatten()[self.rows]

    @property
    def known_users(self) -> Tensor:
        """``users``, int64 [B]. Raises ValueError where there are none."""
        if self.users is None:
            raise ValueError("the batch does not say whose its sequences are")
        return self.users

    @property
    def sequences(self) -> Tensor:
        """In which sequence of the batch each of ``rows`` lies: int64 [N]."""
        return self.rows // self.targets.shape[1]

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        users = None if self.users is None else self.users.to(device)
        return Batch(self.items.to(device), self.lengths.to(device), self.targets.to(device), users)
