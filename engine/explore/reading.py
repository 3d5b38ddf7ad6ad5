"""Reading sequences that differ little from those read before.

An edit leaves everything before it as it was. What the model has read of the last few sequences is
kept; a new one goes on from the longest beginning that it shares with one of them.
"""

import torch

from engine.models.sigma.memory import Memory
from engine.models.sigma.sigma import Sigma

KEPT = 8
"""Sequences that are remembered: the original, and what was tried last."""


class Reader:
    """Reads for one model; nothing is kept where its positions change with every item."""

    def __init__(self, model: Sigma, device: torch.device) -> None:
        self.model, self._device = model, device
        self._known: dict[tuple[int, ...], Memory] = {}

    def read(self, window: tuple[int, ...]) -> Memory:
        """The memory of a sequence of at most ``max_length`` items, none of them padding."""
        nearest, shared = self._nearest(window)
        memory = None if nearest is None else nearest.until(shared)
        if shared < len(window):
            rest = torch.tensor(window[shared:], dtype=torch.int64, device=self._device)
            memory = self.model.read(rest, memory)
        assert memory is not None
        self._known.pop(window, None)
        self._known[window] = memory
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return memory

    def _nearest(self, window: tuple[int, ...]) -> tuple[Memory | None, int]:
        """What shares the longest beginning, and how much."""
        best, shared = None, 0
        for items, memory in self._known.items():
            same = _shared(items, window)
            if same > shared:
                best, shared = memory, same
        return best, shared


def _shared(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    """Items that two sequences begin with alike."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
