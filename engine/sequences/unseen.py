"""Items that a user has not had, drawn at random: negatives of pairwise and binary losses."""

import torch
from torch import Tensor

from engine.sequences.sequence_set import SequenceSet

ROUNDS = 100
"""Draws at most. Somebody who has had nearly everything may after them be left with an item of
their own: one in 2¹⁰⁰ for half of the catalogue, one in 170 for nineteen twentieths."""


class UnseenItems:
    """Knows what every user has had. catalogue: V."""

    def __init__(self, training: SequenceSet) -> None:
        self.catalogue = training.catalogue
        self._pairs = torch.unique(self._pair(training.owners, training.items))  # ascending

    def draw(self, users: Tensor) -> Tensor:
        """One item for each user that the user has not had, uniformly. users: int64 [n]."""
        drawn = torch.randint(1, self.catalogue + 1, users.shape, device=users.device)
        for _ in range(ROUNDS):
            had = self.had(users, drawn)
            if not had.any():
                break
            again = torch.randint(1, self.catalogue + 1, users.shape, device=users.device)
            drawn = again.where(had, drawn)
        return drawn

    def had(self, users: Tensor, items: Tensor) -> Tensor:
        """Whether each user has had each item, bool [n]. users, items: int64 [n]."""
        if not len(self._pairs):
            return torch.zeros_like(items, dtype=torch.bool)
        wanted = self._pair(users, items)
        place = torch.searchsorted(self._pairs, wanted).clamp(max=len(self._pairs) - 1)
        found: Tensor = self._pairs[place] == wanted
        return found

    def _pair(self, users: Tensor, items: Tensor) -> Tensor:
        return users * (self.catalogue + 1) + items
