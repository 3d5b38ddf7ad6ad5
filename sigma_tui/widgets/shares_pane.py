"""How much of the catalogue, of the users and of the present sequence each category has, as bars
beside each other."""

from rich.text import Text
from textual.app import ComposeResult

from engine.explore.overview import Overview
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import bar, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

COLUMNS = ("of all items", "of users", "here")


class SharesPane(Pane):
    """One line a category, in the order of the list above it."""

    _overview: Overview | None = None

    def compose(self) -> ComposeResult:
        """What the columns are, then rows."""
        yield OneLine(id="shares-heading", classes="heading")
        lines = LineList(id="shares-lines", empty="", cursor=False)
        lines.can_focus = False
        yield lines

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Shares")

    def on_resize(self) -> None:
        """Columns share the width."""
        self._show()

    def show_overview(self, overview: Overview) -> None:
        """Only categories of the catalogue have shares."""
        self._overview = overview
        self.set_class(overview.kind != "catalogue", "-none")
        self._show()

    def _show(self) -> None:
        overview = self._overview
        if overview is None or overview.kind != "catalogue":
            return
        lines = self.query_one(LineList)
        room = self._room(lines.size.width)
        heading = Text("    ", end="")
        for name in COLUMNS:
            heading.append(name.ljust(room)[:room])
        self.query_one("#shares-heading", OneLine).say(heading)
        lines.show(len(overview.lines), self._draw)

    def _room(self, width: int) -> int:
        """Cells of a column with its number."""
        return max(9, (width - 4) // len(COLUMNS))

    def _draw(self, index: int, width: int) -> Text:
        assert self._overview is not None
        lines = self._overview.lines
        cells, room = CategoryCells(self.app), self._room(width)
        one = lines[index]
        values = [(line.share or 0.0, line.users or 0.0, line.intensity or 0.0) for line in lines]
        text = Text(" ", end="")
        text.append_text(cells.letter(one.category))
        text.append(" ")
        highest = max(max(row) for row in values)
        for value in values[index]:
            text.append(bar(value / max(highest, 1e-9), room - 6), cells.colour(one.category))
            text.append(f" {share(value):<5}")
        return text
