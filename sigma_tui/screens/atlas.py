"""How the explorer opens categories, items and the map, and what these may ask of it.

The three screens know the explorer's screen by this class alone. Each is open once at most: asked
for again, it comes to the front with what is wanted.
"""

import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from rich.text import Text
from textual import on
from textual.screen import Screen

from sigma_tui.beside.inference import Loaded
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.stacked import StackedApp
from sigma_tui.widgets.headline import headline
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.sequence_pane import SequencePane

if TYPE_CHECKING:
    from engine.explore.atlas import Atlas
    from engine.explore.explorer import Explorer

Kind = TypeVar("Kind", bound=Screen[None])
WARMED = (
    "engine.explore.atlas",  # loads torch, which takes longest
    "sigma_tui.screens.categories",
    "sigma_tui.screens.item",
    "sigma_tui.screens.map",
)
"""Modules that are imported beside the explorer, in this order."""


class AtlasOpener(AnsweringScreen):
    """The part of the explorer's screen that the atlas stands on."""

    _atlas: "Atlas | None" = None
    _note: str

    @on(AnsweringScreen.Heard)
    def _make_ready(self, message: AnsweringScreen.Heard) -> None:
        if isinstance(message.told, Loaded):  # a daemon does not hold up leaving
            threading.Thread(target=_import_screens, daemon=True).start()

    @property
    def loaded(self) -> "Explorer":
        """What is asked; the atlas is open only once it is loaded."""
        assert self._explorer is not None
        return self._explorer

    @property
    def atlas(self) -> "Atlas":
        """The atlas of the run; what it has computed stays as long as the explorer is open."""
        if self._atlas is None:
            from engine.explore.atlas import Atlas

            self._atlas = Atlas(self.loaded)
        return self._atlas

    @property
    def sequence(self) -> tuple[int, ...]:
        """What the model is given now."""
        return self.journey.now.items

    @property
    def recommended(self) -> tuple[tuple[int, int], ...] | None:
        """Rank and item of the list on the screen; None until it is the present sequence's."""
        shown = self.shown
        if shown is None or shown.question.items != self.sequence:
            return None
        return tuple((line.rank, line.item) for line in shown.answer.recommendations)

    def where(self) -> Text:
        """Data, run, user and edits, for the header of a screen."""
        return headline(
            self._explorer,
            self.loaded.run_name,
            user=self.user_label,
            edits=self.journey.now.edits(),
            milliseconds=None,
            note=self._note,
        )

    def look_up(self, title: str, use: Callable[[int], None]) -> None:
        """Has an item found by its title."""
        self._find(title, use)

    def visit(self, user: int) -> None:
        """Comes to the front and opens a user."""
        self._close_above(self)
        self._open_user(user)

    def names_changed(self) -> None:
        """Shows categories by their new names."""
        explorer = self.loaded
        interests = self.query_one(InterestsPane)
        interests.show_portraits(explorer.interests, explorer.portraits, explorer.catalogue.titles)
        interests.lines.refresh()

    def open_item(self, item: int) -> None:
        """Everything about one item."""
        from sigma_tui.screens.item import ItemScreen

        here = self._brought(ItemScreen)
        if here is None:
            self.app.push_screen(ItemScreen(self, item))
        else:
            here.show(item)

    def open_map(self, *, at: int | None = None, lit: int | None = None) -> None:
        """The map. at: the item under the cursor. lit: the one category that is shown."""
        from sigma_tui.screens.map import MapScreen

        here = self._brought(MapScreen)
        if here is None:
            self.app.push_screen(MapScreen(self, at=at, lit=lit))
        else:
            here.point_at(at, lit)

    def open_categories(self, category: int | None = None) -> None:
        """All categories. category: the one to begin with."""
        from sigma_tui.screens.categories import CategoriesScreen

        here = self._brought(CategoriesScreen)
        if here is None:
            self.app.push_screen(CategoriesScreen(self, category))
        else:
            here.choose(category)

    def action_categories(self) -> None:
        """All categories."""
        if self._is_loaded():
            self.open_categories()

    def action_map(self) -> None:
        """The map."""
        if self._is_loaded():
            self.open_map()

    def action_look_up(self) -> None:
        """Finds an item and opens it."""
        if self._is_loaded():
            self._find("Open an item", self.open_item)

    def action_open_item(self, pane: str) -> None:
        """Opens the item under the cursor of a pane."""
        if not self._is_loaded():
            return
        if pane == "sequence":
            item = self.query_one(SequencePane).item_at_cursor()
        else:
            item = self.query_one(RecommendationsPane).item_at_cursor()
        if item is not None:
            self.open_item(item)

    @on(LineList.Chosen, "#sequence-lines")
    def _sequence_item_chosen(self) -> None:
        self.action_open_item("sequence")

    @on(LineList.Chosen, "#recommendations-lines")
    def _recommendation_chosen(self) -> None:
        self.action_open_item("recommendations")

    def _is_loaded(self) -> bool:
        if self._explorer is None:
            self.notify("The model is still being loaded.", timeout=2, markup=False)
        return self._explorer is not None

    def _brought(self, kind: type[Kind]) -> Kind | None:
        """The open screen of a kind, brought to the front."""
        stack = self.app.screen_stack
        found = next((one for one in reversed(stack) if isinstance(one, kind)), None)
        if found is not None:
            self._close_above(found)
        return found

    def _close_above(self, screen: Screen[None]) -> None:
        """Closes what is above a screen."""
        assert isinstance(self.app, StackedApp)
        self.app.close_above(screen)


def _import_screens() -> None:
    """They load torch, which the explorer's screen does not wait for; when the first of them is
    opened, all of it is there."""
    for name in WARMED:
        import_module(name)
