"""A line drawn with braille dots, eight to a cell. Plot libraries take 25 ms and more for such a
curve, which is longer than a frame; this takes less than one."""

import math
from collections.abc import Sequence

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character by row and column."""
BLANK = 0x2800


def draw_curve(
    points: Sequence[tuple[float, float]],
    width: int,
    height: int,
    *,
    across: tuple[float, float],
    up: tuple[float, float],
) -> list[str]:
    """A line through points, as rows of text from above.

    points: x and y, x rising; infinite values are left out. width, height: in cells. across, up:
    the x and y at the edges.
    """
    cells = [[0] * width for _ in range(height)]
    last_column, last_row = width * 2 - 1, height * 4 - 1
    if last_column < 0 or last_row < 0:
        return []

    places: list[tuple[int, int]] = []
    for x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            place = _scaled(x, across, last_column), last_row - _scaled(y, up, last_row)
            if not places or place != places[-1]:  # of many points in one column few differ
                places.append(place)
    for (column, row), (to_column, to_row) in zip(places, places[1:] or places, strict=False):
        wide, high = to_column - column, to_row - row
        steps = max(wide, abs(high), 1)
        for step in range(steps + 1):
            x, y = column + wide * step // steps, row + high * step // steps
            cells[y >> 2][x >> 1] |= DOTS[y & 3][x & 1]
    return ["".join(chr(BLANK + bits) for bits in line) for line in cells]


def _scaled(value: float, edges: tuple[float, float], last: int) -> int:
    low, high = edges
    if high <= low:
        return last // 2
    return round((max(low, min(high, value)) - low) / (high - low) * last)
