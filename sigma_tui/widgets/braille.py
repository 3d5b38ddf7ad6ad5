"""Curves in braille dots: two across and four down in every cell."""

import numpy as np
import numpy.typing as npt

BLANK = 0x2800
"""The braille pattern without a dot."""
BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
"""The bit of each dot of a cell, by row and column."""


def curve_cells(
    values: npt.NDArray[np.float32], width: int, height: int, highest: float
) -> npt.NDArray[np.uint8]:
    """A curve over so many cells, its dots joined up and down: bits of every cell, [height, width].

    values: float [T], each at its place in time from the first to the last dot; the top is
    ``highest``.
    """
    dots_down, dots_across = height * 4, width * 2
    places = np.linspace(0.0, len(values) - 1, dots_across)
    between = np.interp(places, np.arange(len(values)), values)
    row = (dots_down - 1) * (1.0 - np.clip(between / max(highest, 1e-9), 0.0, 1.0))
    rows = np.rint(row).astype(np.intp)  # [dots across]
    before = np.concatenate((rows[:1], rows[:-1]))
    low, high = np.minimum(rows, before), np.maximum(rows, before)
    steep = high - low > 1  # the dot before has its own row
    low, high = np.where(steep & (before < rows), low + 1, low), high
    down = np.arange(dots_down)[:, None]
    grid = (down >= np.where(steep, low, rows)) & (
        down <= np.where(steep & (before > rows), high - 1, np.where(steep, high, rows))
    )
    cells = grid.reshape(height, 4, width, 2)
    bits: npt.NDArray[np.uint8] = (cells * BITS[:, None, :]).sum(axis=(1, 3), dtype=np.uint8)
    return bits


def row_of(value: float, height: int, highest: float) -> int:
    """The row of cells that a curve is on where it has a value."""
    dots = height * 4 - 1
    return round(dots * (1.0 - min(max(value / max(highest, 1e-9), 0.0), 1.0))) // 4
