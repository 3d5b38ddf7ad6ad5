"""The map: the catalogue in two dimensions, with what the model sees in the sequence on it."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from engine.explore.scene import Scene
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.screens.map_keys import MapKeys
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.map_pane import MapPane
from sigma_tui.widgets.map_panes import LegendPane, MarkedPane, NearestPane, letters
from sigma_tui.widgets.map_view import MapView
from sigma_tui.widgets.one_line import OneLine

if TYPE_CHECKING:
    from sigma_tui.screens.atlas import AtlasOpener

LATER = 0.05
"""Seconds until it is looked again whether the list of an edited sequence is there."""


class MapScreen(MapKeys):
    """Shows the explorer's sequence on the map.

    behind: the explorer. at: the item under the cursor. lit: the one category that is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("map", "whole-map")]

    def __init__(self, behind: "AtlasOpener", *, at: int | None, lit: int | None) -> None:
        super().__init__()
        self._behind = behind
        self._first: tuple[int | None, int | None] | None = (at, lit)

    @property
    def opener(self) -> "AtlasOpener":
        """The explorer."""
        return self._behind

    @property
    def view(self) -> MapView:
        """The map itself."""
        return self.map_pane.view

    @property
    def scene(self) -> Scene | None:
        """What is shown; None until it is there."""
        return self.map_pane.scene

    def compose(self) -> ComposeResult:
        """The map, what its marks mean, and what is under the cursor."""
        yield OneLine(id="header")
        with Horizontal(classes="columns"):
            with MapPane(id="map"):
                yield MapView(id="map-view")
            with Vertical(id="map-side"):
                yield LegendPane(id="legend")
                yield MarkedPane(id="marked")
        yield NearestPane(id="nearest")
        yield KeyLine()

    def on_mount(self) -> None:
        """Asks for the picture of the sequence."""
        atlas, explorer = self._behind.atlas, self._behind.loaded
        self.map_pane.begin(atlas.scene)
        for pane in self.query(LegendPane), self.query(MarkedPane), self.query(NearestPane):
            pane.first().show_catalogue(explorer)
        self.view.focus()
        self._ask()

    def on_screen_resume(self) -> None:
        """The sequence may have changed meanwhile."""
        if self.map_pane.asked is not None:
            self._ask()

    def point_at(self, item: int | None, lit: int | None = None) -> None:
        """Puts the cursor on an item, or shows one category alone; now, or when it is there."""
        if self.is_mounted:
            super().point_at(item, lit)
        else:
            self._first = (item, lit)

    def _ask(self) -> None:
        self.query_one("#header", OneLine).say(self._behind.where())
        sequence, pane = self._behind.sequence, self.map_pane
        pane.ask(sequence)
        shown = pane.scene is not None and pane.scene.sequence == sequence
        if shown and self._behind.recommended != pane.recommended:
            self._show_scene()

    @on(MapPane.Placed)
    def _placed(self) -> None:
        if self.scene is not None and self.scene.sequence == self._behind.sequence:
            self._show_scene()

    def _show_scene(self) -> None:
        """Shows items, interests and list; the list comes from the explorer when it is there."""
        scene = self.scene
        if scene is None or not self.is_mounted:
            return
        recommended = self._behind.recommended
        if recommended is None:
            self.set_timer(LATER, self._show_scene)
        listed = recommended or ()
        self.query_one(LegendPane).show_scene(scene)
        self.query_one(MarkedPane).show_list(listed, scene)
        self.map_pane.show(listed)
        if self._first is not None:
            (at, lit), self._first = self._first, None
            best = listed[0][1] if listed and lit is None else None
            self.point_at(best if at is None else at, lit)
        self._name_nearest()

    @on(MapView.Moved)
    def _name_interests(self) -> None:
        """Where there is no room for the legend."""
        if self.scene is not None:
            narrow = self.has_class("-narrow")
            self.map_pane.border_subtitle = letters(self.scene) if narrow else ""

    @on(MapView.Pointed)
    def _name_nearest(self) -> None:
        if self.scene is not None:
            ranks = {item: rank for rank, item in self.map_pane.recommended}
            self.query_one(NearestPane).show_item(self.view.nearest, self.scene, ranks)

    @on(LineList.Moved, "#marked-lines")
    def _mark_pointed(self, message: LineList.Moved) -> None:
        item = self._marked(message.index)
        if item is not None and self.query_one("#marked-lines", LineList).has_focus:
            self.view.point_at(item)

    @on(LineList.Chosen, "#marked-lines")
    def _mark_chosen(self, message: LineList.Chosen) -> None:
        item = self._marked(message.index)
        if item is not None:
            self._behind.open_item(item)

    def _marked(self, line: int) -> int | None:
        """The recommendation on a line; the map may have others by now."""
        marked = self.map_pane.recommended
        return marked[line][1] if line < len(marked) else None

    @on(LineList.Chosen, "#legend-lines")
    def _interest_chosen(self, message: LineList.Chosen) -> None:
        category = self.query_one(LegendPane).category_at(message.index)
        self.view.light(None if category == self.view.lit else category)

    def action_map_mark(self, by: int) -> None:
        """Goes to the next recommendation, or the one before."""
        items = [item for _, item in self.map_pane.recommended]
        if not items:
            self.notify("Nothing is recommended yet.", timeout=2, markup=False)
            return
        here = self.view.nearest
        place = items.index(here) + by if here in items else (0 if by > 0 else -1)
        self.view.point_at(items[place % len(items)])

    def action_map_categories(self) -> None:
        """All categories, with the one that is shown alone chosen."""
        self._behind.open_categories(self.view.lit)

    def action_map_take(self) -> None:
        """Adds the item that is nearest to the cursor to the sequence."""
        item = self.view.nearest
        if item is not None:
            self._behind.take(item)
            title = visible(self._behind.loaded.catalogue.titles[item - 1])
            self.notify(f"{title} is now the last of the sequence.", timeout=3, markup=False)
            self._ask()
