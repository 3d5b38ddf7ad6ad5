"""One item: what it belongs to, what is near, who has it, and where it stands for the sequence."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen

from engine.explore.item_portrait import ItemPortrait
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.safely import Trouble, or_trouble
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.widgets.item_panes import FactsPane, HoldersPane, MembershipPane, NeighboursPane
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine

if TYPE_CHECKING:
    from sigma_tui.screens.atlas import AtlasOpener

Asked = tuple[int, tuple[int, ...]]
"""Item and sequence."""


class ItemScreen(Screen[None]):
    """Shows an item, and the way there from item to item.

    behind: the explorer. item: the first one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("item")]

    class Found(Message):
        """What is known of an item, or why it is not."""

        def __init__(self, asked: Asked, portrait: ItemPortrait | Trouble) -> None:
            super().__init__()
            self.asked, self.portrait = asked, portrait

    def __init__(self, behind: "AtlasOpener", item: int) -> None:
        super().__init__()
        self._behind = behind
        self._item = item
        self._trail: list[int] = []
        self._finder: Finder[Asked, ItemPortrait | Trouble] | None = None
        self._portrait: ItemPortrait | None = None

    @property
    def item(self) -> int:
        """The item that is looked at."""
        return self._item

    @property
    def portrait(self) -> ItemPortrait | None:
        """What is shown of it; None until it is there."""
        return self._portrait

    def compose(self) -> ComposeResult:
        """The item and its categories left, its neighbours and owners right."""
        yield OneLine(id="header")
        with Horizontal(classes="columns"):
            with Vertical():
                yield FactsPane(id="item-facts")
                yield MembershipPane(id="membership")
            with Vertical():
                yield NeighboursPane(id="neighbours")
                yield HoldersPane(id="holders")
        yield KeyLine()

    def on_mount(self) -> None:
        """Asks for the item."""
        atlas, explorer = self._behind.atlas, self._behind.loaded
        self._finder = Finder(or_trouble(lambda asked: atlas.item(*asked)), self._tell)
        for pane in self.query(FactsPane), self.query(MembershipPane), self.query(NeighboursPane):
            pane.first().show_catalogue(explorer)
        self.query_one(HoldersPane).show_users(explorer.interactions)
        self.query_one(NeighboursPane).lines.focus()
        self._ask()

    def on_unmount(self) -> None:
        """Ends the thread that asks."""
        if self._finder is not None:
            self._finder.close()

    def on_screen_resume(self) -> None:
        """Names and sequence may have changed meanwhile."""
        if self._finder is not None:
            self._ask()

    def show(self, item: int) -> None:
        """Goes on to another item."""
        if item != self._item:
            self._trail.append(self._item)
            self._item = item
            self._ask()

    def _ask(self) -> None:
        if self._finder is not None:  # else it asks when it is there
            self.query_one("#header", OneLine).say(self._behind.where())
            self._finder.ask((self._item, self._behind.sequence))

    def _tell(self, asked: Asked, portrait: ItemPortrait | Trouble) -> None:
        """Called from the thread that asks."""
        self.post_message(self.Found(asked, portrait))

    @on(Found)
    def _show(self, found: Found) -> None:
        if found.asked != (self._item, self._behind.sequence):
            return  # another one was asked for while this was on its way
        portrait = found.portrait
        if isinstance(portrait, Trouble):
            self.notify(visible(portrait.message), severity="error", markup=False)
            return
        again = self._portrait is not None and self._portrait.item == portrait.item
        self._portrait = portrait
        self.query_one(FactsPane).show_portrait(portrait, self._behind.user_label)
        self.query_one(MembershipPane).show_portrait(portrait)
        self.query_one(NeighboursPane).show_portrait(portrait, again)
        self.query_one(HoldersPane).show_portrait(portrait, again)

    @on(LineList.Chosen, "#membership-lines")
    def _category_chosen(self, message: LineList.Chosen) -> None:
        self._behind.open_categories(self.query_one(MembershipPane).category_at(message.index))

    @on(LineList.Chosen, "#neighbours-lines")
    def _neighbour_chosen(self, message: LineList.Chosen) -> None:
        self.show(self.query_one(NeighboursPane).item_at(message.index))

    @on(LineList.Chosen, "#holders-lines")
    def _holder_chosen(self, message: LineList.Chosen) -> None:
        self._behind.visit(self.query_one(HoldersPane).user_at(message.index))

    def action_item_take(self) -> None:
        """Adds the item at the end of the sequence."""
        self._behind.take(self._item)
        title = visible(self._behind.loaded.catalogue.titles[self._item - 1])
        self.notify(f"{title} is now the last of the sequence.", timeout=3, markup=False)
        self._ask()

    def action_item_before(self) -> None:
        """Back to the item before."""
        if self._trail:
            self._item = self._trail.pop()
            self._ask()
        else:
            self.notify("This is the first item; esc goes back.", timeout=2, markup=False)

    def action_item_map(self) -> None:
        """Shows the item on the map."""
        self._behind.open_map(at=self._item)

    def action_item_categories(self) -> None:
        """All categories, with the item's own chosen."""
        self._behind.open_categories(self._behind.loaded.category_of(self._item))

    def action_item_pane(self, pane: str) -> None:
        """Goes to a pane."""
        self.query_one(f"#{pane}-lines", LineList).focus()
