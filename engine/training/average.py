"""A running average of the weights (Polyak & Juditsky 1992), which validates better than the last.

Every step moves the average a little towards the weights; validation, checkpoint and test use it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from engine.models.protocol import Recommender


class WeightAverage:
    """The average of a model's parameters.

    decay: share of the old average that a step keeps, in [0, 1). 0 is the last weights themselves,
    and costs nothing.
    averages: float, one for each parameter in the model's order; empty if decay is 0.
    steps: that were averaged.
    """

    def __init__(self, model: Recommender, decay: float) -> None:
        self._decay = decay
        self._weights = [parameter.detach() for parameter in model.parameters()]
        self.averages: list[Tensor] = [weight.clone() for weight in self._weights] if decay else []
        self.steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """Follows the weights after a step. A young average forgets faster, so that the weights of
        the start, which are noise, are soon gone."""
        self.steps += 1
        if self.averages:
            decay = min(self._decay, (1.0 + self.steps) / (10.0 + self.steps))
            torch._foreach_lerp_(self.averages, self._weights, 1.0 - decay)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Within it, the model computes with the average."""
        if not self.averages:
            yield
            return
        with torch.no_grad():
            kept = [weight.clone() for weight in self._weights]
            torch._foreach_copy_(self._weights, self.averages)
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(self._weights, kept)
