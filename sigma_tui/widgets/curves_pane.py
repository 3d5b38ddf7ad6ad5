"""Curves of a training by epoch, one under the other, each on a scale of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from engine.training.course import Point
from sigma_tui.beside.newest import Finder
from sigma_tui.look.looks import category_colours
from sigma_tui.look.text import visible
from sigma_tui.look.themed import Themed
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.curve import draw_curve
from sigma_tui.widgets.pane import Pane

SCALE = 8
"""Cells left of a curve for the numbers of its scale."""
NAME = 18
"""Cells of a name beside its curve, where there is no line of its own for it."""


@dataclass(frozen=True)
class NamedCurve:
    """A curve by its name. highest: of the scale from 0, where it is known; else the curve's own
    lowest and highest values are its scale."""

    name: str
    points: tuple[Point, ...]
    highest: float | None = None


@dataclass(frozen=True)
class Picture:
    """What is to be drawn, and into how many cells. best: the best epoch, 0 before the first.
    colours: of the curves; they repeat."""

    curves: tuple[NamedCurve, ...]
    best: int
    width: int
    height: int
    colours: tuple[str, ...]


class CurvesPane(Pane):
    """Several curves over the same epochs. title: of the pane; empty: said before the first."""

    def __init__(self, *, id: str, title: str, empty: str) -> None:
        super().__init__(id=id)
        self._heading = title
        self._view = CurvesView(empty)

    def compose(self) -> ComposeResult:
        """The curves."""
        yield self._view

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle(self._heading)

    def show_curves(self, curves: Sequence[NamedCurve], best_epoch: int) -> None:
        """Draws other curves, if they are others."""
        self._view.show_curves(tuple(curves), best_epoch)


class CurvesView(Themed, Widget):
    """Shows the curves in whatever room there is; they are drawn in a thread of their own."""

    class Drawn(Message):
        """A picture is drawn."""

        def __init__(self, picture: Picture, strips: list[Strip]) -> None:
            super().__init__()
            self.picture, self.strips = picture, strips

    def __init__(self, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self._curves: tuple[NamedCurve, ...] = ()
        self._best = 0
        self._strips: list[Strip] = []
        self._wanted: Picture | None = None
        self._shown: Picture | None = None
        self._finder: Finder[Picture, list[Strip]] | None = None

    @property
    def drawn(self) -> bool:
        """Whether everything that is to be seen is drawn."""
        return bool(self._strips) and self._shown == self._wanted

    def on_mount(self) -> None:
        """Begins to draw."""
        self._finder = Finder(_draw, self._tell)

    def on_unmount(self) -> None:
        """Ends the thread that draws."""
        if self._finder is not None:
            self._finder.close()

    def use_colours(self) -> None:
        """Curves have others."""
        self._ask()

    def on_resize(self) -> None:
        """The curves fill the room."""
        self._ask()

    def show_curves(self, curves: tuple[NamedCurve, ...], best_epoch: int) -> None:
        """See the pane."""
        self._curves, self._best = curves, best_epoch
        self._ask()

    def _ask(self) -> None:
        width, height = self.size
        colours = category_colours(self.app.current_theme.name)
        wanted = Picture(self._curves, self._best, width, height, colours)
        if self._finder is not None and self._curves and width and wanted != self._wanted:
            self._wanted = wanted
            self._finder.ask(wanted)

    def _tell(self, picture: Picture, strips: list[Strip]) -> None:
        """Called from the thread that draws."""
        self.post_message(self.Drawn(picture, strips))

    @on(Drawn)
    def _show(self, message: Drawn) -> None:
        if message.picture == self._wanted:
            self._shown, self._strips = message.picture, message.strips
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the picture, or of what stands in its place."""
        strips = self._strips if self._curves else self._waiting()
        line = strips[y] if y < len(strips) else Strip.blank(0)
        style = self.rich_style
        return line.crop_extend(0, self.size.width, None).apply_style(style)

    def _waiting(self) -> list[Strip]:
        """What stands there before the first curve, in as many lines as it needs."""
        lines = wrap(self._empty, max(8, self.size.width - 2))
        return [Strip([Segment(f" {line}", Style(italic=True, dim=True))]) for line in lines]


def _draw(picture: Picture, _outdated: Callable[[], bool]) -> list[Strip]:
    """All curves, each with name, last value and scale, over one line of epochs."""
    curves, height = picture.curves, picture.height
    first = min(curve.points[0][0] for curve in curves)
    last = max(curve.points[-1][0] for curve in curves)
    shown = curves[: max(1, height - 1)]
    rows, more = divmod(max(len(shown), height - 1), len(shown))
    strips = []
    for index, curve in enumerate(shown):
        colour = picture.colours[index % len(picture.colours)]
        strips += _chart(curve, picture.width, rows + (index < more), (first, last), colour)
    strips.append(_epochs(picture, first, last, len(curves) - len(shown)))
    return strips


def _epochs(picture: Picture, first: int, last: int, left_out: int) -> Strip:
    """The line under all curves: first and last epoch, and the best one in its place."""
    room = max(0, picture.width - SCALE)
    line = list(f"{first}".ljust(room))
    if last > first:
        line[room - len(f"{last}") :] = f"{last}"
    if picture.best:
        best = f"▲{picture.best}"
        place = round((picture.best - first) / max(1, last - first) * (room - 1))
        after = 0 if picture.best == last else len(f"{last}") + 1
        place = max(0, min(room - after - len(best), place))
        line[place : place + len(best)] = best
    name = f"{left_out} more…" if left_out else "epoch"
    return _strip((f"{name:<{SCALE - 1}} {''.join(line)}", "dim"))


def _chart(
    curve: NamedCurve, width: int, lines: int, across: tuple[int, int], colour: str
) -> list[Strip]:
    """One curve in so many lines: its name and last value, then the line on its scale."""
    values = [value for _, value in curve.points]
    low, high = (0.0, curve.highest) if curve.highest else (min(values), max(values))
    now = number(values[-1])
    name = visible(curve.name)
    if lines == 1:  # all in one
        room = max(4, width - NAME - SCALE)
        row = draw_curve(curve.points, room, 1, across=across, up=(low, high))[0]
        return [_strip((column(name, NAME).plain, ""), (row, colour), (f" {now:>7}", "bold"))]
    head = column(name, max(0, width - len(now) - 1)).plain
    strips = [_strip((head, "bold"), (f" {now}", f"bold {colour}"))]
    room = lines - 1 - (lines > 5)  # a blank line where there is room for one
    drawn = draw_curve(curve.points, max(4, width - SCALE), room, across=across, up=(low, high))
    for place, row in enumerate(drawn):
        scale = number(high) if place == 0 else number(low) if place == room - 1 else ""
        strips.append(_strip((f"{scale:>{SCALE - 1}} ", "dim"), (row, colour)))
    return strips + [Strip.blank(0)] * (lines - 1 - room)


def _strip(*parts: tuple[str, str]) -> Strip:
    return Strip([Segment(text, Style.parse(style)) for text, style in parts])


def number(value: float) -> str:
    """A number in at most seven cells."""
    if value != value or abs(value) == float("inf"):
        return "∞" if value == value else "–"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    if 1e-3 <= abs(value) < 1e4:
        before = len(f"{abs(value):.0f}")
        text = f"{value:.{max(0, 5 - before)}f}"
        sign, digits = text[: value < 0], text[value < 0 :]
        return sign + (digits[1:] if digits.startswith("0.") else digits)
    return f"{value:.1e}"
