"""DT4SR's equations once more, one item and one dimension at a time; see slow_sigma.py.

Numbers in brackets are those of engine/models/baselines/dt4sr.py.
"""

import slow_sigma as slow
import torch
from torch import Tensor


class Gaussian:
    """mean: [D]; variance: [D], the diagonal of the covariance."""

    def __init__(self, mean: Tensor, variance: Tensor) -> None:
        self.mean, self.variance = mean, variance


def positive(x: Tensor) -> Tensor:
    """elu(x) + 1."""
    return torch.stack([value + 1.0 if value > 0 else torch.exp(value) for value in x])


def item(v: int, parameters: dict[str, Tensor]) -> Gaussian:
    """(1)"""
    return Gaussian(
        parameters["table.embedding.weight"][v],
        positive(parameters["covariance.embedding.weight"][v]),
    )


def sequence(
    items: list[int], parameters: dict[str, Tensor], heads: int, rotary: bool
) -> list[Gaussian]:
    """(2) What every prefix leads to."""
    sides = []
    for table, name in (("table", "mean"), ("covariance", "covariance")):
        embedded = [parameters[f"{table}.embedding.weight"][v] for v in items]
        x = slow.sequence_input(embedded, slow.within(parameters, f"{name}_input"))
        sides.append(slow.transformer(x, slow.within(parameters, f"{name}_encoder"), heads, rotary))
    return [Gaussian(mean, positive(raw)) for mean, raw in zip(*sides, strict=True)]


def score(left: Gaussian, right: Gaussian) -> Tensor:
    """(3) Minus the squared 2-Wasserstein distance."""
    total = torch.zeros((), dtype=torch.float64)
    for d in range(len(left.mean)):
        total = total - (left.mean[d] - right.mean[d]) ** 2
        total = total - (left.variance[d].sqrt() - right.variance[d].sqrt()) ** 2
    return total
