"""What keys do on a map, on its own screen and in the explorer's pane."""

from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from sigma_tui.widgets.map_pane import MapPane
from sigma_tui.widgets.map_view import MapView

if TYPE_CHECKING:
    from sigma_tui.screens.atlas import AtlasOpener

STEPS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class MapKeys(Screen[None]):
    """A screen with a ``MapPane``."""

    @property
    def map_pane(self) -> MapPane:
        """The map with its border."""
        return self.query_one(MapPane)

    @property
    def opener(self) -> "AtlasOpener":
        """The explorer that opens items."""
        raise NotImplementedError

    def point_at(self, item: int | None, lit: int | None = None) -> None:
        """Puts the cursor on an item, or shows one category alone."""
        if lit is not None:
            self.map_pane.view.light(lit)
        if item is not None:
            self.map_pane.view.point_at(item)

    @on(MapView.Opened)
    def _item_opened(self, message: MapView.Opened) -> None:
        self.opener.open_item(message.item)

    def action_map_go(self, direction: str) -> None:
        """Moves the cursor."""
        self.map_pane.view.go(*STEPS[direction])

    def action_map_zoom(self, steps: int) -> None:
        """Zooms in, or out below 0, around the cursor."""
        self.map_pane.view.zoom(steps)

    def action_map_whole(self) -> None:
        """The whole map again, with all categories."""
        self.map_pane.view.light(None)
        self.map_pane.view.show_all()

    def action_map_axes(self) -> None:
        """The next two axes."""
        view, scene = self.map_pane.view, self.map_pane.scene
        if scene is not None:
            count = scene.projection.axes.shape[1]
            first = (view.axes[0] + 2) % count
            view.look_along((first, first + 1))

    def action_map_light(self) -> None:
        """The next category alone; after the last one, all again."""
        view, scene = self.map_pane.view, self.map_pane.scene
        if scene is None or scene.owners is None:
            self.notify("This model has no categories to tell apart.", timeout=3, markup=False)
            return
        known = sorted({int(owner) for owner in set(scene.owners[1:].tolist())})
        later = [category for category in known if view.lit is None or category > view.lit]
        view.light(later[0] if later else None)

    def action_map_open(self) -> None:
        """Opens the item that is nearest to the cursor."""
        nearest = self.map_pane.view.nearest
        if nearest is not None:
            self.opener.open_item(nearest)

    def action_map_find(self) -> None:
        """Finds an item by its title and goes there."""
        self.opener.look_up("Find an item on the map", self.point_at)
