"""Interests: how strong each category is in the sequence, and what edits and steering changed."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from engine.explore.answer import Interest
from engine.explore.categories import CategoryPortrait
from sigma_tui.beside.inference import Answered
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import bar, change, column, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

SMALL = 0.05
"""Intensity below which interests are folded into one line, if there are several."""
ROOMY = 48
"""Cells of a line from which numbers stand apart and bars are long."""
FULL = 0.5
"""Intensity that fills a bar, unless some interest has more: few have, and the bars are short."""
LEAST_NAME = 26
"""Cells that names may have in any case; with more room they are whole and bars have a third."""
COLUMNS = "intensity · change · σ · items"
STEERING = "← → steer · 0 reset · w done"


@dataclass(frozen=True)
class Row:
    """A line: an interest; an item that stands for the selected one; or the folded interests."""

    interest: Interest | None = None
    item: int | None = None
    folded: int = 0


class InterestsPane(Pane):
    """The K interests, strongest first. One may be selected: then its own items follow it. heading:
    begins the title."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("interests")]

    class Selected(Message):
        """Another interest is selected, or none."""

        def __init__(self, category: int | None) -> None:
            super().__init__()
            self.category = category

    def __init__(self, *, id: str, heading: str = "3 Interests") -> None:
        super().__init__(id=id)
        self._heading = heading
        self._portraits: tuple[CategoryPortrait, ...] = ()
        self._titles: list[str] = []
        self._longest = 0  # cells of a category's name
        self._favourites: dict[int, tuple[int, ...]] = {}
        self._interests: list[Interest] = []
        self._steered: tuple[float, ...] = ()
        self._before: dict[int, Interest] = {}
        self._edited = False
        self._unfolded = False
        self._steers = False
        self._rows: list[Row] = []
        self.selected: int | None = None

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="interests-lines", empty="loading …", at_once=True)

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle(self._heading)
        self.border_subtitle = COLUMNS

    def show_portraits(
        self, count: int, portraits: tuple[CategoryPortrait, ...], titles: list[str]
    ) -> None:
        """How many interests there may be, and names of the categories; interests that are a
        person's own have none. titles: of items 1..V."""
        self._portraits, self._titles = portraits, titles
        self._longest = max((cell_len(visible(one.name or "–")) for one in portraits), default=0)
        self._favourites = {one.category: one.top_items[:3] for one in portraits}
        self.usually(max(4, min(8, count) + 2))
        self.lines.empty = (
            "No item, no interest yet."
            if count
            else "This model has no interests. Train one that has: --model sigma."
        )

    def show_answer(self, answered: Answered, edited: bool) -> None:
        """Shows the interests beside those of the original."""
        answer = answered.answer
        self._edited, self._steered = edited, answer.steered
        self._before = {one.category: one for one in answered.reference.interests}
        self._interests = sorted(answer.interests, key=lambda one: -one.intensity)
        if not self._portraits:
            self._favourites = {}  # of another sequence
        self._show()
        title = self._heading
        if answer.interests:
            moved = answer.entropy - answered.reference.entropy
            title += f" · K = {len(answer.interests)} · entropy {answer.entropy:.2f} bit"
            if edited and change(moved) != "·":
                title += f" ({change(moved)})"
            title += " · steered" if answer.steered else ""
        self.entitle(title)

    def show_favourites(self, items: dict[int, tuple[int, ...]]) -> None:
        """Items that stand for each interest of this sequence."""
        self._favourites = items
        self._show()

    def steer(self, steers: bool) -> None:
        """Whether ← and → change the intensity under the cursor."""
        self._steers = steers
        self.border_subtitle = STEERING if steers else COLUMNS
        self.set_class(steers, "-steers")
        self._show()

    def select(self, category: int | None) -> None:
        """Selects an interest, or none."""
        if category != self.selected:
            self.selected = category
            self._show()
            self.post_message(self.Selected(category))

    def category_at_cursor(self) -> int | None:
        """The interest under the cursor; None on another line."""
        cursor = self.lines.cursor
        row = self._rows[cursor] if cursor < len(self._rows) else Row()
        return None if row.interest is None else row.interest.category

    def intensity(self, category: int) -> float:
        """How strong an interest is as it is steered."""
        if self._steered:
            return self._steered[category]
        return next(one.intensity for one in self._interests if one.category == category)

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        row = self._rows[message.index]
        if row.folded:
            self._unfolded = not self._unfolded
            self._show()
        elif row.interest is not None:
            category = row.interest.category
            self.select(None if category == self.selected else category)

    def _show(self) -> None:
        """Lays the rows out; the cursor stays on its interest, wherever that is now."""
        category, cursor = self.category_at_cursor(), self.lines.cursor
        small = [one for one in self._interests if self._is_small(one)]
        folds = len(small) > 1
        rows: list[Row] = []
        for one in self._interests:
            if folds and not self._unfolded and one in small:
                continue
            rows.append(Row(interest=one))
            if one.category == self.selected and not self._steers:
                rows += [Row(item=item) for item in self._favourites.get(one.category, ())]
        if folds:
            rows.append(Row(folded=len(small)))
        self._rows = rows
        own = [row.interest.category if row.interest else None for row in rows]
        if category is not None and category in own:
            cursor = own.index(category)
        self.lines.show(len(rows), self._draw, cursor=cursor)

    def _is_small(self, one: Interest) -> bool:
        steered = self._steered[one.category] if self._steered else 0.0
        shown = max(one.intensity, steered)
        return shown < SMALL and one.category != self.selected and not self._steers

    def _draw(self, index: int, width: int) -> Text:
        row = self._rows[index]
        if row.interest is not None:
            return self._draw_interest(row.interest, width)
        if row.item is not None:
            line = Text("     ")
            line.append_text(column(self._titles[row.item - 1], width - 6, "dim"))
            return line
        words = f"below {share(SMALL)}" if not self._unfolded else f"below {share(SMALL)} are shown"
        return Text(f" … {row.folded} {words} · enter", style="dim italic")

    def _draw_interest(self, interest: Interest, width: int) -> Text:
        cells = CategoryCells(self.app)
        before = self._before.get(interest.category)
        delta = change(interest.intensity - before.intensity) if before and self._edited else ""
        shown = interest.intensity
        if self._steered:
            shown = self._steered[interest.category]
            delta = f"→{share(shown)}" if share(shown) != share(interest.intensity) else "·"
        spread = "–" if interest.spread is None else share(interest.spread)
        intensity, count = share(interest.intensity), interest.hard_count
        if width < ROOMY:  # the rest is for names
            numbers, least = f" {intensity:>3} {delta:>4} {spread:>3} {count:>3}", 4
        else:
            numbers, least = f" {intensity:>4} {delta:>5}  {spread:>4} {count:>4}", 8
        chosen = interest.category == self.selected
        line = Text("▸" if chosen else " ")
        line.append_text(cells.letter(interest.category, lit=chosen))
        room = width - len(numbers) - 4
        if self._portraits:
            most = min(self._longest, max(LEAST_NAME, room * 2 // 3))
            name_width = max(0, min(most, room - 1 - least))
            name = self._portraits[interest.category].name
            line.append_text(column(name or "–", name_width, "bold" if chosen else ""))
            line.append(" ")
            room -= name_width + 1
        highest = max(self._steered or (one.intensity for one in self._interests))
        part = shown / max(FULL, highest)
        line.append(bar(part, max(least, room)), cells.colour(interest.category))
        line.append(numbers)
        return line
