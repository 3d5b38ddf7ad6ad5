"""How times are taken: repeated, after a burn-in, and reported as median and spread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Timing:
    """Repeated measurements of one thing; the unit is the caller's (seconds unless it says so).

    values: in the order in which they were taken, at least one.
    """

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> "Timing":
        """The measurements as they are."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    @property
    def p95(self) -> float:
        """95 % of the values are at most this."""
        return self._quantile(95)

    def _quantile(self, percent: int) -> float:
        if len(self.values) == 1:
            return self.values[0]
        return quantiles(self.values, n=100, method="inclusive")[percent - 1]

    def as_json(self, digits: int = 4) -> dict[str, float | int]:
        """median, p5 and p95 (the spread), and how many values they come from."""
        return {
            "median": round(self.median, digits),
            "p5": round(self._quantile(5), digits),
            "p95": round(self.p95, digits),
            "repeats": len(self.values),
        }


def ratio(numerator: Timing, denominator: Timing) -> Timing:
    """Ratios of measurements taken in turn: the first by the first, the second by the second …

    Both must have the same number of values. On a noisy machine a ratio of neighbours is steadier
    than a ratio of medians.
    """
    pairs = zip(numerator.values, denominator.values, strict=True)
    return Timing(tuple(above / below for above, below in pairs))


def seconds_of(work: Callable[[], object], synchronise: Callable[[], None] | None = None) -> float:
    """Wall time of one call. synchronise: waits for the device, before and after."""
    if synchronise is not None:
        synchronise()
    started = time.perf_counter()
    work()
    if synchronise is not None:
        synchronise()
    return time.perf_counter() - started
