"""The map: a cursor moves on it, by keys and mouse, and what is nearest is named."""

import numpy as np
import numpy.typing as npt
from textual import events
from textual.message import Message

from engine.explore.scene import Region, Scene
from sigma_tui.widgets.painted_map import PaintedMap
from sigma_tui.widgets.viewport import Viewport

STEP = 1.5
"""How much larger or smaller one step of zooming makes the map."""
PERCENTILES = (0.3, 99.7)
"""Of the items on each axis: what the whole map shows at least, so that a few far ones do not make
all the rest small."""
CLOSE = 3
"""Cells around the cursor after which the view follows it."""


class MapView(PaintedMap, can_focus=True):
    """Items of a run in two dimensions with a sequence on them."""

    class Pointed(Message):
        """Another item is nearest to the cursor; None where there is none."""

        def __init__(self, item: int | None) -> None:
            super().__init__()
            self.item = item

    class Opened(Message):
        """A double click on an item."""

        def __init__(self, item: int) -> None:
            super().__init__()
            self.item = item

    class Moved(Message):
        """The view is another one."""

    def __init__(self, *, id: str, shy: bool = False) -> None:
        """shy: the cursor is seen with the focus only."""
        super().__init__(id=id, shy=shy)
        self._whole = True  # nobody has zoomed or moved
        self._dragged_from: tuple[events.MouseDown, Viewport] | None = None
        self._dragging = False
        self._awaited: int | None = None

    @property
    def nearest(self) -> int | None:
        """The item that is nearest to the cursor."""
        return self._nearest

    @property
    def axes(self) -> tuple[int, int]:
        """The two axes that are looked at, from 0."""
        return self._axes

    @property
    def lit(self) -> int | None:
        """The one category whose items are shown, or None for all."""
        return self._lit

    @property
    def view(self) -> Viewport | None:
        """The part that is shown."""
        return self._view

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor."""
        return self._cursor

    def show(
        self, scene: Scene, recommended: tuple[tuple[int, int], ...], *, whole: bool = False
    ) -> None:
        """Shows a sequence and its list, (rank, item); the view stays where it is. whole: unless
        nobody has chosen it."""
        self._scene, self._recommended = scene, recommended
        self._pictures.clear()
        if self._view is None or (whole and self._whole):
            self.show_all()
        else:
            self._ask()
        if self._awaited is not None:
            self.point_at(self._awaited)

    def show_all(self) -> None:
        """The whole map, with the cursor in its middle."""
        if self._scene is None or not self.size.area:
            return
        low, high = np.percentile(self._points[1:], PERCENTILES, axis=0).astype(np.float64)
        interests = [edge for region in self._scene.regions for edge in self._edges(region)]
        marked = [*self._scene.sequence, *(item for _, item in self._recommended)]
        shown = np.array([low, high, *interests, *self._points[marked]])
        self._view = Viewport.around(shown, *self.size)
        self._cursor = self.size.width // 2, self.size.height // 2
        self._changed()
        self._whole = True

    def look_along(self, axes: tuple[int, int]) -> None:
        """Turns to another two axes."""
        self._axes = axes
        self.show_all()

    def light(self, category: int | None) -> None:
        """Shows the items of one category alone, or all."""
        self._lit = category
        self._changed()

    def zoom(self, steps: int, at: tuple[int, int] | None = None) -> None:
        """Zooms in, or out below 0, around a cell; the cursor's by default."""
        if self._view is not None:
            self._view = self._view.zoomed(STEP**steps, *(at or self._cursor))
            self._whole = False
            self._changed()

    def go(self, columns: int, rows: int) -> None:
        """Moves the cursor; near the edge the view comes along."""
        if self._view is None:
            return
        column, row = self._cursor[0] + columns, self._cursor[1] + rows
        width, height = self.size
        across = min(0, column - CLOSE) + max(0, column - (width - 1 - CLOSE))
        down = min(0, row - CLOSE) + max(0, row - (height - 1 - CLOSE))
        if width > 2 * CLOSE and height > 2 * CLOSE and (across or down):
            self._view = self._view.moved(across, down)
            column, row = column - across, row - down
            self._cursor = column, row
            self._whole = False
            self._changed()
        else:
            self._put_cursor(max(0, min(column, width - 1)), max(0, min(row, height - 1)))

    def point_at(self, item: int) -> None:
        """Puts the cursor on an item, and the item in the middle if it is not in the view."""
        if self._view is None:
            self._awaited = item
            return
        self._awaited = None
        point = self._points[item]
        cell = self._view.cell(point)
        if not self._view.shows(*cell):
            self._view = self._view.centred(point)
            self._whole = False
            cell = self._view.cell(point)
        self._cursor = cell
        self._changed(nearest=item)

    def on_resize(self) -> None:
        """The same place in another size."""
        pointed = self._nearest if self._awaited is None else self._awaited
        if self._whole:
            self.show_all()
        elif self._view is not None:
            self._view = self._view.sized(*self.size)
            self._changed()
        if pointed is not None:
            self.point_at(pointed)

    def on_focus(self) -> None:
        """The cursor is seen."""
        self._point()

    def on_blur(self) -> None:
        """And may not be any more."""
        self._point()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel zooms in where the pointer is."""
        event.stop()
        self.zoom(1, (event.x, event.y))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """And out."""
        event.stop()
        self.zoom(-1, (event.x, event.y))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin."""
        if self._view is not None:
            self._dragged_from, self._dragging = (event, self._view), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Dragging pulls the map along."""
        if self._dragged_from is None:
            return
        begin, view = self._dragged_from
        across, down = event.screen_x - begin.screen_x, event.screen_y - begin.screen_y
        if self._dragging or across or down:
            self._dragging = True
            self._view = view.moved(-across, -down)
            self._whole = False
            self._changed()

    def on_mouse_up(self) -> None:
        """A drag ends."""
        self._dragged_from = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """A click names what is nearest, a double click opens it."""
        if self._dragging:  # this is its end
            self._dragging = False
            return
        self._put_cursor(event.x, event.y)
        if event.chain > 1 and self._nearest is not None:
            self.post_message(self.Opened(self._nearest))

    def _edges(self, region: Region) -> list[npt.NDArray[np.float64]]:
        """The corners of the box around an interest."""
        axes = list(self._axes)
        centre = region.centre[axes]
        if region.covariance is None:
            return [centre]
        reach = np.sqrt(np.diag(region.covariance)[axes])
        return [centre - reach, centre + reach]

    def _put_cursor(self, column: int, row: int) -> None:
        self._cursor = column, row
        self._name_nearest()
        self._point()

    def _changed(self, nearest: int | None = None) -> None:
        self._name_nearest(nearest)
        self._ask()
        self.post_message(self.Moved())

    def _name_nearest(self, known: int | None = None) -> None:
        """known: the item that is pointed at; others may lie in the same place."""
        found = known if known is not None else self._find_nearest()
        if found != self._nearest:
            self._nearest = found
            self.post_message(self.Pointed(found))

    def _find_nearest(self) -> int | None:
        if self._scene is None or self._view is None:
            return None
        away = self._points - np.array(self._view.point(*self._cursor), dtype=np.float32)
        distance = np.einsum("ij,ij->i", away, away)
        distance[0] = np.inf
        if self._lit is not None and self._scene.owners is not None:
            distance[self._scene.owners != self._lit] = np.inf
        best = int(distance.argmin())
        return best if np.isfinite(distance[best]) else None
