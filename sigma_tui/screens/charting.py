"""The explorer's map, where the screen is wide enough: it follows the sequence and its answer."""

from textual import on
from textual.app import ComposeResult

from sigma_tui.beside.inference import Loaded
from sigma_tui.screens.atlas import AtlasOpener
from sigma_tui.screens.map_keys import MapKeys
from sigma_tui.screens.thinking import ThinkingScreen
from sigma_tui.widgets.map_pane import MapPane
from sigma_tui.widgets.map_panes import NearestPane
from sigma_tui.widgets.map_view import MapView


class ChartingScreen(MapKeys, AtlasOpener, ThinkingScreen):
    """Keeps a ``MapPane`` up to date while it is seen.

    An edit comes first: nothing is asked for the map before the answer was on the screen for a
    moment without a new question, and then in a thread of the map's own. Arguments: see
    ``AnsweringScreen``.
    """

    _charted: tuple[int, ...] | None = None

    @property
    def opener(self) -> AtlasOpener:
        """Items open over this screen."""
        return self

    def compose_map(self) -> ComposeResult:
        """The map, and a line that says what is under its cursor, or what its marks mean."""
        with MapPane(id="map"):
            yield MapView(id="map-view", shy=True)
            yield NearestPane(id="nearest")

    def _begin(self, loaded: Loaded) -> None:
        super()._begin(loaded)
        self.query_one(NearestPane).show_catalogue(loaded.explorer)
        # The atlas is made in the thread that asks first: it loads what only the map needs.
        self.map_pane.begin(lambda sequence: self.atlas.scene(sequence))

    def _ask(self) -> None:
        self.map_pane.give_up()  # to paint it now would hold up the answer
        super()._ask()

    def _begin_to_think(self) -> None:
        super()._begin_to_think()
        self._chart()

    def on_screen_resume(self) -> None:
        """The sequence may have changed under another screen."""
        self._chart()

    @on(MapPane.Appeared)
    def _chart(self) -> None:
        """Brings the map up to the answer that is shown, if anybody can see it."""
        shown, pane = self._shown, self.map_pane
        if shown is None or shown.number != self._asked or not self._charts:
            return
        scene = pane.scene
        if scene is None or scene.sequence != self.sequence:
            pane.ask(self.sequence)
        elif self.recommended != pane.recommended or pane.view.gave_up:
            self._placed()

    @property
    def _charts(self) -> bool:
        """Whether the map is seen; through dialogs one sees it."""
        stack, pane = self.app.screen_stack, self.map_pane
        if self not in stack or not all(one.is_modal for one in stack[stack.index(self) + 1 :]):
            return False
        return pane.display and pane.region.area > 0

    @on(MapPane.Placed)
    def _placed(self) -> None:
        """Shows the scene, and all of it for another person."""
        scene = self.map_pane.scene
        if scene is None or scene.sequence != self.sequence:
            return
        original = self.journey.now.original
        another, self._charted = original != self._charted, original
        self.map_pane.show(self.recommended or (), whole=another)
        self._name_nearest()

    @on(MapView.Pointed)
    def _name_nearest(self) -> None:
        pane = self.map_pane
        if pane.scene is None:
            return
        line = self.query_one(NearestPane)
        if pane.view.has_focus:
            ranks = {item: rank for rank, item in pane.recommended}
            line.show_item(pane.view.nearest, pane.scene, ranks)
        else:
            line.show_marks(pane.scene)

    def action_pane(self, pane: str) -> None:
        """Goes to a pane; the map where it has no room is opened."""
        if pane == "map" and not self.map_pane.display:
            self.action_map()
        else:
            self._go_to_pane(pane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the map work while it is seen."""
        if action.startswith("map_") and not self.map_pane.display:
            return False
        return super().check_action(action, parameters)
