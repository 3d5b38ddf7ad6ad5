"""Sizes that a person gave to panes, as shares of what holds them, so that they fit any terminal.

A pane is made larger by moving the border between it and a neighbour. Of the two the one gets a
size that does not take what others leave, so that the row or column stays full.
"""

from dataclasses import dataclass, field
from typing import Literal

from textual.css.scalar import Unit
from textual.screen import Screen
from textual.widget import Widget

Side = Literal["width", "height"]
SMALLEST, LARGEST = 0.08, 0.85
"""Shares that a pane may have."""


@dataclass(frozen=True)
class Divider:
    """A border between neighbours. sized: the one whose size is set. side: in which direction.
    grows: 1 if the pane that was asked for is ``sized``, else -1. forward: 1 if ``sized`` is before
    the border, so that it grows with it, else -1."""

    sized: Widget
    side: Side
    grows: int
    forward: int

    @property
    def cells(self) -> int:
        """The present size."""
        return int(getattr(self.sized.outer_size, self.side))


@dataclass
class PaneSizes:
    """Shares by the name of a screen's class and ``PANE.width`` or ``PANE.height``."""

    shares: dict[str, dict[str, float]] = field(default_factory=dict)

    def set(self, screen: Screen[object], divider: Divider, cells: int) -> None:
        """Gives one side of a border so many cells, within bounds."""
        whole = _room(divider)
        if whole > 0:
            share = max(SMALLEST, min(LARGEST, (cells + 0.05) / whole))  # the layout rounds down
            known = self.shares.setdefault(type(screen).__name__, {})
            name = f"{divider.sized.id}.{divider.side}"
            known[name] = share
            _size(screen, name, share)

    def forget(self, screen: Screen[object]) -> None:
        """All panes of a screen have their usual sizes again."""
        for name in self.shares.pop(type(screen).__name__, {}):
            _size(screen, name, None)

    def give(self, screen: Screen[object]) -> None:
        """Gives the panes of a screen their shares; in the narrow layout, which shows one pane at a
        time, they have their usual sizes."""
        usual = screen.has_class("-narrow")
        for name, share in self.shares.get(type(screen).__name__, {}).items():
            _size(screen, name, None if usual else share)


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
    while isinstance(widget.parent, Widget):
        neighbours = [child for child in widget.parent.children if child.display and _holds(child)]
        along = "horizontal" if side == "width" else "vertical"
        if widget.parent.layout.name == along and len(neighbours) > 1:
            place = neighbours.index(widget)
            last = len(neighbours) - 1
            behind = place < last if after is None else after
            start = place if behind else place - 1
            if not 0 <= start < last:
                return None
            sized = neighbours[start], neighbours[start + 1]
            return _border(sized, side, asked=0 if behind else 1)
        widget = widget.parent
    return None


def _border(pair: tuple[Widget, Widget], side: Side, *, asked: int) -> Divider:
    """The border of two neighbours. asked: which one is to grow."""
    first, second = (_takes_the_rest(one, side) for one in pair)
    sized = 1 if first and not second else 0
    return Divider(pair[sized], side, 1 if sized == asked else -1, -1 if sized else 1)


def _takes_the_rest(widget: Widget, side: Side) -> bool:
    size = getattr(widget.styles, side)
    return size is None or size.unit == Unit.FRACTION


def _room(divider: Divider) -> int:
    """Cells that neighbours share: all of their parent but what is docked, such as the footer."""
    parent = divider.sized.parent
    if not isinstance(parent, Widget):
        return 0
    edges = ("left", "right") if divider.side == "width" else ("top", "bottom")
    docked = [child for child in parent.children if child.display and child.styles.dock in edges]
    whole: int = getattr(parent.size, divider.side)
    return whole - sum(int(getattr(child.outer_size, divider.side)) for child in docked)


def _holds(widget: Widget) -> bool:
    """Whether a widget is a pane with a name, or a column of panes with one."""
    return bool(widget.id) and (widget.has_class("pane") or bool(widget.query(".pane")))


def _size(screen: Screen[object], name: str, share: float | None) -> None:
    """Sets a size, or takes it back."""
    pane, _, side = name.rpartition(".")
    for widget in screen.query(f"#{pane}"):
        size = None if share is None else f"{share * 100:.4f}%"
        if side == "width":
            widget.styles.width = size
        else:
            usual = getattr(widget, "usual_height", None)
            widget.styles.height = usual if size is None else size
            widget.styles.max_height = None if size is None else "100%"
            widget.set_class(size is not None, "-given-height")
