"""Tables of kept results: mean and spread over seeds, beside the paper's number.

What was not run has no number here; nothing is guessed or carried over from other settings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from engine.errors import SettingsError
from engine.experiments.datasets import STAND_INS
from engine.experiments.kept import Result, result_of
from engine.experiments.paper import PAPER
from engine.experiments.plan import PROTOCOLS, SEEDS, Experiment, Row


@dataclass(frozen=True)
class Entry:
    """One metric of a line.

    mean, spread: over seeds; None where nothing was run, and the spread also for one seed alone: it
    is the sample's standard deviation. paper: None where the paper has no number on this data.
    """

    mean: float | None
    spread: float | None
    paper: float | None

    @classmethod
    def of(cls, values: Sequence[float], paper: float | None) -> "Entry":
        """From the values of the seeds."""
        return cls(
            mean(values) if values else None,
            stdev(values) if len(values) > 1 else None,
            paper,
        )

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's."""
        return None if self.mean is None or self.paper is None else self.mean - self.paper

    @property
    def is_missed(self) -> bool:
        """Whether something was run and lies below the paper's number."""
        return self.difference is not None and self.difference < 0


@dataclass(frozen=True)
class Line:
    """One row of a table. results: of the seeds that were run. entries: by metric."""

    row: Row
    results: tuple[Result, ...]
    entries: dict[str, Entry]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds that were run."""
        return tuple(result.seed for result in self.results)

    @property
    def was_run(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.results)


@dataclass(frozen=True)
class Table:
    """An experiment on one dataset under one protocol."""

    experiment: Experiment
    dataset: str
    protocol: str
    lines: tuple[Line, ...]

    @property
    def was_run(self) -> bool:
        """Whether any line has results."""
        return any(line.was_run for line in self.lines)


def tables_of(
    experiment: Experiment,
    results: Sequence[Result],
    *,
    protocols: Iterable[str] = tuple(PROTOCOLS),
    datasets: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    seeds: Sequence[int] = SEEDS,
) -> list[Table]:
    """An experiment's tables, one for each dataset and protocol.

    results: all that are kept. datasets: None takes the experiment's, and a stand-in in the place
    of one that has no results where the stand-in has some.
    """
    if datasets is None:
        datasets = [_with_results(key, results) for key in experiment.datasets]
    return [
        Table(
            experiment,
            dataset,
            protocol,
            tuple(
                _line(experiment, row, dataset, protocol, results, seeds)
                for row in experiment.rows_of(models)
                if protocol in row.protocols
            ),
        )
        for dataset in datasets
        for protocol in protocols
    ]


def _with_results(key: str, results: Sequence[Result]) -> str:
    held = {result.dataset for result in results}
    stand_in = STAND_INS.get(key, key)
    return stand_in if key not in held and stand_in in held else key


def _line(
    experiment: Experiment,
    row: Row,
    dataset: str,
    protocol: str,
    results: Sequence[Result],
    seeds: Sequence[int],
) -> Line:
    found = []
    for seed in seeds:
        try:
            result = result_of(row.cell(dataset, protocol, seed), results)
        except SettingsError:  # a model that this program does not have was not run
            result = None
        if result is not None:
            found.append(result)
    paper = PAPER[experiment.name].get(row.label, {}).get(dataset, {})
    entries = {
        metric: Entry.of(
            [result.test[metric] for result in found if metric in result.test], paper.get(metric)
        )
        for metric in experiment.metrics
    }
    return Line(row, tuple(found), entries)
