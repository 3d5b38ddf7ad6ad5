"""All sequences of a dataset as flat tensors, and the leave-one-out split over them."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from engine.library.contents import Interactions

Split = Literal["valid", "test"]

HELD_OUT = 2
"""Items at the end of a sequence that training never sees: one for validation, one for test."""


@dataclass(frozen=True)
class SequenceSet:
    """Every user's sequence, one after the other, on one device.

    items: int64 [N], ids 1..V. offsets: int64 [U + 1]. catalogue: V.
    """

    items: Tensor
    offsets: Tensor
    catalogue: int

    @classmethod
    def of(cls, interactions: Interactions, device: torch.device | None = None) -> "SequenceSet":
        """The sequences of a dataset."""
        return cls(
            torch.from_numpy(interactions.items).to(device=device, dtype=torch.int64),
            torch.from_numpy(interactions.offsets).to(device),
            len(interactions.item_labels),
        )

    @property
    def lengths(self) -> Tensor:
        """Items of each user, int64 [U]."""
        return self.offsets.diff()

    @property
    def owners(self) -> Tensor:
        """Whose each item of ``items`` is, from 0: int64 [N]."""
        users = torch.arange(len(self.offsets) - 1, device=self.items.device)
        return torch.repeat_interleave(users, self.lengths)

    def training_lengths(self) -> Tensor:
        """Items of each user that training may see, int64 [U].

        All but the last two; a user with fewer than three items has nothing held out.
        """
        lengths = self.lengths
        return torch.where(lengths > HELD_OUT, lengths - HELD_OUT, lengths)

    def training(self) -> "SequenceSet":
        """The part of every sequence that training may see; nothing of it is held out."""
        kept = self.training_lengths()
        offsets = torch.cat((kept.new_zeros(1), kept.cumsum(0)))
        owner = torch.repeat_interleave(torch.arange(len(kept), device=kept.device), kept)
        place = torch.arange(int(offsets[-1]), device=kept.device) - offsets[owner]
        return SequenceSet(self.items[self.offsets[owner] + place], offsets, self.catalogue)

    def users_at(self, places: Tensor) -> Tensor:
        """Whose item stands at each place of ``items``, from 0. places: int64 [n], in 0..N-1."""
        return torch.searchsorted(self.offsets, places, right=True) - 1

    def evaluated(self) -> Tensor:
        """Users with a held-out item in both splits and something before it: int64 [U']."""
        return (self.lengths > HELD_OUT).nonzero().squeeze(1)

    def questions(self, users: Tensor, split: Split, longest: int | None = None) -> "Questions":
        """What a model is given for some users of a split, and the item to be found.

        To predict the test item the model sees training and validation items.
        longest: cut to the last items; None gives the whole history.
        """
        held_out = 1 if split == "test" else 2
        stop = self.offsets[users + 1] - held_out
        start = self.offsets[users]
        if longest is not None:
            start = torch.maximum(start, stop - longest)
        items, lengths = self.slices(start, stop)
        return Questions(items, lengths, self.items[stop])

    def slices(self, start: Tensor, stop: Tensor) -> tuple[Tensor, Tensor]:
        """Gathers flat ranges into a right-padded batch: items [B, T] and lengths [B]."""
        lengths = stop - start
        steps = torch.arange(int(lengths.max()), device=self.items.device)
        inside = steps < lengths[:, None]
        where = (start[:, None] + steps).where(inside, torch.zeros_like(steps))
        return self.items[where] * inside, lengths


@dataclass(frozen=True)
class Questions:
    """items: int64 [B, T], right-padded; lengths: int64 [B]; targets: int64 [B]."""

    items: Tensor
    lengths: Tensor
    targets: Tensor
