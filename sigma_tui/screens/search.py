"""Find an item by its title, as you type."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from engine.explore.search import TitleSearch
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

    def __init__(self, title: str, search: TitleSearch, explorer: "Explorer") -> None:
        super().__init__()
        self._title = title
        self._search = search
        self._explorer = explorer
        self._found: list[int] = []

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
        self._look("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._look(event.value)

    @on(Input.Submitted)
    def _taken(self) -> None:
        lines = self.query_one(LineList)
        if self._found:
            self.dismiss(self._found[lines.cursor])

    @on(LineList.Chosen)
    def _clicked(self, message: LineList.Chosen) -> None:
        self.dismiss(self._found[message.index])

    def on_paste(self, event: events.Paste) -> None:
        """A long paste is cut by the input's own bound."""
        del event

    def action_step(self, by: int) -> None:
        """Moves through the results while the text keeps the focus."""
        self.query_one(LineList).action_step(by)

    def _look(self, text: str) -> None:
        self._found = self._search.find(text, RESULTS)
        self.query_one(LineList).show(len(self._found), self._draw, cursor=0)

    def _draw(self, index: int, width: int) -> Text:
        item = self._found[index]
        cells = CategoryCells(self.app)
        line = Text(" ")
        line.append_text(column(self._explorer.catalogue.titles[item - 1], width - 6))
        line.append(" ")
        line.append_text(cells.letter(self._explorer.category_of(item)))
        return line
