"""A choice of one of several: a list whose cursor is the choice, and what it means."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

LONGEST_NAME = 28
"""Cells of a name beside what it is."""


class ChoicePane(Pane):
    """Names with a few words each; all that is known of the chosen one under them."""

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self._heading = title
        self._options: tuple[tuple[str, str], ...] = ()

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    @property
    def chosen(self) -> str | None:
        """The name under the cursor; None where there is nothing to choose."""
        return self._options[self.lines.cursor][0] if self._options else None

    def compose(self) -> ComposeResult:
        """The list and the text."""
        yield LineList(id=f"{self.id}-lines", empty="reading …")
        yield Static(classes="about")

    def on_mount(self) -> None:
        """Says what is chosen here."""
        self.entitle(self._heading)

    def show_options(self, options: Sequence[tuple[str, str]], chosen: str | None = None) -> None:
        """Shows names and what they are; the cursor goes to a name, or stays on the one it had."""
        wanted = chosen or self.chosen
        self._options = tuple(options)
        names = [name for name, _ in options]
        cursor = names.index(wanted) if wanted in names else 0
        self.lines.show(len(options), self._draw, cursor=cursor)

    def tell(self, about: RenderableType) -> None:
        """Says what the choice means."""
        self.query_one(".about", Static).update(about)

    def _draw(self, index: int, width: int) -> Text:
        name, about = self._options[index]
        longest = max(len(visible(one)) for one, _ in self._options)
        line = Text(" ● " if index == self.lines.cursor else "   ", end="")
        room = min(LONGEST_NAME, longest + 1, max(6, width - 4))
        line.append_text(column(name, room, "bold"))
        line.append_text(column(f" {about}", max(0, width - room - 3), "dim"))
        return line
