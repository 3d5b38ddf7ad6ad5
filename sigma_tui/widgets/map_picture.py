"""The map as lines of text: braille dots for items, outlines for Gaussians, marks for what matters.

Pure and quick, so that it is drawn beside the screen, from numpy arrays and not item by item.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from engine.explore.categories import letter_of
from engine.explore.scene import Region, Scene
from sigma_tui.widgets.viewport import DOTS_ACROSS, DOTS_DOWN, Viewport

BLANK = 0x2800
"""The braille pattern without a dot."""
BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
"""The bit of each dot of a cell, by row and column."""
SAMPLES = 400
"""Points of an outline."""
NEARBY = sorted(
    ((column, row) for row in range(-2, 3) for column in range(-4, 5)),
    key=lambda step: (step[0] ** 2 + 4 * step[1] ** 2, step),
)
"""Where a mark may stand that finds its place taken: steps in cells, nearest first."""
SEEN, LAST = "●", "◉"
"""Items of the sequence, and its last one."""


@dataclass(frozen=True)
class Look:
    """colours: of categories; they repeat. plain: of what has none. strong: of the state. base:
    under all styles."""

    colours: tuple[str, ...]
    plain: str
    strong: str
    background: str
    base: Style

    def colour(self, category: int) -> str:
        """The colour of a category."""
        return self.colours[category % len(self.colours)]


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn.

    scene: compared by identity. axes: the two that are looked at. recommended: (rank, item). lit:
    the one category whose items are drawn, None for all.
    """

    scene: Scene
    axes: tuple[int, int]
    view: Viewport
    recommended: tuple[tuple[int, int], ...]
    lit: int | None
    look: Look


@dataclass(frozen=True)
class Picture:
    """lines: each as wide as the view."""

    wanted: Wanted
    lines: tuple[Strip, ...]


class _Canvas:
    """Characters and styles of a grid of cells."""

    def __init__(self, width: int, height: int, base: Style) -> None:
        self.text = np.full((height, width), " ", dtype="<U1")
        self.style = np.zeros((height, width), dtype=np.int32)
        self._base = base
        self._styles: dict[Style, int] = {Style.null(): 0}
        self._taken: set[tuple[int, int]] = set()

    def number(self, style: Style) -> int:
        """A style by the number that stands for it."""
        return self._styles.setdefault(style, len(self._styles))

    def mark(self, column: int, row: int, text: str, style: Style, *, move: bool) -> None:
        """Writes a mark where there is none yet; with ``move`` a little beside otherwise."""
        height, width = self.text.shape
        for across, down in NEARBY if move else ((0, 0),):
            x, y = column + across, row + down
            cells = [(x + place, y) for place in range(len(text))]
            apart = [(x - 1, y), *cells, (x + len(text), y)] if move else cells
            inside = 0 <= y < height and x >= 0 and x + len(text) <= width
            if not inside or not self._taken.isdisjoint(apart):
                continue
            self._taken.update(cells)
            number = self.number(style)
            for (x, y), letter in zip(cells, text, strict=True):
                self.text[y, x], self.style[y, x] = letter, number
            return

    def lines(self) -> tuple[Strip, ...]:
        """Runs of one style, line by line. Blanks go with what is before them, unless that is seen
        on a blank too: the fewer runs, the less the terminal gets to read."""
        styles = [self._base + style for style in self._styles]
        filled = np.array([style.reverse or style.bgcolor is not None for style in self._styles])
        kept = self.text != " "
        place = np.maximum.accumulate(np.where(kept, np.arange(self.text.shape[1]), 0), axis=1)
        before = np.take_along_axis(self.style, place, axis=1)
        style_of = np.where(filled[before] & ~kept, 0, before)
        lines = []
        for text, style in zip(self.text, style_of, strict=True):
            cuts = [0, *(np.flatnonzero(np.diff(style)) + 1).tolist(), len(style)]
            whole = "".join(text.tolist())
            runs = [
                Segment(whole[start:stop], styles[style[start]])
                for start, stop in pairwise(cuts)
                if stop > start
            ]
            lines.append(Strip(runs, len(whole)))
        return tuple(lines)


def draw(wanted: Wanted) -> Picture:
    """Draws what is wanted: items, then outlines over them, then marks over both."""
    view, scene, look = wanted.view, wanted.scene, wanted.look
    canvas = _Canvas(view.width, view.height, look.base)
    if view.width > 0 and view.height > 0:
        points = scene.projection.points[:, list(wanted.axes)]
        _draw_items(canvas, wanted, points)
        regions = sorted(
            (region for region in scene.regions if wanted.lit in (None, region.category)),
            key=lambda region: region.intensity,
        )
        state = [] if scene.state is None else [scene.state]
        for region in (*regions, *state):
            _draw_outline(canvas, region, wanted)
        for region in (*state, *reversed(regions)):
            _mark_region(canvas, region, wanted)
        for rank, item in wanted.recommended:
            style = Style(color=_colour(scene, item, look), bold=True, reverse=True)
            canvas.mark(*view.cell(points[item]), str(rank), style, move=True)
        for place, item in reversed(list(enumerate(scene.sequence, start=1))):
            mark = LAST if place == len(scene.sequence) else SEEN
            style = Style(color=_colour(scene, item, look), bold=True)
            canvas.mark(*view.cell(points[item]), mark, style, move=False)
    return Picture(wanted, canvas.lines())


def _colour(scene: Scene, item: int, look: Look) -> str:
    if scene.owners is None:
        return look.plain
    return look.colour(int(scene.owners[item]))


def _region_colour(region: Region, look: Look) -> str:
    return look.strong if region.category is None else look.colour(region.category)


def _draw_items(canvas: _Canvas, wanted: Wanted, points: npt.NDArray[np.float32]) -> None:
    view, owners = wanted.view, wanted.scene.owners
    shown = points[1:]
    whose = np.zeros(len(shown), dtype=np.int16) if owners is None else owners[1:]
    if wanted.lit is not None:
        shown, whose = shown[whose == wanted.lit], whose[whose == wanted.lit]
    across, down, inside = _inside(view, shown)
    whose = whose[inside]
    bits = _bits(view, across, down)
    dotted = bits > 0
    kinds = int(whose.max(initial=0)) + 1
    cells = (down // DOTS_DOWN) * view.width + across // DOTS_ACROSS
    counts = np.bincount(cells * kinds + whose, minlength=bits.size * kinds)
    most = counts.reshape(view.height, view.width, kinds).argmax(axis=2)
    colours = [
        wanted.look.plain if owners is None else wanted.look.colour(kind) for kind in range(kinds)
    ]
    styles = np.array([canvas.number(Style(color=colour)) for colour in colours])
    canvas.text[dotted] = (BLANK + bits[dotted].astype(np.uint32)).view("<U1")
    canvas.style[dotted] = styles[most[dotted]]


def _draw_outline(canvas: _Canvas, region: Region, wanted: Wanted) -> None:
    """The ellipse one standard deviation away from the centre."""
    if region.covariance is None:
        return
    axes = list(wanted.axes)
    covariance = region.covariance[np.ix_(axes, axes)]
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(2))
    angle = np.linspace(0.0, 2.0 * np.pi, SAMPLES, endpoint=False)
    around = region.centre[axes] + np.stack((np.cos(angle), np.sin(angle)), axis=1) @ root.T
    across, down, _ = _inside(wanted.view, around)
    bits = _bits(wanted.view, across, down)
    dotted = bits > 0
    style = Style(color=_region_colour(region, wanted.look), bold=True)
    canvas.text[dotted] = (BLANK + bits[dotted].astype(np.uint32)).view("<U1")
    canvas.style[dotted] = canvas.number(style)


def _mark_region(canvas: _Canvas, region: Region, wanted: Wanted) -> None:
    """The letter of an interest, or z for the posterior and q for a query: at the edge with an
    arrow where it lies outside."""
    view = wanted.view
    column, row = view.cell(region.centre[list(wanted.axes)])
    if region.category is not None:
        letter = letter_of(region.category)
    else:
        letter = "z" if wanted.scene.state_kind == "posterior" else "q"
    style = Style(
        color=wanted.look.background, bgcolor=_region_colour(region, wanted.look), bold=True
    )
    if not view.shows(column, row):
        letter, column, row = _at_the_edge(view, letter, column, row)
    canvas.mark(column, row, letter, style, move=True)


def _at_the_edge(view: Viewport, letter: str, column: int, row: int) -> tuple[str, int, int]:
    """A mark with an arrow to what lies outside, and where it stands."""
    if 0 <= column < view.width:
        text = f"{letter}▴" if row < 0 else f"{letter}▾"
    else:
        text = f"◂{letter}" if column < 0 else f"{letter}▸"
    column = max(0, min(column, view.width - len(text)))
    return text, column, max(0, min(row, view.height - 1))


def _inside(
    view: Viewport, points: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Dots of the points that are in the view, column and row, and which they are."""
    dots = view.dots(points)
    size = np.array([view.width * DOTS_ACROSS, view.height * DOTS_DOWN], dtype=dots.dtype)
    inside: npt.NDArray[np.bool_] = np.logical_and.reduce((dots >= 0) & (dots < size), axis=1)
    across, down = dots[inside].astype(np.intp).T
    return across, down, inside


def _bits(
    view: Viewport, across: npt.NDArray[np.intp], down: npt.NDArray[np.intp]
) -> npt.NDArray[np.uint8]:
    """The braille bits of every cell: uint8 [height, width]."""
    bits = np.zeros((view.height, view.width), dtype=np.uint8)
    cells = down // DOTS_DOWN, across // DOTS_ACROSS
    np.bitwise_or.at(bits, cells, BITS[down % DOTS_DOWN, across % DOTS_ACROSS])
    return bits
