"""Find an item by its title, as you type."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from engine.explore.search import TitleSearch
from sigma_tui.beside.newest import Finder
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

RESULTS = 50
LONGEST_TEXT = 200


class SearchScreen(ModalScreen[int | None]):
    """Returns the chosen item's id, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("down", "step(1)", show=False, priority=True),
        Binding("up", "step(-1)", show=False, priority=True),
    ]

    class Found(Message):
        """What a text finds: item ids, best first."""

        def __init__(self, text: str, items: list[int]) -> None:
            super().__init__()
            self.text, self.items = text, items

    def __init__(self, title: str, search: TitleSearch, explorer: "Explorer") -> None:
        super().__init__()
        self._title = title
        self._search = search
        self._explorer = explorer
        self._finder: Finder[str, list[int]] = Finder(self._find, self._tell)
        self._looked_for = ""
        self._found: list[int] = []
        self._enter_waits = False

    @property
    def looked_for(self) -> str:
        """The text that the list as it stands was found by."""
        return self._looked_for

    def compose(self) -> ComposeResult:
        """A line to type in and the results under it."""
        with Vertical(id="search-box") as box:
            box.border_title = self._title
            box.border_subtitle = "enter takes it · esc leaves"
            yield Input(placeholder="title …", id="search-text", max_length=LONGEST_TEXT)
            yield LineList(id="search-lines", empty="Nothing is called like that.")

    def on_mount(self) -> None:
        """Shows the most popular items until something is typed."""
        self.query_one(LineList).can_focus = False
        self._show("", self._search.find("", RESULTS))

    def on_unmount(self) -> None:
        """Ends the thread that searches."""
        self._finder.close()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._finder.ask(event.value)

    def _find(self, text: str, outdated: Callable[[], bool]) -> list[int]:
        """Called in the thread that searches."""
        return self._search.find(text, RESULTS, outdated)

    def _tell(self, text: str, found: list[int]) -> None:
        """Called from the thread that searches."""
        self.post_message(self.Found(text, found))

    @on(Found)
    def _heard(self, message: Found) -> None:
        if message.text != self.query_one(Input).value:
            return  # more was typed while this was on its way
        self._show(message.text, message.items)
        if self._enter_waits:
            self._enter_waits = False
            self._take()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value == self._looked_for:
            self._take()
        else:  # a quick hand: the text is not found yet
            self._enter_waits = True

    def _take(self) -> None:
        if self._found:
            self.dismiss(self._found[self.query_one(LineList).cursor])

    @on(LineList.Chosen)
    def _clicked(self, message: LineList.Chosen) -> None:
        self.dismiss(self._found[message.index])

    def on_paste(self, event: events.Paste) -> None:
        """A long paste is cut by the input's own bound."""
        del event

    def action_step(self, by: int) -> None:
        """Moves through the results while the text keeps the focus."""
        self.query_one(LineList).action_step(by)

    def _show(self, text: str, found: list[int]) -> None:
        self._looked_for, self._found = text, found
        self.query_one(LineList).show(len(found), self._draw, cursor=0)

    def _draw(self, index: int, width: int) -> Text:
        item = self._found[index]
        cells = CategoryCells(self.app)
        line = Text(" ")
        line.append_text(column(self._explorer.catalogue.titles[item - 1], width - 6))
        line.append(" ")
        line.append_text(cells.letter(self._explorer.category_of(item)))
        return line
