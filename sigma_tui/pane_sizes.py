"""Sizes that a person gave to panes, as shares of what holds them, so that they fit any terminal.

Of neighbours in a row, a column or a grid the last one takes what the others leave, so a pane is
made larger by moving the border between it and a neighbour.
"""

from dataclasses import dataclass, field
from typing import Literal

from textual.css.scalar import Scalar, Unit
from textual.screen import Screen
from textual.widget import Widget

Side = Literal["width", "height"]
SMALLEST, LARGEST = 0.08, 0.85
"""Shares that a pane may have."""
REST = 0.0
"""The share of a last neighbour: what the others leave."""


@dataclass(frozen=True)
class Divider:
    """A border between neighbours.

    name: of what is set, WIDGET.width, WIDGET.height, GRID.column0 or GRID.row0. last: of the last
    neighbour, which is to take the rest; empty if it does so anyway. cells: the present size. room:
    cells of all neighbours. grows: 1 if the pane that was asked for is before the border, -1 if it
    comes after.
    """

    widget: Widget
    side: Side
    name: str
    last: str
    cells: int
    room: int
    grows: int


@dataclass
class PaneSizes:
    """Shares by the name of a screen's class and of what is set, see ``Divider``."""

    shares: dict[str, dict[str, float]] = field(default_factory=dict)

    def set(self, screen: Screen[object], divider: Divider, cells: int) -> None:
        """Gives what is before the border so many cells, within bounds."""
        if divider.room > 0:
            share = (cells + 0.05) / divider.room  # the layout rounds down
            known = self.shares.setdefault(type(screen).__name__, {})
            known[divider.name] = max(SMALLEST, min(LARGEST, share))
            _size(screen, divider.name, known)
            if divider.last and divider.last not in known:
                known[divider.last] = REST
                _size(screen, divider.last, known)

    def forget(self, screen: Screen[object]) -> None:
        """All panes of a screen have their usual sizes again."""
        for name in self.shares.pop(type(screen).__name__, {}):
            _size(screen, name, {})

    def give(self, screen: Screen[object]) -> None:
        """Gives the panes of a screen their shares; in the narrow layout, which shows one pane at a
        time, and where one fills the screen, they have their usual sizes."""
        usual = screen.has_class("-narrow") or screen.maximized is not None
        shares = self.shares.get(type(screen).__name__, {})
        for name in shares:
            _size(screen, name, {} if usual else shares)


def pane_of(widget: Widget | None) -> Widget | None:
    """The pane that a widget is in, or is."""
    if widget is None:
        return None
    nodes = (node for node in widget.ancestors_with_self if isinstance(node, Widget))
    return next((node for node in nodes if node.has_class("pane") and node.id), None)


def divider_of(pane: Widget, side: Side, *, after: bool | None = None) -> Divider | None:
    """The border that makes a pane larger on a side.

    after: which of both borders, the one after the pane or the one before; None takes the one
    after unless the pane is the last. None is returned where there is no neighbour.
    """
    widget = pane
    along = "horizontal" if side == "width" else "vertical"
    while isinstance(widget.parent, Widget):
        parent = widget.parent
        neighbours = [child for child in parent.children if child.display and _holds(child)]
        if parent.layout.name == "grid" and parent.id:
            found = _in_grid(parent, neighbours, widget, side, after)
            if found is not None:
                return found
        elif parent.layout.name == along and len(neighbours) > 1:
            return _in_row(parent, neighbours, widget, side, after)
        widget = parent
    return None


def _in_row(
    parent: Widget, neighbours: list[Widget], widget: Widget, side: Side, after: bool | None
) -> Divider | None:
    place = neighbours.index(widget)
    behind = place < len(neighbours) - 1 if after is None else after
    before = place if behind else place - 1
    if not 0 <= before < len(neighbours) - 1:
        return None
    moved, last = neighbours[before], neighbours[-1]
    cells = int(getattr(moved.outer_size, side))
    room = _room(parent, side)
    grows = 1 if behind else -1
    size = getattr(last.styles, side)
    rest = "" if size is not None and size.unit == Unit.FRACTION else f"{last.id}.{side}"
    return Divider(moved, side, f"{moved.id}.{side}", rest, cells, room, grows)


def _in_grid(
    grid: Widget, neighbours: list[Widget], widget: Widget, side: Side, after: bool | None
) -> Divider | None:
    """As columns and rows have no names, they are found by where the panes begin and end."""
    span = _across if side == "width" else _down
    starts = sorted({span(one)[0] for one in neighbours})
    end = max(span(one)[1] for one in neighbours)
    first, stop = span(widget)
    behind = stop < end if after is None else after
    line = sum(start < stop for start in starts) - 1 if behind else starts.index(first) - 1
    if not 0 <= line < len(starts) - 1:
        return None
    kind = "column" if side == "width" else "row"
    cells = starts[line + 1] - starts[line]
    room = _room(grid, side)
    return Divider(grid, side, f"{grid.id}.{kind}{line}", "", cells, room, 1 if behind else -1)


def _across(widget: Widget) -> tuple[int, int]:
    return widget.region.x, widget.region.right


def _down(widget: Widget) -> tuple[int, int]:
    return widget.region.y, widget.region.bottom


def _room(parent: Widget, side: Side) -> int:
    """Cells that neighbours share: all of their parent but what is docked, such as the footer."""
    edges = ("left", "right") if side == "width" else ("top", "bottom")
    docked = [child for child in parent.children if child.display and child.styles.dock in edges]
    whole: int = getattr(parent.size, side)
    return whole - sum(int(getattr(child.outer_size, side)) for child in docked)


def _holds(widget: Widget) -> bool:
    """Whether a widget is a pane with a name, or a column of panes with one."""
    return bool(widget.id) and (widget.has_class("pane") or bool(widget.query(".pane")))


def _size(screen: Screen[object], name: str, shares: dict[str, float]) -> None:
    """Sets a size to its share, or takes it back if it has none."""
    holder, _, what = name.rpartition(".")
    share = shares.get(name)
    size = None if share is None else "1fr" if share == REST else f"{share * 100:.4f}%"
    for widget in screen.query(f"#{holder}"):
        if what == "width":
            widget.styles.width = size
        elif what == "height":
            widget.styles.height = getattr(widget, "usual_height", None) if size is None else size
            widget.styles.max_height = None if size is None else "100%"
            widget.set_class(size is not None, "-given-height")
        else:
            kind = what.rstrip("0123456789")
            _size_lines(widget, kind, {at: one for at, one in shares.items() if kind in at})


def _size_lines(grid: Widget, kind: str, shares: dict[str, float]) -> None:
    """Sets columns or rows of a grid to their shares; the last one takes the rest."""
    rule: Literal["grid_columns", "grid_rows"]
    rule = "grid_columns" if kind == "column" else "grid_rows"
    lines = list(getattr(grid.styles.base, rule) or ())
    sizes = {int(at.rpartition(kind)[2]): share for at, share in shares.items()}
    if not sizes or max(sizes) >= len(lines) - 1:
        setattr(grid.styles, rule, None)
        return
    for line, share in sizes.items():
        lines[line] = Scalar.parse(f"{share * 100:.4f}%")
    if lines[-1].unit != Unit.FRACTION:
        lines[-1] = Scalar.parse("1fr")
    setattr(grid.styles, rule, " ".join(str(line) for line in lines))
