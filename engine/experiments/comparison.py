"""Two lines of a table compared user by user, from the ranks that their runs have kept."""

from pathlib import Path

import torch
from torch import Tensor

from engine.evaluation.bootstrap import Difference, paired_difference
from engine.evaluation.metrics import of_users
from engine.experiments.kept import Result, read_ranks
from engine.experiments.table import Line


def compared_lines(
    first: Line, second: Line, metric: str, root: Path
) -> tuple[tuple[int, ...], Difference] | None:
    """How much better the first line is, over the seeds that both were run with.

    metric: ``recall@K`` or ``ndcg@K``. root: directory of the kept runs. Returns these seeds and
    the difference; None where there is no seed in common, or the data are not the same.
    """
    common = [seed for seed in first.seeds if seed in second.seeds]
    ours = [_by_seed(first, seed) for seed in common]
    others = [_by_seed(second, seed) for seed in common]
    if not common or len({result.data.fingerprint for result in (*ours, *others)}) > 1:
        return None
    return tuple(common), paired_difference(
        _of_users(ours, metric, root), _of_users(others, metric, root)
    )


def _by_seed(line: Line, seed: int) -> Result:
    return next(result for result in line.results if result.seed == seed)


def _of_users(results: list[Result], metric: str, root: Path) -> Tensor:
    """Every user's part of a metric: float64 [S, U]."""
    ranks = [read_ranks(root / result.run, result.data.fingerprint) for result in results]
    return of_users(torch.stack(ranks), metric)
