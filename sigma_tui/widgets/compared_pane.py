"""One of two lists of recommendations: where each item stands in the other one."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult

from engine.explore.answer import Recommendation
from sigma_tui.look.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


class ComparedPane(Pane):
    """A list beside another. heading: begins the title, such as ``3 A``. other: letter of the other
    one."""

    def __init__(self, *, id: str, heading: str, other: str) -> None:
        super().__init__(id=id)
        self._heading, self._other = heading, other
        self._explorer: Explorer | None = None
        self._lines: tuple[Recommendation, ...] = ()
        self._elsewhere: dict[int, int] = {}
        self._depth = 0

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    def compose(self) -> ComposeResult:
        """Heading, then the list."""
        yield OneLine(classes="heading compared-facts")
        yield LineList(id=f"{self.id}-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle(self._heading)

    def item_at_cursor(self) -> int | None:
        """The recommended item under the cursor."""
        cursor = self.lines.cursor
        return self._lines[cursor].item if cursor < len(self._lines) else None

    def show_lists(
        self,
        name: str,
        explorer: "Explorer",
        own: tuple[Recommendation, ...],
        other: tuple[Recommendation, ...],
        k: int,
    ) -> None:
        """Shows the first K of a list. own, other: both lists as far as they are known."""
        self._explorer = explorer
        self._lines = own[:k]
        self._elsewhere = {line.item: line.rank for line in other}
        self._depth = len(other)
        self.lines.empty = "Nothing to recommend from an empty sequence."
        self.lines.show(len(self._lines), self._draw)
        self.entitle(Text(f"{self._heading} · {visible(name)}"))
        facts = Text("  # ", no_wrap=True, overflow="ellipsis", end="")
        if self._lines:
            alone = sum(not self._is_shared(line) for line in self._lines)
            facts.append(f"in {self._other}   top {len(self._lines)} · ")
            facts.append(f"{alone} only here", "bold")
            facts.append(" (◆)")
        self.query_one(OneLine).say(facts)

    def _is_shared(self, line: Recommendation) -> bool:
        return self._elsewhere.get(line.item, self._depth + 1) <= len(self._lines)

    def _draw(self, index: int, width: int) -> Text:
        line = self._lines[index]
        if self._explorer is None:
            return Text("")
        elsewhere = self._elsewhere.get(line.item)
        shared = self._is_shared(line)
        text = Text(f"{line.rank:>3} ", end="")
        where = f">{self._depth}" if elsewhere is None else str(elsewhere)
        text.append(f"{where:>4} ", "" if shared else "dim")
        text.append("  " if shared else "◆ ", f"bold {self.app.current_theme.warning}")
        probability = f" {line.probability:.3f}".replace("0.", ".", 1)
        title = self._explorer.catalogue.titles[line.item - 1]
        room = width - text.cell_len - len(probability) - 4  # one is left for the scrollbar
        text.append_text(column(title, room, "" if shared else "bold"))
        text.append(" ")
        text.append_text(CategoryCells(self.app).letter(line.category))
        text.append(probability, "dim")
        return text
