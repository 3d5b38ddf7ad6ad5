"""The map as it is painted: drawn beside the screen, only lines that differ are painted again."""

from collections import OrderedDict

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.geometry import Region as Area
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from engine.explore.scene import Scene
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.safely import Trouble, or_trouble
from sigma_tui.look.looks import category_colours
from sigma_tui.widgets.map_picture import Look, Picture, Wanted, draw
from sigma_tui.widgets.viewport import Viewport

PICTURES_KEPT = 32
"""Views that are kept as they were drawn."""


class PaintedMap(Widget):
    """A scene seen through a viewport, with a cursor and the item that is nearest to it."""

    ALLOW_SELECT = False  # a drag pulls the map

    class Drawn(Message):
        """A picture is there, or the reason why it is not."""

        def __init__(self, picture: Picture | Trouble) -> None:
            super().__init__()
            self.picture = picture

    def __init__(self, *, id: str, shy: bool = False) -> None:
        """shy: the cursor is seen with the focus only."""
        super().__init__(id=id)
        self._shy = shy
        self._finder: Finder[Wanted, Picture | Trouble] | None = None
        self._scene: Scene | None = None
        self._recommended: tuple[tuple[int, int], ...] = ()
        self._axes = (0, 1)
        self._lit: int | None = None
        self._view: Viewport | None = None
        self._cursor = (0, 0)
        self._nearest: int | None = None
        self._picture: Picture | None = None
        self._pointers: list[tuple[tuple[int, int], Style, str]] = []  # place, style, mark
        self._pictures: OrderedDict[Wanted, Picture] = OrderedDict()
        self._given_up = False

    @property
    def picture(self) -> Picture | None:
        """What is on the screen."""
        return self._picture

    def on_mount(self) -> None:
        """Begins to draw."""
        self._finder = Finder(or_trouble(draw), self._tell)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._ask())

    def on_unmount(self) -> None:
        """Ends the thread that draws."""
        self.app.theme_changed_signal.unsubscribe(self)
        if self._finder is not None:
            self._finder.close()

    def give_up(self) -> None:
        """What is being drawn is not painted any more."""
        self._given_up = True

    @property
    def gave_up(self) -> bool:
        """Whether what is on the screen may be older than what was asked for."""
        return self._given_up

    def render_line(self, y: int) -> Strip:
        """One line of the picture, with cursor and nearest item on it."""
        picture = self._picture
        if picture is None or y >= len(picture.lines):
            return Strip.blank(self.size.width, self.rich_style)
        strip = picture.lines[y]
        for (column, row), style, mark in self._pointers:
            if row == y and 0 <= column < strip.cell_length:
                strip = _over(strip, column, mark, style)
        return strip

    @property
    def _points(self) -> npt.NDArray[np.float32]:
        assert self._scene is not None
        return self._scene.projection.points[:, list(self._axes)]

    def _point(self) -> None:
        """Draws the lines again that the cursor and the nearest item leave and come to."""
        before = self._pointers
        self._place_pointers()
        for (_, line), _, _ in (*before, *self._pointers):
            self.refresh(Area(0, line, self.size.width, 1))

    def _place_pointers(self) -> None:
        """Where the cursor and the nearest item are now."""
        self._pointers = []
        if self._view is None or self._scene is None or (self._shy and not self.has_focus):
            return
        style = self.rich_style + Style(color=self.app.current_theme.accent, bold=True)
        pointers = [(self._cursor, style, "┼")]
        if self._nearest is not None:
            cell = self._view.cell(self._points[self._nearest])
            pointers.append((cell, style + Style(reverse=True), "◆"))
        self._pointers = pointers

    @property
    def drawn(self) -> bool:
        """Whether everything that is to be seen is drawn, in the theme's colours."""
        wanted = self._wanted()
        return wanted is None or (self._picture is not None and self._picture.wanted == wanted)

    def _wanted(self) -> Wanted | None:
        """What is to be seen; None while there is nothing."""
        if self._scene is None or self._view is None:
            return None
        theme = self.app.current_theme
        look = Look(
            category_colours(theme.name),
            plain=theme.secondary or theme.primary,
            strong=theme.foreground or theme.primary,
            background=theme.background or ("#000000" if theme.dark else "#ffffff"),
            base=self.rich_style,
        )
        return Wanted(self._scene, self._axes, self._view, self._recommended, self._lit, look)

    def _ask(self) -> None:
        wanted = self._wanted()
        if wanted is None or self._finder is None:
            return
        self._given_up = False
        known = self._pictures.get(wanted)
        if known is not None:
            self._pictures.move_to_end(wanted)
            self._paint(known)
        else:
            self._finder.ask(wanted)

    def _tell(self, wanted: Wanted, picture: Picture | Trouble) -> None:
        """Called from the thread that draws."""
        del wanted
        self.post_message(self.Drawn(picture))

    @on(Drawn)
    def _drawn(self, message: Drawn) -> None:
        picture = message.picture
        if isinstance(picture, Trouble):
            self.notify(picture.message, severity="error", markup=False)
            return
        self._pictures[picture.wanted] = picture
        while len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)
        if picture.wanted.view.width == self.size.width and not self._given_up:
            self._paint(picture)

    def _paint(self, picture: Picture) -> None:
        """Only lines that look different are painted again."""
        before = () if self._picture is None else self._picture.lines
        self._picture = picture
        self._point()
        if len(before) != len(picture.lines):
            self.refresh()
            return
        for line, (old, new) in enumerate(zip(before, picture.lines, strict=True)):
            if old != new:
                self.refresh(Area(0, line, self.size.width, 1))


def _over(strip: Strip, column: int, mark: str, style: Style) -> Strip:
    """A line with one cell marked."""
    before, _, after = strip.divide([column, column + 1, strip.cell_length])
    return Strip([*before, Segment(mark, style), *after], strip.cell_length)
