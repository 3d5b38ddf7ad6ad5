"""Categories: what each of the K groups that the model found is about."""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen

from engine.errors import SigmaError
from engine.explore.overview import Overview
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.safely import Trouble, or_trouble
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.screens.naming import NamingScreen
from sigma_tui.widgets.categories_pane import CategoriesPane, MembersPane, MetadataPane
from sigma_tui.widgets.cosine_pane import CosinePane
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.shares_pane import SharesPane

if TYPE_CHECKING:
    from sigma_tui.screens.atlas import AtlasOpener


class CategoriesScreen(Screen[None]):
    """All categories, and the chosen one in detail.

    behind: the explorer. category: the one to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("categories")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012  # as Textual has it

    class Found(Message):
        """All categories, or why they are not there."""

        def __init__(self, sequence: tuple[int, ...], overview: Overview | Trouble) -> None:
            super().__init__()
            self.sequence, self.overview = sequence, overview

    class Renamed(Message):
        """A name was kept, or why it was not."""

        def __init__(self, trouble: str = "") -> None:
            super().__init__()
            self.trouble = trouble

    def __init__(self, behind: "AtlasOpener", category: int | None = None) -> None:
        super().__init__()
        self._behind = behind
        self._first = category
        self._finder: Finder[tuple[int, ...], Overview | Trouble] | None = None
        self._overview: Overview | None = None

    @property
    def overview(self) -> Overview | None:
        """What is shown; None until it is there."""
        return self._overview

    def compose(self) -> ComposeResult:
        """All of them left, the chosen one right."""
        yield OneLine(id="header")
        with Horizontal(classes="columns"):
            with Vertical(id="categories-left"):
                yield CategoriesPane(id="categories")
                yield CosinePane(id="cosines")
                yield SharesPane(id="shares")
            with Vertical(id="categories-right"):
                yield MembersPane(id="members")
                yield MetadataPane(id="metadata")
        yield KeyLine()

    def on_mount(self) -> None:
        """Asks for the categories."""
        atlas = self._behind.atlas
        self._finder = Finder(or_trouble(atlas.overview), self._tell)
        self.query_one(CategoriesPane).show_catalogue(self._behind.loaded)
        self.query_one(MembersPane).show_catalogue(self._behind.loaded)
        self.query_one(CategoriesPane).lines.focus()
        self._ask()
        trouble = self._behind.loaded.own_names.trouble
        if trouble:
            self.notify(visible(trouble), severity="warning", markup=False, timeout=12)

    def on_unmount(self) -> None:
        """Ends the thread that asks."""
        if self._finder is not None:
            self._finder.close()

    def on_screen_resume(self) -> None:
        """The sequence may have changed meanwhile."""
        if self._finder is not None:
            self._ask()

    def choose(self, category: int | None) -> None:
        """Puts the cursor on a category."""
        if category is None:
            return
        if self._overview is None:
            self._first = category
        else:
            self.query_one(CategoriesPane).point_at(category)

    def _ask(self) -> None:
        self.query_one("#header", OneLine).say(self._behind.where())
        if self._finder is not None:
            self._finder.ask(self._behind.sequence)

    def _tell(self, sequence: tuple[int, ...], overview: Overview | Trouble) -> None:
        """Called from the thread that asks."""
        self.post_message(self.Found(sequence, overview))

    @on(Found)
    def _show(self, found: Found) -> None:
        overview = found.overview
        if found.sequence != self._behind.sequence:
            return
        if isinstance(overview, Trouble):
            self.notify(visible(overview.message), severity="error", markup=False)
            return
        self._overview = overview
        self.query_one(CategoriesPane).show_overview(overview, self._first)
        self.query_one(SharesPane).show_overview(overview)
        self._first = None
        self._show_chosen()

    @on(LineList.Moved, "#categories-lines")
    def _show_chosen(self) -> None:
        """The chosen category in the other panes."""
        overview = self._overview
        if overview is None:
            return
        chosen = self.query_one(CategoriesPane).chosen
        line = overview.lines[chosen] if chosen < len(overview.lines) else None
        self.query_one(MembersPane).show_line(line, overview.kind)
        self.query_one(MetadataPane).show_line(line, overview.kind)
        self.query_one(CosinePane).show_overview(overview, chosen)

    @on(LineList.Chosen, "#categories-lines")
    def _category_chosen(self) -> None:
        self.action_category_pane("members")

    @on(LineList.Chosen, "#members-lines")
    def _member_chosen(self, message: LineList.Chosen) -> None:
        self._behind.open_item(self.query_one(MembersPane).item_at(message.index))

    def action_category_pane(self, pane: str) -> None:
        """Goes to a pane."""
        self.query_one(f"#{pane}-lines", LineList).focus()

    def action_category_name(self) -> None:
        """Gives the chosen category a name of one's own."""
        overview = self._overview
        if overview is None or overview.kind != "catalogue":
            self.notify(
                "Only categories of the catalogue can be named: a person's own interests are "
                "other ones with every sequence.",
                markup=False,
            )
            return
        category = overview.lines[self.query_one(CategoriesPane).chosen].category
        portrait = self._behind.loaded.portraits[category]

        def named(name: str | None) -> None:
            if name is not None:
                self._rename(category, name)

        self.app.push_screen(NamingScreen(portrait.letter, portrait.name), named)

    @work(thread=True, group="names", exit_on_error=False)
    def _rename(self, category: int, name: str) -> None:
        try:
            self._behind.loaded.rename(category, name)
        except (SigmaError, OSError) as error:
            self.post_message(self.Renamed(visible(str(error))))
        else:
            self.post_message(self.Renamed())

    @on(Renamed)
    def _renamed(self, message: Renamed) -> None:
        if message.trouble:
            self.notify(message.trouble, severity="error", markup=False, timeout=12)
            return
        self._behind.names_changed()
        self.query_one(CategoriesPane).lines.refresh()
        self._show_chosen()

    def action_category_map(self) -> None:
        """Shows the items of the chosen category alone on the map."""
        overview = self._overview
        if overview is None or not overview.lines:
            self._behind.open_map()
            return
        chosen = self.query_one(CategoriesPane).chosen
        self._behind.open_map(lit=overview.lines[chosen].category)

    def action_category_find(self) -> None:
        """Finds an item and opens it."""
        self._behind.look_up("Open an item", self._behind.open_item)
