"""Curves of a training by epoch, one under the other, each on a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.widget import Widget

from engine.training.course import Point
from sigma_tui.looks import category_colour
from sigma_tui.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.curve import draw_curve
from sigma_tui.widgets.pane import Pane

SCALE = 8
"""Cells left of a curve for the numbers of its scale."""


@dataclass(frozen=True)
class NamedCurve:
    """A curve by its name. highest: of the scale from 0, where it is known; else the curve's own
    lowest and highest values are its scale."""

    name: str
    points: tuple[Point, ...]
    highest: float | None = None


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


class CurvesView(Widget):
    """Draws the curves into whatever room there is."""

    def __init__(self, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self._curves: tuple[NamedCurve, ...] = ()
        self._best = 0

    def show_curves(self, curves: tuple[NamedCurve, ...], best_epoch: int) -> None:
        """See the pane."""
        if (curves, best_epoch) != (self._curves, self._best):
            self._curves, self._best = curves, best_epoch
            self.refresh()

    def render(self) -> Text:
        """All curves, each with name, last value and scale, over one line of epochs."""
        width, height = self.size
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        if not self._curves:
            return Text(f" {self._empty}", style="italic dim", end="")
        first = min(curve.points[0][0] for curve in self._curves)
        last = max(curve.points[-1][0] for curve in self._curves)
        shown = self._curves[: max(1, height - 1)]
        rows, more = divmod(max(len(shown), height - 1), len(shown))
        for index, curve in enumerate(shown):
            colour = category_colour(index, dark=self.app.current_theme.dark)
            lines = rows + (index < more)
            text.append_text(_chart(curve, width, lines, (first, last), colour))
        text.append_text(self._epochs(width, first, last, len(self._curves) - len(shown)))
        return text

    def _epochs(self, width: int, first: int, last: int, left_out: int) -> Text:
        """The line under all curves: first and last epoch, and the best one in its place."""
        room = max(0, width - SCALE)
        line = list(f"{first}".ljust(room))
        if last > first:
            line[room - len(f"{last}") :] = f"{last}"
        if self._best:
            best = f"▲{self._best}"
            place = round((self._best - first) / max(1, last - first) * (room - 1))
            place = max(0, min(room - len(best), place))
            line[place : place + len(best)] = best
        name = f"{left_out} more…" if left_out else "epoch"
        return Text(f"{name:<{SCALE - 1}} {''.join(line)}", style="dim", end="")


def _chart(curve: NamedCurve, width: int, lines: int, across: tuple[int, int], colour: str) -> Text:
    """One curve in so many lines: its name and last value, then the line on its scale."""
    values = [value for _, value in curve.points]
    low, high = (0.0, curve.highest) if curve.highest else (min(values), max(values))
    now = number(values[-1])
    name = visible(curve.name)
    if lines == 1:  # all in one
        drawn = _drawn(curve, max(4, width - 27), 1, across, (low, high))
        line = column(name, 17)
        line.append(drawn[0], colour)
        return line.append(f" {now:>8}\n", "bold")
    text = Text(end="")
    text.append_text(column(name, max(0, width - len(now) - 1), "bold"))
    text.append(f" {now}\n", f"bold {colour}")
    room = lines - 1 - (lines > 5)  # a blank line where there is room for one
    drawn = _drawn(curve, max(4, width - SCALE), room, across, (low, high))
    for place, row in enumerate(drawn):
        scale = number(high) if place == 0 else number(low) if place == room - 1 else ""
        text.append(f"{scale:>{SCALE - 1}} ", "dim")
        text.append(f"{row}\n", colour)
    return text.append("\n" * (lines - 1 - room))


def _drawn(
    curve: NamedCurve, width: int, height: int, across: tuple[int, int], up: tuple[float, float]
) -> list[str]:
    return draw_curve(curve.points, width, height, across=across, up=up)


def number(value: float) -> str:
    """A number in at most seven cells."""
    if value != value or abs(value) == float("inf"):
        return "∞" if value == value else "–"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.4f}"[:6].replace("0.", ".", 1).rstrip(".")
    return f"{value:.1e}"
