"""What a search for the smallest change has found, and how far it has come."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from engine.explore.change import Budget, Change, Searched, Stage
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column, progress_bar
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

SAID: dict[Stage, str] = {
    "one removal": "1 removal",
    "one added item": "1 item added at the end",
    "two removals": "2 removals",
    "more removals": "3 or more",
}
BAR = 12
WIDE = 84
"""Cells from which there is room to say how sure it is that a change is the smallest."""


class ChangesPane(Vertical):
    """The question, the changes that do it, and what was tried.

    items: the sequence that was asked about. item: that comes in or goes out. k: length of the
    list.
    """

    def __init__(self, explorer: "Explorer", items: tuple[int, ...], item: int, k: int) -> None:
        super().__init__()
        self._explorer, self._items, self._item, self._k = explorer, items, item, k
        self._searched: Searched | None = None
        self._walked = False

    @property
    def lines(self) -> LineList:
        """The changes."""
        return self.query_one(LineList)

    @property
    def chosen(self) -> Change | None:
        """The change under the cursor."""
        found = self._searched.found if self._searched is not None else ()
        return found[self.lines.cursor] if self.lines.cursor < len(found) else None

    def compose(self) -> ComposeResult:
        """From the question to the small print."""
        yield Static(id="change-question")
        yield LineList(id="change-lines", empty="Trying …")
        yield Static(id="change-chosen")
        yield Static(id="change-tried")
        yield Static(id="change-budget")

    @on(LineList.Moved)
    def _walk(self) -> None:
        """From now on the cursor stays on its change, not on the best one."""
        self._walked = True
        self._show_chosen()

    def show(self, searched: Searched, budget: Budget, *, stopped: bool = False) -> None:
        """Shows how far a search has come; the cursor stays on its change."""
        before = self.chosen if self._walked else None
        self._searched = searched
        self.query_one("#change-question", Static).update(self._question(searched))
        cursor = searched.found.index(before) if before in searched.found else 0
        over = searched.ended or stopped
        self.lines.empty = self._nothing(searched) if over else "Nothing yet …"
        self.lines.show(len(searched.found), self._draw, cursor=cursor)
        self._show_chosen()
        self.query_one("#change-tried", Static).update(self._tried(searched))
        self.query_one("#change-budget", Static).update(_spent(searched, budget, over))

    def _question(self, searched: Searched) -> Text:
        if searched.rank is not None:
            where = f"now #{searched.rank:,}"
        else:
            where = "in the sequence itself" if self._items else "nothing is recommended yet"
        begin = f" What {'brings in' if searched.aim == 'in' else 'sends out'} "
        end = f"?  {where}, the list has {self._k}"
        line = Text(begin, end="")
        title = Text(visible(self._title(self._item)), style="bold")
        title.truncate(max(8, self.size.width - len(begin) - len(end) - 1), overflow="ellipsis")
        line.append_text(title)
        line.append(end, "dim")
        return line

    def _draw(self, index: int, width: int) -> Text:
        assert self._searched is not None
        change = self._searched.found[index]
        certain = self._searched.is_smallest(change)
        numbers = f" → #{change.rank:<6,} {change.size} edit{'s' if change.size > 1 else ' '} "
        wide = width >= WIDE
        line = Text(" ", end="")
        room = width - len(numbers) - (25 if wide else 3)
        line.append_text(column(self.describe(change), room))
        line.append(numbers, "bold")
        sure = "none is smaller" if certain else "maybe not the smallest"
        line.append(f" {sure}" if wide else (" " if certain else "?"), "" if certain else "italic")
        return line

    def _show_chosen(self) -> None:
        """The change under the cursor as a whole, for which a line may have no room."""
        chosen = self.chosen
        said = Text(visible(self.describe(chosen)) if chosen is not None else "")
        self.query_one("#change-chosen", Static).update(said)

    def describe(self, change: Change) -> str:
        """A change in words; titles as they are in the data."""
        if change.added is not None:
            return f"+ {self._title(change.added)}"
        gone = [f"{self._title(self._items[place])} ({place + 1})" for place in change.removed]
        return "− " + ", ".join(gone)

    def _tried(self, searched: Searched) -> Text:
        line = Text("tried  ", style="dim")
        for number, (stage, done, whole) in enumerate(searched.tried):
            line.append(" · " if number else "")
            line.append(f"{SAID[stage]}: ")
            if stage == "more removals":
                line.append(f"{done:,} sets (a beam search)")
            elif stage in searched.complete:
                line.append(f"all {whole:,}")
            else:
                line.append(f"{done:,} of {whole:,}", "bold")
        if searched.count > len(searched.found):
            line.append(f" · shown are the strongest {len(searched.found)} of {searched.count:,}")
        if not all(searched.is_smallest(change) for change in searched.found):
            line.append(" · ? maybe not the smallest" if self.size.width < WIDE else "")
        return line

    def _nothing(self, searched: Searched) -> str:
        what = "bring it in" if searched.aim == "in" else "send it out"
        kinds = (
            "no removal of one or two items and no added item"
            if searched.aim == "in"
            else ("no removal of one or two items")
        )
        needed: set[Stage] = {"one removal", "two removals"}
        if searched.aim == "in" and searched.rank is not None:
            needed.add("one added item")
        if searched.complete >= needed:
            return (
                f"Nothing was found that would {what}: {kinds} does, and no set of more was found."
            )
        return (
            f"Nothing that would {what} was found within the budget, and not all was tried. "
            "Press m to search on with more."
        )

    def _title(self, item: int) -> str:
        return self._explorer.catalogue.titles[item - 1]


def _spent(searched: Searched, budget: Budget, over: bool) -> Text:
    """The budget, and how much of it is used."""
    part = max(searched.scored / budget.sequences, searched.seconds / budget.seconds)
    line = Text(" ")
    line.append_text(progress_bar(part, BAR))
    line.append(
        f" {searched.scored:,} of {budget.sequences:,} sequences · {searched.seconds:.1f} of "
        f"{budget.seconds:.0f} s",
        "dim",
    )
    line.append("  done" if over else "  searching …", "italic")
    return line
