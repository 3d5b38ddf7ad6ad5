"""The sequence: items with their categories, and the marks of every edit."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from engine.explore.versions import Entry, Row, Version
from sigma_tui.beside.inference import Answered
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import shown_key
from sigma_tui.look.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.pane import Pane
from sigma_tui.widgets.sequence_lines import SequenceLines

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


class SequencePane(Pane):
    """The edited sequence beside the original, oldest first."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sequence")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._explorer: Explorer | None = None
        self._rows: tuple[Row, ...] = ()
        self._entries: tuple[Entry, ...] = ()
        self._interests: dict[int, int | None] = {}
        self._lit: int | None = None
        self._came_next: tuple[int, str] | None = None

    def compose(self) -> ComposeResult:
        """The list."""
        yield SequenceLines(id="sequence-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("2 Sequence")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles and categories come from."""
        self._explorer = explorer
        self.lines.empty = (
            "The sequence is empty, so the model has nothing to go on. Press "
            f"{shown_key(self.app, 'explorer.add')} to add an item."
        )

    def show_version(self, version: Version, place: int | None = None) -> None:
        """Shows an edited sequence; place: where the cursor goes in it, None leaves it."""
        self._rows, self._entries, self._interests = version.rows(), version.entries, {}
        self._came_next = None
        cursor = None
        if place is not None:
            places = [index for index, row in enumerate(self._rows) if row.place is not None]
            if places:
                cursor = places[max(0, min(place, len(places) - 1))]
        self.lines.show(len(self._rows), self._draw, cursor=cursor)
        count = len(version.items)
        limit = self._explorer.max_length if self._explorer is not None else count
        seen = f" · last {limit} seen" if count > limit else ""
        self.entitle(f"2 Sequence · {count}{seen}")

    def show_answer(self, answered: Answered) -> None:
        """The rank of what really came next, where the end is cut off; and letters of what the
        model sees, where they depend on the whole sequence: interests that are a person's own. An
        item of the catalogue has its letter always."""
        if self._explorer is None:
            return
        self._came_next = self._what_came_next(answered)
        seen = [place for place, entry in enumerate(self._entries) if not entry.muted]
        answer = answered.answer
        own = not self._explorer.categories and self._explorer.interests
        if own and answer.items == tuple(self._entries[place].item for place in seen):
            self._interests = dict(zip(seen, answer.item_interests, strict=True))
        if own or self._came_next is not None:
            self.lines.show(len(self._rows), self._draw)

    def light(self, category: int | None) -> None:
        """Lights up the items of an interest, or none."""
        self._lit = category
        self.lines.show(len(self._rows), self._draw)

    def place_of(self, line: int) -> int | None:
        """The place in the edited sequence that a line shows; of a removed item, that of the next
        one there is."""
        after = (row.place for row in self._rows[line:] if row.place is not None)
        return next(after, len(self._entries) - 1 if self._entries else None)

    def _what_came_next(self, answered: Answered) -> tuple[int, str] | None:
        """Its line and what is said there: the first one that was cut off."""
        answer, line = answered.answer, len(self._entries)
        if answered.question.held_out or answer.target is None or line >= len(self._rows):
            return None
        row = self._rows[line]
        if row.place is not None or row.item != answer.target:
            return None
        rank = answer.target_rank
        return line, "seen before" if rank is None else f"#{rank:g}"

    def place_at_cursor(self) -> int | None:
        """The place in the edited sequence under the cursor; None on a removed item."""
        return self.place_at(self.lines.cursor)

    def place_at(self, line: int) -> int | None:
        """The place in the edited sequence on a line; None on a removed item."""
        return self._rows[line].place if line < len(self._rows) else None

    def item_at_cursor(self) -> int | None:
        """The item under the cursor, also a removed one."""
        cursor = self.lines.cursor
        return self._rows[cursor].item if cursor < len(self._rows) else None

    def _draw(self, index: int, width: int) -> Text:
        row = self._rows[index]
        if self._explorer is None:
            return Text("")
        titles = self._explorer.catalogue.titles
        cells = CategoryCells(self.app)
        number = "" if row.place is None else str(row.place + 1)
        line = Text(end="")
        line.append(f"{number:>4} ", "dim")
        mark = "m" if row.muted else row.mark
        line.append(f"{mark or ' '} ", self._style(row) if mark else "")
        title = visible(titles[row.item - 1])
        if row.was is not None:
            title += f"  (was {visible(titles[row.was - 1])})"
        category = self._explorer.category_of(row.item)
        if category is None and row.place is not None:
            category = self._interests.get(row.place)
        lit = self._lit is not None and category == self._lit and row.place is not None
        style = "dim italic" if row.muted else ("strike dim" if row.mark == "-" else "")
        if not style and self._lit is not None:
            style = "bold" if lit else "dim"
        told = ""
        if self._came_next is not None and self._came_next[0] == index:
            line = Text("next → ", "bold", end="")
            style, told = "bold", f" {self._came_next[1]}"
        line.append_text(column(title, width - line.cell_len - len(told) - 3, style))
        line.append(told, "bold")
        line.append(" ")
        line.append_text(cells.letter(category, lit=lit))
        return line

    def _style(self, row: Row) -> str:
        theme = self.app.current_theme
        if row.mark == "+":
            return f"bold {theme.success}"
        if row.mark == "-":
            return f"bold {theme.error}"
        return f"bold {theme.warning}"
