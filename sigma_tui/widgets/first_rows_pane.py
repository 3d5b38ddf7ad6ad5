"""The first rows of a file as they will be read."""

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from sigma_tui.look.text import counted, visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.library.draft import FirstRow

NAMES = ("user", "item", "time (UTC)", "rating", "title", "categories")
LABEL, TIME, RATING = 20, 19, 6
"""Cells of user and item at most, of a time and of a rating; the rest is for title and categories.
"""
HINT = (
    "Here will be the first rows as they will be read. Choose a file above: CSV, TSV, Parquet, "
    "JSON lines, a DuckDB file, MovieLens, RecBole or sequence text, also gzipped. It needs a "
    "user and an item in each line; times, ratings, titles and categories are welcome."
)


class FirstRowsPane(Pane):
    """A heading and up to twenty rows; columns that the file has not are left out."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: tuple[FirstRow, ...] = ()
        self._rejected: int | None = None

    def compose(self) -> ComposeResult:
        """Heading, then rows."""
        yield Static(id="first-rows-heading", classes="heading")
        yield LineList(id="first-rows-lines", empty=HINT)

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("F4 First rows")

    def show_rows(self, rows: tuple["FirstRow", ...], empty: str = HINT) -> None:
        """Shows rows, or a text instead. rejected: of the whole file, None if it is not known."""
        self._rows = rows
        lines = self.lines
        lines.empty = empty
        lines.show(len(rows), self._draw)
        self._heading()

    def show_rejected(self, rejected: int | None, first: str = "") -> None:
        """Says how many rows cannot be read, and why the first one; None while it is not known."""
        said = ""
        if rejected is not None:
            rows = counted(rejected, "row")
            said = f"{rows} cannot be read" if rejected else "every row can be read"
        # As text: the reason may quote data.
        self.border_subtitle = Text(said + (f", {visible(first)}" if first else ""))

    @on(LineList.Fitted)
    def _heading(self) -> None:
        width = self.lines.scrollable_content_region.width
        heading = self._line(NAMES, width, "") if self._rows else Text("")
        self.query_one("#first-rows-heading", Static).update(heading)

    def _draw(self, index: int, width: int) -> Text:
        row = self._rows[index]
        time = (row.time or "").replace("T", " ").removesuffix("+00:00")
        rating = "" if row.rating is None else f"{row.rating:g}"
        cells = (row.user, row.item, time, rating, row.title or "", ", ".join(row.categories))
        return self._line(cells, width, "")

    def _line(self, cells: tuple[str, ...], width: int, style: str) -> Text:
        line = Text(" ", style=style, end="")
        for name, text, cell_width in zip(NAMES, cells, self._widths(width), strict=True):
            if cell_width > 0:
                if name == "rating":
                    text = text.rjust(cell_width)
                line.append_text(column(text, cell_width))
                line.append(" ")
        return line

    def _widths(self, width: int) -> tuple[int, ...]:
        """Cells of each column: 0 for what the file has not, and title and categories share what
        the others leave. Where there is no title, the item is often called by it."""
        rows = self._rows
        there = (any(row.title is not None for row in rows), any(row.categories for row in rows))
        fixed: tuple[int, ...] = (
            _fitting([row.user for row in rows]),
            _fitting([row.item for row in rows]),
            TIME if any(row.time is not None for row in rows) else 0,
            RATING if any(row.rating is not None for row in rows) else 0,
        )
        spare = max(0, width - 1 - sum(fixed) - sum(map(bool, fixed)) - sum(there))
        if not there[0] and rows:
            user, item, *rest = fixed
            wanted = _fitting([row.item for row in rows], spare + item) - item
            more = min(wanted, spare // 2 if there[1] else spare)
            fixed, spare = (user, item + more, *rest), spare - more
        title = (spare * 3 // 5 if there[1] else spare) if there[0] else 0
        return (*fixed, title, spare - title if there[1] else 0)


def _fitting(labels: list[str], most: int = LABEL) -> int:
    """Cells for the longest of them, within bounds."""
    return min(most, max(6, *(cell_len(visible(label)) for label in labels)))
