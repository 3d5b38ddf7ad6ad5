"""A histogram in upright bars, exact to an eighth of a cell."""

from rich.text import Text
from textual.widget import Widget

from engine.library.shape import Histogram
from sigma_tui.widgets.cells import HEIGHTS

SCALE = 7
"""Cells of the numbers on the left."""


class Bars(Widget):
    """Bars over a line of numbers at their left edges; the scale is on the left."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._histogram: Histogram | None = None
        self._empty = "loading …"

    def show(self, histogram: Histogram) -> None:
        """Draws another histogram."""
        self._histogram = histogram
        self.refresh()

    def say(self, empty: str) -> None:
        """The text that stands there without a histogram."""
        self._empty = empty
        self.refresh()

    def render(self) -> Text:
        """Draws it in the room there is."""
        if self._histogram is None:
            return Text(f" {self._empty}", style="dim")
        axis = self.app.current_theme.secondary or "dim"
        return bars(self._histogram, self.size.width - 1, self.size.height, axis=axis)


def bars(histogram: Histogram, width: int, height: int, *, axis: str) -> Text:
    """A drawing of so many cells; nothing if the room is too small. axis: style of the numbers."""
    rows, room = height - 1, width - SCALE - 1
    counts = histogram.counts.tolist()
    if rows < 1 or room < 1:
        return Text("")
    if room < len(counts):
        counts = _merged(counts, room)
    starts = [place * room // len(counts) for place in range(len(counts) + 1)]
    gap = int(starts[1] > 2)
    highest = max(*counts, 1)
    eighths = [round(count / highest * rows * 8) or int(count > 0) for count in counts]
    text = Text(no_wrap=True, end="")
    for row in range(rows):
        below = (rows - 1 - row) * 8
        mark = f"{highest:,}" if row == 0 else "0" if row == rows - 1 else ""
        text.append(mark.rjust(SCALE) + " ", axis)
        for place, eighth in enumerate(eighths):
            wide = starts[place + 1] - starts[place]
            text.append(_cell(eighth - below) * (wide - gap) + " " * gap)
        text.append("\n")
    text.append(" " * (SCALE + 1) + _axis(histogram, starts), axis)
    return text


def _cell(eighths: int) -> str:
    return " " if eighths <= 0 else HEIGHTS[min(8, eighths) - 1]


def _axis(histogram: Histogram, starts: list[int]) -> str:
    """The least number of a bar under its left edge, wherever there is room for it."""
    each = -(-len(histogram.counts) // (len(starts) - 1))
    line = ""
    for place, start in enumerate(starts[:-1]):
        mark = f"{int(histogram.edges[place * each]):,}"
        if (start == 0 or start > len(line)) and start + len(mark) <= starts[-1]:
            line = line.ljust(start) + mark
    return line


def _merged(counts: list[int], most: int) -> list[int]:
    """Neighbours together, until there are few enough bars."""
    each = -(-len(counts) // most)
    return [sum(counts[start : start + each]) for start in range(0, len(counts), each)]
