"""The timeline as lines of text: small curves where there is little room, a chart where there is
much, and how well each next item was foreseen."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style

from engine.explore.categories import letter_of
from sigma_tui.widgets.braille import BLANK, curve_cells, row_of
from sigma_tui.widgets.canvas import Canvas
from sigma_tui.widgets.cells import rank, share, sparkline

LEFT, RIGHT = 6, 6
"""Cells beside the curves."""
ROOM_FOR_CHART = 10
"""Lines of curves from which they are a chart with an axis."""
CURVES = 8
"""Curves of a chart, at most."""
WELL, FAIRLY = 10, 100
"""Ranks up to which what came next was foreseen."""
BOLD, DIM, REVERSE = Style(bold=True), Style(dim=True), Style(reverse=True)

Colour = Callable[[int], str]


@lru_cache(maxsize=256)
def _style(colour: str, *, bold: bool = False) -> Style:
    """Made once: a new style costs more than all that is drawn with it."""
    return Style(color=colour, bold=bold or None)


@dataclass(frozen=True)
class Timeline:
    """intensities: float [T, K] after every item. ranks: of what came next, float64 [T], or None
    while they are not known. now: items that are not cut off. cursor: a step, from 0. lit: the
    interest that is selected."""

    intensities: npt.NDArray[np.float32]
    ranks: npt.NDArray[np.float64] | None
    now: int
    cursor: int
    lit: int | None

    @property
    def steps(self) -> int:
        """T."""
        return len(self.intensities)


def step_at(cell: int, width: int, steps: int) -> int:
    """The step under a cell of a line of ``width`` cells."""
    room = max(1, width - LEFT - RIGHT)
    place = round((cell - LEFT) * (steps - 1) / max(1, room - 1))
    return max(0, min(place, steps - 1))


def cell_of(step: int, width: int, steps: int) -> int:
    """The cell that a step stands under."""
    room = max(1, width - LEFT - RIGHT)
    return LEFT + round(step * (room - 1) / max(1, steps - 1))


def draw_timeline(
    line: Timeline, width: int, height: int, *, colour: Colour, focused: bool
) -> list[list[Segment]]:
    """All lines from the top; the last ones are of what came next.

    colour: of a category. focused: whether the cursor is shown.
    """
    if not line.steps or width < LEFT + RIGHT + 2 or height < 1:
        return []
    canvas = Canvas(width, height)
    foot = min(2, height - 1)
    room = height - foot
    if line.intensities.shape[1]:
        draw = _chart if room >= ROOM_FOR_CHART else _sparklines
        draw(canvas, line, room, colour)
    if foot > 1:
        _marks(canvas, line, room)
    over_time = slice(0, height - min(1, foot))
    if line.now < line.steps:  # what is cut off is only shown
        cut = cell_of(line.now - 1, width, line.steps) + 1
        canvas.add(slice(cut, width - RIGHT), DIM, rows=over_time)
    if focused:
        column = cell_of(line.cursor, width, line.steps)
        canvas.add(slice(column, column + 1), REVERSE, rows=over_time)
    if foot:
        _ranks(canvas, line, height - 1)
    return [canvas.line(row) for row in range(height)]


def _strongest(line: Timeline) -> list[int]:
    """Interests by their last intensity; the selected one comes first, and so is never left out."""
    order = np.argsort(-line.intensities[-1], kind="stable").tolist()
    return sorted(order, key=lambda category: category != line.lit)


def _sparklines(canvas: Canvas, line: Timeline, height: int, colour: Colour) -> None:
    width = canvas.text.shape[1]
    highest = float(line.intensities.max())
    for row, category in enumerate(_strongest(line)[:height]):
        values = line.intensities[:, category].tolist()
        style = _style(colour(category))
        canvas.write(row, 1, letter_of(category), _style(colour(category), bold=True))
        canvas.write(row, LEFT, sparkline(values, width - LEFT - RIGHT, highest), style)
        canvas.write(row, width - RIGHT + 1, f"{share(values[-1]):>4}", Style.null())


def _chart(canvas: Canvas, line: Timeline, height: int, colour: Colour) -> None:
    """Weak curves first, so that the strong ones lie over them."""
    width = canvas.text.shape[1]
    inside = width - LEFT - RIGHT
    shown = _strongest(line)[:CURVES]
    highest = float(line.intensities.max())
    bits = np.zeros((height, inside), dtype=np.uint8)
    styles = np.zeros((height, inside), dtype=np.int32)
    for category in reversed(shown):
        own = curve_cells(line.intensities[:, category], inside, height, highest)
        bits |= own
        styles[own > 0] = canvas.number(_style(colour(category)))
    text = np.where(bits > 0, BLANK + bits.astype(np.uint32), ord(" ")).astype(np.uint32)
    canvas.paint(0, LEFT, text.view("<U1"), styles)
    for row, level in ((0, share(highest)), (height - 1, "0")):
        canvas.write(row, 1, f"{level:>{LEFT - 2}}", DIM)
    for row, ending in _endings(line, shown, height, highest).items():
        _label(canvas, row, ending, line, colour)


def _endings(line: Timeline, shown: list[int], height: int, highest: float) -> dict[int, list[int]]:
    """Which curves end on each line: the selected one first, then the strongest."""
    last = line.intensities[-1]
    rows: dict[int, list[int]] = {}
    for category in sorted(shown, key=lambda one: (one != line.lit, -float(last[one]))):
        rows.setdefault(row_of(float(last[category]), height, highest), []).append(category)
    return rows


def _label(canvas: Canvas, row: int, ending: list[int], line: Timeline, colour: Colour) -> None:
    """Right where curves end: letter and intensity of one curve, the letters alone of several."""
    place = canvas.text.shape[1] - RIGHT + 1
    room = RIGHT - 1
    named = ending if len(ending) <= room else ending[: room - 1]
    for category in named:
        style = _style(colour(category), bold=True)
        canvas.write(row, place, letter_of(category), style)
        place += 1
    if len(named) < len(ending):
        canvas.write(row, place, "…", DIM)
    elif len(ending) == 1:
        canvas.write(row, place + 1, share(float(line.intensities[-1, ending[0]])), style)


def _marks(canvas: Canvas, line: Timeline, row: int) -> None:
    """A mark a step: how well the next item was foreseen."""
    width = canvas.text.shape[1]
    canvas.write(row, 1, "next", DIM)
    if line.ranks is None:
        canvas.write(row, LEFT, "…", DIM)
        return
    steps = [step_at(cell, width, line.steps) for cell in range(LEFT, width - RIGHT)]
    canvas.write(row, LEFT, "".join(map(_mark, line.ranks[steps].tolist())), Style.null())


def _mark(value: float) -> str:
    if np.isnan(value):
        return " "
    if np.isinf(value):
        return "–"
    return "●" if value <= WELL else "○" if value <= FAIRLY else "·"


def _ranks(canvas: Canvas, line: Timeline, row: int) -> None:
    """The ranks around the cursor, as many as there is room for."""
    width = canvas.text.shape[1]
    name = " rank of what came next: " if width > 60 else " ranks: "
    canvas.write(row, 0, name, DIM)
    if line.ranks is None:
        canvas.write(row, len(name), "…", DIM)
        return
    said = ["?" if np.isnan(value) else rank(value) for value in line.ranks.tolist()]
    first = last = line.cursor
    space, used, grown = width - len(name) - 6, len(said[first]), True
    while grown:
        grown = False
        for place in (first - 1, last + 1):
            if 0 <= place < line.steps and used + len(said[place]) + 3 <= space:
                used += len(said[place]) + 3
                first, last, grown = min(first, place), max(last, place), True
    before = ("… " if first else "") + "".join(f"{one} · " for one in said[first : line.cursor])
    after = "".join(f" · {one}" for one in said[line.cursor + 1 : last + 1])
    after += " …" if last < line.steps - 1 else ""
    place = len(name)
    for text, style in ((before, DIM), (said[line.cursor], BOLD + REVERSE), (after, DIM)):
        canvas.write(row, place, text, style)
        place += len(text)
