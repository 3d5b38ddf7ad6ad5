"""Batches of training windows of similar length.

A batch holds a bounded number of positions, and windows of one batch have nearly one length, so
that little of it is padding. The order depends on (seed, epoch) alone: a resumed training sees the
same batches.
"""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from engine.errors import TrainingError
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet

Windows = Literal["all", "last"]


class TrainingBatches:
    """The batches of every epoch.

    sequences: the data. max_length: positions of a window at most. positions: of a batch at most,
    padding included (a single window may exceed it). windows: ``all`` cuts a long sequence into
    consecutive windows whose borders move every epoch, so that every item is learnt from; ``last``
    keeps the last window alone, as the paper does.
    """

    def __init__(
        self,
        sequences: SequenceSet,
        *,
        max_length: int,
        positions: int,
        windows: Windows,
        seed: int,
    ) -> None:
        self.sequences = sequences
        self.max_length = max_length
        self.positions = positions
        self.windows = windows
        self.seed = seed

    def epoch(self, number: int, *, share: int = 0, shares: int = 1) -> "EpochBatches":
        """The batches of one epoch, numbered from 0, in the order in which they are seen.

        shares: deals the batches out, to be seen side by side; share: which of them, from 0. Each
        share has as many batches, and together they hold every window once.
        """
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        start, stop = self._windows(generator)
        lengths = stop - start - 1  # positions with a target
        jitter = torch.rand(len(lengths), generator=generator)
        # Nearly sorted by length: windows of one length are shuffled among themselves.
        order = (lengths + jitter).argsort()
        start, stop, lengths = start[order], stop[order], lengths[order]
        bounds = _divisible(self._bounds(lengths), shares)
        shuffled = torch.randperm(len(bounds) - 1, generator=generator)
        return EpochBatches(self.sequences, start, stop, bounds, shuffled[share::shares])

    def _windows(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Flat ranges of items, on the CPU: each has at least two items and at most L + 1."""
        offsets = self.sequences.offsets.cpu()
        begin = offsets[:-1]
        end = begin + self.sequences.training_lengths().cpu()
        if self.windows == "last":
            start, stop = torch.maximum(begin, end - self.max_length - 1), end
        else:
            # The first border lies at random within one window from the end; consecutive windows
            # share one item, the target of one and the first input of the next.
            length = self.max_length
            shift = (torch.rand(len(begin), generator=generator) * length).long()
            shift = torch.where(end - begin > length + 1, shift, torch.zeros_like(shift))
            count = (end - begin - 2 - shift).clamp(min=0) // length + 1 + (shift > 0).long()
            owner = torch.repeat_interleave(torch.arange(len(begin)), count)
            first = torch.repeat_interleave(count.cumsum(0) - count, count)
            place = torch.arange(len(owner)) - first  # 0 is the last window in time
            shifted = shift[owner]
            back = torch.where(shifted > 0, shifted + (place - 1) * length, place * length)
            stop = end[owner] - back.clamp(min=0)
            width = torch.where((shifted > 0) & (place == 0), shifted, torch.tensor(length))
            start = torch.maximum(begin[owner], stop - width - 1)
        useful = stop - start >= 2
        return start[useful], stop[useful]

    def _bounds(self, lengths: Tensor) -> list[int]:
        """Borders between batches in sorted order, so that count × longest stays in the budget."""
        bounds = [0]
        while bounds[-1] < len(lengths):
            begin = bounds[-1]
            # The longest of rows begin..e is at e: the widest batch that fits, by bisection.
            low, high = begin + 1, min(len(lengths), begin + self.positions)
            while low < high:
                middle = (low + high + 1) // 2
                if int(lengths[middle - 1]) * (middle - begin) <= self.positions:
                    low = middle
                else:
                    high = middle - 1
            bounds.append(low)
        return bounds


def _divisible(bounds: list[int], shares: int) -> list[int]:
    """Splits the batches with most windows until their number can be dealt out evenly.

    Raises TrainingError if there are fewer windows than shares.
    """
    if bounds[-1] < shares and bounds[-1]:
        raise TrainingError(
            f"{shares} processes cannot share {bounds[-1]} sequences. Train in one process."
        )
    while (len(bounds) - 1) % shares:
        widest = max(range(len(bounds) - 1), key=lambda i: bounds[i + 1] - bounds[i])
        bounds.insert(widest + 1, (bounds[widest] + bounds[widest + 1]) // 2)
    return bounds


class EpochBatches:
    """The batches of one epoch; can begin at any of them.

    windows: number of training windows in them.
    """

    def __init__(
        self,
        sequences: SequenceSet,
        start: Tensor,
        stop: Tensor,
        bounds: list[int],
        order: Tensor,
    ) -> None:
        self._sequences = sequences
        self._start = start.to(sequences.items.device)
        self._stop = stop.to(sequences.items.device)
        self._bounds = bounds
        self._order = order.tolist()
        self.windows = sum(bounds[index + 1] - bounds[index] for index in self._order)

    def __len__(self) -> int:
        return len(self._order)

    def lengths(self, steps: int) -> Tensor:
        """Positions with a target of every window of the first batches, int64 [W]."""
        rows = [torch.arange(self._bounds[i], self._bounds[i + 1]) for i in self._order[:steps]]
        chosen = torch.cat(rows)
        return (self._stop.cpu() - self._start.cpu() - 1)[chosen]

    def since(self, step: int) -> Iterator[Batch]:
        """The batches from the given step on."""
        for index in self._order[step:]:
            rows = slice(self._bounds[index], self._bounds[index + 1])
            items, lengths = self._sequences.slices(self._start[rows], self._stop[rows])
            inputs, targets = items[:, :-1], items[:, 1:]
            users = self._sequences.users_at(self._start[rows])
            yield Batch(inputs * (targets > 0), lengths - 1, targets, users)
