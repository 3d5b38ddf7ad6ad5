"""How long the cells that are left will take, from those that were measured."""

from collections.abc import Iterable, Sequence
from statistics import mean

from engine.experiments.kept import Result
from engine.experiments.plan import Cell


class Remaining:
    """An estimate that gets better as cells end. results: kept so far.

    A cell takes as long as the nearest that were measured: of its dataset, model and preset, else
    of its dataset and model, else of its dataset.
    """

    def __init__(self, results: Iterable[Result]) -> None:
        self._measured: dict[tuple[str, ...], list[float]] = {}
        for result in results:
            self.add(result)

    def add(self, result: Result) -> None:
        """Learns from a cell that has ended."""
        seconds = result.seconds + result.seconds_evaluating
        for known in _nearness(result.dataset, result.model, result.preset):
            self._measured.setdefault(known, []).append(seconds)

    def of(self, cell: Cell) -> float | None:
        """Seconds that a whole cell takes; None if nothing like it was measured."""
        for known in _nearness(cell.dataset, cell.model, cell.preset):
            if known in self._measured:
                return mean(self._measured[known])
        return None

    def seconds(self, current: Cell, spent: float, ahead: Sequence[Cell]) -> float | None:
        """Seconds until all is done; None if a cell is like nothing that was measured, or the
        current one takes longer than those did.

        spent: seconds on the current cell; ahead: cells after it.
        """
        expected = [self.of(cell) for cell in (current, *ahead)]
        known = [seconds for seconds in expected if seconds is not None]
        if len(known) < len(expected) or spent > known[0]:
            return None
        return sum(known) - spent


def _nearness(dataset: str, model: str, preset: str) -> tuple[tuple[str, ...], ...]:
    return (dataset, model, preset), (dataset, model), (dataset,)
