"""The map: the catalogue in two dimensions, with what the model sees in the sequence on it."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer

from engine.explore.categories import letter_of
from engine.explore.scene import Scene
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.safely import Trouble, or_trouble
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.map_panes import LegendPane, MarkedPane, NearestPane, letters
from sigma_tui.widgets.map_view import MapView
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from sigma_tui.screens.atlas import AtlasOpener

LATER = 0.05
"""Seconds until it is looked again whether the list of an edited sequence is there."""
STEPS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class MapScreen(Screen[None]):
    """Shows the explorer's sequence on the map.

    behind: the explorer. at: the item under the cursor. lit: the one category that is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("map")]

    class Found(Message):
        """What the sequence looks like, or why that is not known."""

        def __init__(self, sequence: tuple[int, ...], scene: Scene | Trouble) -> None:
            super().__init__()
            self.sequence, self.scene = sequence, scene

    def __init__(self, behind: "AtlasOpener", *, at: int | None, lit: int | None) -> None:
        super().__init__()
        self._behind = behind
        self._first: tuple[int | None, int | None] | None = (at, lit)
        self._finder: Finder[tuple[int, ...], Scene | Trouble] | None = None
        self._scene: Scene | None = None
        self._recommended: tuple[tuple[int, int], ...] = ()

    @property
    def view(self) -> MapView:
        """The map itself."""
        return self.query_one(MapView)

    @property
    def scene(self) -> Scene | None:
        """What is shown; None until it is there."""
        return self._scene

    def compose(self) -> ComposeResult:
        """The map, what its marks mean, and what is under the cursor."""
        yield OneLine(id="header")
        with Horizontal(classes="columns"):
            with Pane(id="map"):
                yield MapView(id="map-view")
            with Vertical(id="map-side"):
                yield LegendPane(id="legend")
                yield MarkedPane(id="marked")
        yield NearestPane(id="nearest")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Asks for the picture of the sequence."""
        atlas, explorer = self._behind.atlas, self._behind.loaded
        self._finder = Finder(or_trouble(atlas.scene), self._tell)
        for pane in self.query(LegendPane), self.query(MarkedPane), self.query(NearestPane):
            pane.first().show_catalogue(explorer)
        self.query_one("#map", Pane).entitle("Map · placing the items …")
        self.view.focus()
        self._ask()

    def on_unmount(self) -> None:
        """Ends the thread that asks."""
        if self._finder is not None:
            self._finder.close()

    def on_screen_resume(self) -> None:
        """The sequence may have changed meanwhile."""
        if self._finder is not None:
            self._ask()

    def point_at(self, item: int | None, lit: int | None = None) -> None:
        """Puts the cursor on an item, or shows one category alone."""
        if lit is not None:
            self.view.light(lit)
        if item is not None:
            self.view.point_at(item)

    def _ask(self) -> None:
        self.query_one("#header", OneLine).say(self._behind.where())
        sequence = self._behind.sequence
        if self._finder is not None and (self._scene is None or self._scene.sequence != sequence):
            self._finder.ask(sequence)
        elif self._behind.recommended != self._recommended:
            self._show_scene()

    def _tell(self, sequence: tuple[int, ...], scene: Scene | Trouble) -> None:
        """Called from the thread that asks."""
        self.post_message(self.Found(sequence, scene))

    @on(Found)
    def _show(self, found: Found) -> None:
        scene = found.scene
        if found.sequence != self._behind.sequence:
            return
        if isinstance(scene, Trouble):
            self.notify(visible(scene.message), severity="error", markup=False)
            return
        self._scene = scene
        self._show_scene()

    def _show_scene(self) -> None:
        """Shows items, interests and list; the list comes from the explorer when it is there."""
        scene = self._scene
        if scene is None or not self.is_mounted:
            return
        recommended = self._behind.recommended
        if recommended is None:
            self.set_timer(LATER, self._show_scene)
        self._recommended = recommended or ()
        self.query_one(LegendPane).show_scene(scene)
        self.query_one(MarkedPane).show_list(self._recommended, scene)
        self.view.show(scene, self._recommended)
        if self._first is not None:
            (at, lit), self._first = self._first, None
            best = self._recommended[0][1] if self._recommended and lit is None else None
            self.point_at(best if at is None else at, lit)
        self._name_nearest()

    @on(MapView.Moved)
    def _entitle(self) -> None:
        view, scene = self.view, self._scene
        if scene is None or view.view is None:
            return
        first, second = view.axes
        part = float(scene.projection.share[[first, second]].sum())
        title = f"Map · axes {first + 1} and {second + 1} hold {part:.0%} of the variance"
        if not 0.99 < view.view.zoom < 1.01:
            title += f" · ×{view.view.zoom:.1f}"
        if view.lit is not None:
            title += f" · only {letter_of(view.lit)}"
        pane = self.query_one("#map", Pane)
        pane.entitle(title)
        pane.border_subtitle = letters(scene) if self.has_class("-narrow") else ""

    @on(MapView.Pointed)
    def _name_nearest(self) -> None:
        if self._scene is not None:
            ranks = {item: rank for rank, item in self._recommended}
            self.query_one(NearestPane).show_item(self.view.nearest, self._scene, ranks)

    @on(MapView.Opened)
    def _item_opened(self, message: MapView.Opened) -> None:
        self._behind.open_item(message.item)

    @on(LineList.Moved, "#marked-lines")
    def _mark_pointed(self, message: LineList.Moved) -> None:
        if self.query_one("#marked-lines", LineList).has_focus and self._recommended:
            self.view.point_at(self._recommended[message.index][1])

    @on(LineList.Chosen, "#marked-lines")
    def _mark_chosen(self, message: LineList.Chosen) -> None:
        self._behind.open_item(self._recommended[message.index][1])

    @on(LineList.Chosen, "#legend-lines")
    def _interest_chosen(self, message: LineList.Chosen) -> None:
        category = self.query_one(LegendPane).category_at(message.index)
        self.view.light(None if category == self.view.lit else category)

    def action_map_go(self, direction: str) -> None:
        """Moves the cursor."""
        self.view.go(*STEPS[direction])

    def action_map_zoom(self, steps: int) -> None:
        """Zooms in, or out below 0, around the cursor."""
        self.view.zoom(steps)

    def action_map_whole(self) -> None:
        """The whole map again, with all categories."""
        self.view.light(None)
        self.view.show_all()

    def action_map_axes(self) -> None:
        """The next two axes."""
        if self._scene is not None:
            count = self._scene.projection.axes.shape[1]
            first = (self.view.axes[0] + 2) % count
            self.view.look_along((first, first + 1))

    def action_map_light(self) -> None:
        """The next category alone; after the last one, all again."""
        scene = self._scene
        if scene is None or scene.owners is None:
            self.notify("This model has no categories to tell apart.", timeout=3, markup=False)
            return
        known = sorted({int(owner) for owner in set(scene.owners[1:].tolist())})
        later = [
            category for category in known if self.view.lit is None or category > self.view.lit
        ]
        self.view.light(later[0] if later else None)

    def action_map_mark(self, by: int) -> None:
        """Goes to the next recommendation, or the one before."""
        items = [item for _, item in self._recommended]
        if not items:
            self.notify("Nothing is recommended yet.", timeout=2, markup=False)
            return
        here = self.view.nearest
        place = items.index(here) + by if here in items else (0 if by > 0 else -1)
        self.view.point_at(items[place % len(items)])

    def action_map_open(self) -> None:
        """Opens the item that is nearest to the cursor."""
        if self.view.nearest is not None:
            self._behind.open_item(self.view.nearest)

    def action_map_find(self) -> None:
        """Finds an item by its title and goes there."""
        self._behind.look_up("Find an item on the map", self.point_at)

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
