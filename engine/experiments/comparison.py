"""How SIGMA stands: beside the highest published numbers, and against others user by user."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from engine.evaluation.bootstrap import paired_difference
from engine.evaluation.interval import Difference
from engine.evaluation.metrics import of_users
from engine.experiments.datasets import title_of
from engine.experiments.kept import Result, read_ranks
from engine.experiments.paper import PUBLISHED
from engine.experiments.plan import OURS
from engine.experiments.table import Line, Table
from engine.experiments.texts import NOT_RUN, heading, markdown_table, number


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


def against_published(tables: Sequence[Table]) -> str:
    """The fair comparison beside the highest published numbers."""
    text = (
        "## Against the highest published numbers\n\nOn the same data and split, all items ranked; "
        "ours by the fair comparison."
    )
    metrics = ("recall@10", "ndcg@10", "recall@20", "ndcg@20")
    for table in tables:
        if (table.experiment.name, table.protocol) != ("table2", "fair"):
            continue
        published = PUBLISHED.get(table.dataset)
        if published is None:
            continue
        rows = [
            (method, *(number(values.get(metric)) for metric in metrics))
            for method, values in published.items()
        ]
        for line in table.lines:
            if line.row.label in (*OURS, "sasrec"):
                means = [_mean(line, metric) for metric in metrics]
                cells = [number(mean) if line.was_run else NOT_RUN for mean in means]
                rows.append((f"{line.row.label}, here", *cells))
        head = (title_of(table.dataset), *map(heading, metrics))
        text += "\n\n" + markdown_table(head, rows)
    return text


def below_published(tables: Sequence[Table]) -> list[str]:
    """Where SIGMA's fair numbers lie below the highest published ones, as lines of Markdown."""
    found = []
    for table in tables:
        if (table.experiment.name, table.protocol) != ("table2", "fair"):
            continue
        ours = [line for line in table.lines if line.row.label in OURS]
        for line, metric in product(ours, ("recall@10", "ndcg@10", "recall@20", "ndcg@20")):
            claims = [
                (values[metric], method)
                for method, values in PUBLISHED.get(table.dataset, {}).items()
                if metric in values
            ]
            mean = _mean(line, metric)
            if claims and mean is not None and mean < max(claims)[0]:
                highest, method = max(claims)
                found.append(
                    f"- {title_of(table.dataset)}, fair protocol, {line.row.label}: "
                    f"{heading(metric)} {number(mean)} where {method} has {number(highest)} "
                    f"({_signed(mean - highest)})"
                )
    return found


def _mean(line: Line, metric: str) -> float | None:
    values = [result.test[metric] for result in line.results if metric in result.test]
    return sum(values) / len(values) if values else None


def paired(tables: Sequence[Table], root: Path) -> str:
    """SIGMA, as it begins at random and as its preset begins, against every other line that was
    run, user by user."""
    rows = []
    for table in tables:
        if table.experiment.name not in ("table2", "table3"):
            continue
        ours = [line for line in table.lines if line.row.label in OURS]
        for sigma, line, metric in product(ours, table.lines, ("recall@20", "ndcg@20")):
            if line in ours[: ours.index(sigma) + 1]:
                continue
            found = compared_lines(sigma, line, metric, root)
            if found is None:
                continue
            common, difference = found
            rows.append(
                (
                    title_of(table.dataset),
                    table.protocol,
                    sigma.row.label,
                    line.row.label,
                    heading(metric),
                    ", ".join(map(str, common)),
                    _signed(difference.mean),
                    f"{_signed(difference.low)} to {_signed(difference.high)}",
                    "yes" if difference.is_clear else "no",
                )
            )
    text = (
        "## Is SIGMA better?\n\nSIGMA minus the other, paired by user: the difference of the means "
        "over the seeds that both were run with, its 95 % interval by a bootstrap over users, and "
        "whether that leaves out 0. The interval is that of users; how far seeds scatter is in the "
        "tables."
    )
    if not rows:
        return f"{text}\n\nNothing can be compared yet: {NOT_RUN}."
    head = ("data", "protocol", "SIGMA", "other", "metric", "seeds", "difference", "95 %", "clear")
    return f"{text}\n\n{markdown_table(head, rows)}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{number(abs(value))}"
