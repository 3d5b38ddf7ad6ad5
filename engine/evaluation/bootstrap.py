"""Is one model better than another, user by user? A paired bootstrap.

Both rank the same held-out items, so a user's two results belong together: their difference is
resampled over users, which leaves out all that makes users easy or hard for both.
"""

import torch
from torch import Tensor

from engine.evaluation.interval import Difference, Interval

RESAMPLES = 2_000
DRAWN_AT_ONCE = 1 << 22
"""Users drawn at a time, a bound on memory: 32 MiB."""


def paired_difference(
    first: Tensor, second: Tensor, *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """The mean difference over users, with the interval of the percentile bootstrap.

    first, second: each user's part of a metric, float [U] in the same order of users; or [S, U] of
    S seeds each, whose mean is compared: the interval is then that of users, not of seeds.
    """
    if first.shape[-1] != second.shape[-1]:
        raise ValueError("paired results are of the same users")
    apart = _mean_of_seeds(first) - _mean_of_seeds(second)  # [U]
    [found] = mean_intervals(apart[None], resamples=resamples, seed=seed)
    return Difference(found.mean, found.low, found.high)


def mean_intervals(parts: Tensor, *, resamples: int = RESAMPLES, seed: int = 0) -> list[Interval]:
    """The means of M quantities over users, each with the interval of the percentile bootstrap.

    parts: float [M, U]. All are resampled by the same draws of users.
    """
    parts = parts.double()
    users = parts.shape[1]
    generator = torch.Generator().manual_seed(seed)
    rows = max(1, DRAWN_AT_ONCE // users)
    means = []
    for start in range(0, resamples, rows):
        drawn = torch.randint(users, (min(rows, resamples - start), users), generator=generator)
        times = torch.zeros(drawn.shape, dtype=torch.float64)  # that each user was drawn
        times.scatter_add_(1, drawn, torch.ones_like(times))
        means.append(times @ parts.T / users)
    ends = torch.tensor([0.025, 0.975], dtype=torch.float64)
    low, high = torch.cat(means).quantile(ends, dim=0).tolist()
    return [Interval(*found) for found in zip(parts.mean(dim=1).tolist(), low, high, strict=True)]


def _mean_of_seeds(parts: Tensor) -> Tensor:
    parts = parts.double()
    return parts.mean(dim=0) if parts.dim() == 2 else parts
