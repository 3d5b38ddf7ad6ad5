"""The items of a dataset: searched by title, the most popular first."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input

from sigma_tui.beside.newest import Finder
from sigma_tui.look.text import TYPED
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from sigma_tui.beside.dataset_view import DatasetView

RESULTS = 500
"""Items that a search shows at most."""


class ItemsPane(Pane):
    """A line to search in and the items under it. Items are numbered by popularity."""

    class Found(Message):
        """What a text finds: item ids, best first; None for all."""

        def __init__(self, text: str, items: list[int] | None) -> None:
            super().__init__()
            self.text, self.items = text, items

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._view: DatasetView | None = None
        self._finder: Finder[str, list[int] | None] | None = None
        self._found: list[int] | None = None

    @property
    def search(self) -> Input:
        """The line to search in."""
        return self.query_one(Input)

    def compose(self) -> ComposeResult:
        """Search, then list."""
        yield Input(
            placeholder="/ search by title", id="items-search", max_length=200, restrict=TYPED,
            compact=True,
        )  # fmt: skip
        yield LineList(id="items-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("3 Items")
        self.border_subtitle = "title · categories · users"

    def on_unmount(self) -> None:
        """Ends the thread that searches."""
        if self._finder is not None:
            self._finder.close()

    def show_dataset(self, view: "DatasetView") -> None:
        """Shows a dataset's items."""
        self._view = view
        if self._finder is None:
            self._finder = Finder(self._find, self._tell)
        self._show(None)

    def item_at(self, index: int) -> int | None:
        """The item on a line."""
        if self._found is not None:
            return self._found[index] if 0 <= index < len(self._found) else None
        count = 0 if self._view is None else len(self._view.catalogue.titles)
        return index + 1 if 0 <= index < count else None

    def point_at(self, item: int) -> None:
        """Puts the cursor on an item, among all of them."""
        with self.prevent(Input.Changed):
            self.search.value = ""
        self._show(None, cursor=item - 1)

    def on_key(self, event: events.Key) -> None:
        """From the search, escape and down go to the list."""
        if self.search.has_focus and event.key in ("escape", "down"):
            event.stop()
            self.lines.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._finder is not None:
            self._finder.ask(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.lines.focus()

    def _find(self, text: str, outdated: Callable[[], bool]) -> list[int] | None:
        """Called in the thread that searches."""
        if self._view is None or not text.strip():
            return None
        return self._view.search.find(text, RESULTS, outdated)

    def _tell(self, text: str, items: list[int] | None) -> None:
        """Called from the thread that searches."""
        self.post_message(self.Found(text, items))

    @on(Found)
    def _heard(self, message: Found) -> None:
        if message.text == self.search.value:
            self._show(message.items)

    def _show(self, found: list[int] | None, cursor: int = 0) -> None:
        self._found = found
        total = 0 if self._view is None else len(self._view.catalogue.titles)
        count = total if found is None else len(found)
        self.lines.empty = "Nothing is called like that."
        self.lines.show(count, self._draw, cursor=cursor)
        more = " at least" if found is not None and count == RESULTS else ""
        self.entitle(f"3 Items ·{more} {count:,}")

    def _draw(self, index: int, width: int) -> Text:
        item, view = self.item_at(index), self._view
        if item is None or view is None:
            return Text("")
        number = f"{view.catalogue.popularity[item - 1]:,}".rjust(7)
        categories = ", ".join(view.catalogue.categories[item - 1])
        room = width - len(number) - 2
        beside = min(room // 3, 24) if view.shape.categories else 0
        line = Text(" ", end="")
        line.append_text(column(view.catalogue.titles[item - 1], room - beside))
        if beside:
            line.append_text(column(f" {categories}", beside, "dim"))
        line.append(number)
        return line
