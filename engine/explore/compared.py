"""Two runs over all users, metric by metric: plain values, made in all_users.py."""

from dataclasses import dataclass

from engine.evaluation.interval import Difference, Interval


@dataclass(frozen=True)
class Compared:
    """One metric of two runs. difference: first minus second, user by user; None where the metric
    is of lists as a whole. first, second: None where a run has no such metric."""

    metric: str
    first: Interval | float | None
    second: Interval | float | None
    difference: Difference | None

    @property
    def swapped(self) -> "Compared":
        """The same with the sides changed."""
        apart = self.difference
        if apart is not None:
            apart = Difference(-apart.mean, -apart.high, -apart.low)
        return Compared(self.metric, self.second, self.first, apart)
