"""The cosine of every category's vector with every other's, as a small coloured table."""

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.color import Color

from engine.explore.categories import letter_of
from engine.explore.overview import Overview
from sigma_tui.look.themed import Themed
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

CELL, NARROW_CELL = 5, 4
STRONGEST = 0.45
"""How much of the colour is behind a cosine of 1: the number on it stays legible."""


class CosinePane(Themed, Pane):
    """Rows and columns are categories; where they do not fit, the columns around the chosen one."""

    _overview: Overview | None = None
    _chosen = 0

    def compose(self) -> ComposeResult:
        """Letters, then rows."""
        yield OneLine(id="cosines-heading", classes="heading")
        lines = LineList(id="cosines-lines", empty="")
        lines.can_focus = False
        yield lines

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Cosines")

    def on_resize(self) -> None:
        """Other columns may fit."""
        self._show()

    def use_colours(self) -> None:
        """Letters have others."""
        self._show()

    def show_overview(self, overview: Overview, chosen: int) -> None:
        """Shows the matrix with the row of the chosen category marked."""
        self._overview, self._chosen = overview, chosen
        self.set_class(not overview.lines, "-none")
        self.styles.max_height = len(overview.lines) + 3
        self._show()

    def _cell(self, width: int) -> int:
        """Cells of a column: narrow ones where all of them fit only so."""
        count = 0 if self._overview is None else len(self._overview.lines)
        return NARROW_CELL if (width - 4) // CELL < count else CELL

    def _columns(self, width: int) -> range:
        """Those that fit, with the chosen one among them."""
        count = 0 if self._overview is None else len(self._overview.lines)
        fit = max(1, (width - 4) // self._cell(width))
        first = max(0, min(self._chosen - fit // 2, count - fit))
        return range(first, min(count, first + fit))

    def _show(self) -> None:
        overview = self._overview
        if overview is None or not overview.lines:
            return
        width = self.query_one(LineList).size.width
        columns, cell = self._columns(width), self._cell(width)
        cells = CategoryCells(self.app)
        heading = Text("    ", end="")
        for place in columns:
            category = overview.lines[place].category
            heading.append(f"{letter_of(category):>{cell}}", f"bold {cells.colour(category)}")
        self.query_one("#cosines-heading", OneLine).say(heading)
        whose = "of the interests" if overview.kind == "personal" else "of the c_k"
        some = ""
        if len(columns) < len(overview.lines):
            first, last = (overview.lines[place].category for place in (columns[0], columns[-1]))
            some = f" · {letter_of(first)}–{letter_of(last)} of {len(overview.lines)}"
        self.entitle(f"Cosines {whose}{some}")
        lines = self.query_one(LineList)
        lines.show(len(overview.lines), self._draw, cursor=self._chosen)
        lines.refresh()

    def _draw(self, index: int, width: int) -> Text:
        assert self._overview is not None
        cells, theme = CategoryCells(self.app), self.app.current_theme
        line = Text(" ")
        line.append_text(cells.letter(self._overview.lines[index].category))
        line.append(" ")
        ground = Color.parse(theme.background or "#000000")
        warm, cold = Color.parse(theme.primary), Color.parse(theme.error or theme.primary)
        cell = self._cell(width)
        for place in self._columns(width):
            value = float(self._overview.cosines[index, place])
            tint = ground.blend(warm if value > 0 else cold, STRONGEST * min(1.0, abs(value)))
            text = "1" if place == index else _cosine(value, 1 if cell == NARROW_CELL else 2)
            line.append(f"{text:>{cell}}", Style(bgcolor=tint.hex))
        return line


def _cosine(value: float, digits: int) -> str:
    """A cosine with so many digits, and no sign where they are all nought: in narrow columns a
    number with two of them would touch the one before it."""
    text = f"{value:.{digits}f}".replace("0.", ".", 1)
    return text.removeprefix("-") if float(text) == 0 else text
