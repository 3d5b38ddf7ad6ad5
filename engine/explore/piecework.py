"""Long work in short pieces, so that whoever does it can turn to something more urgent in between.

Work is a generator that pauses after every piece and returns its result at the end.
"""

import time
from collections.abc import Callable, Generator
from typing import TypeVar

Result = TypeVar("Result")
Part = TypeVar("Part")

Piecework = Generator[None, None, Result]

PIECE = 0.012
"""Seconds that a piece should take: what a question that comes meanwhile may have to wait."""
FIRST_ROWS = 4


def finish(work: Piecework[Result]) -> Result:
    """Does all of it at once."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


def in_pieces(total: int, do: Callable[[slice], Part], *, most: int) -> Piecework[list[Part]]:
    """Does rows 0..total-1, as many at a time as take about ``PIECE`` seconds, at most ``most``.

    do: takes the rows of a piece; its results are returned in order. It must have ended when it
    returns, which a GPU's has only after a copy to the CPU.
    """
    rows, start, parts = min(FIRST_ROWS, most), 0, []
    while start < total:
        begun = time.perf_counter()
        stop = min(total, start + max(1, rows))
        parts.append(do(slice(start, stop)))
        took = max(time.perf_counter() - begun, 1e-6)
        # The first piece of all may pay for what later ones find warm: never fewer than half.
        rows = max(1, min(most, round(rows * min(2.0, max(0.5, PIECE / took)))))
        start = stop
        yield
    return parts
