"""Numbers over users with how sure one can be of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A mean over users. low, high: a 95 % interval of it."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference(Interval):
    """How much better the first of two models is. low, high: a 95 % interval of the difference."""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no difference at all."""
        return self.low > 0 or self.high < 0
