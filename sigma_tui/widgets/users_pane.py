"""Users: filter, sort, choose. Drawn line by line and filtered beside the screen, so that a million
of them scroll and answer at once."""

import random
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from sigma_tui.beside.afterthoughts import Surveyed
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.user_index import SURVEYED, ListedUsers, Order, UserIndex
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import shown_key
from sigma_tui.widgets.cells import column, rank, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

SAID: dict[Order, str] = {
    "file": "s sorts",
    "longest": "longest first",
    "shortest": "shortest first",
    "mixed": "mixed tastes first",
    "single": "one taste first",
    "diverse": "most diverse first",
    "alike": "least diverse first",
    "best": "best cases first",
    "worst": "worst cases first",
}
ROOM_FOR_RANKS = 29
"""Cells from which the ranks have a column even where the order is another."""
Wanted = tuple[str, Order]
"""Text of the filter, and the order."""
Rows = tuple[npt.NDArray[np.intp], int | None]
"""Users in their order, and the one who is called exactly as the filter says."""


class UsersPane(Pane):
    """The list of users with a filter above it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("users")]

    class Filtered(Message):
        """Enter in the filter; the list shows what was typed."""

    class Arranged(Message):
        """The rows for a filter and an order are found."""

        def __init__(self, wanted: Wanted, found: Rows) -> None:
            super().__init__()
            self.wanted, self.found = wanted, found

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._index = UserIndex([], np.zeros(0, dtype=np.int64), None)
        self._finder: Finder[Wanted, Rows] | None = None
        self._rows: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._shown: Wanted = ("", "file")
        self._order: Order = "file"
        self._pointed: int | None = None
        self._enter_waits = False

    @property
    def filter(self) -> Input:
        """The filter."""
        return self.query_one(Input)

    @property
    def shown(self) -> Wanted:
        """The filter and the order of the list as it stands."""
        return self._shown

    @property
    def order(self) -> Order:
        """The order asked for."""
        return self._order

    @property
    def surveyed(self) -> bool:
        """Whether all is known of all users."""
        surveyed = self._index.surveyed
        return surveyed is not None and surveyed.done == surveyed.users

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that there are."""
        return self._index.orders

    @property
    def listed(self) -> ListedUsers:
        """The users as they are filtered and sorted."""
        return ListedUsers(self._index, self._rows)

    def compose(self) -> ComposeResult:
        """Filter, heading, list."""
        yield Input(
            placeholder=f"{shown_key(self.app, 'explorer.find-user')} filter by id",
            id="users-filter",
            compact=True,
        )
        yield OneLine(id="users-heading", classes="heading")
        yield LineList(id="users-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("1 Users")

    def on_unmount(self) -> None:
        """Ends the thread that filters."""
        if self._finder is not None:
            self._finder.close()

    def show_users(self, index: UserIndex) -> None:
        """Shows a dataset's users as they are in the file."""
        self._index = index
        if self._finder is not None:
            self._finder.close()
        self._finder = Finder(_rows_of(index), self._tell)
        self._show(self._shown, index.rows(*self._shown), None)

    def user_at(self, index: int) -> int | None:
        """The user on a line, as an index into the dataset."""
        return int(self._rows[index]) if 0 <= index < len(self._rows) else None

    def point_at(self, user: int) -> None:
        """Puts the cursor on a user, without opening it again."""
        self._pointed = user
        found = np.flatnonzero(self._rows == user)
        if len(found) and self.lines.cursor != int(found[0]):
            self.lines.show(len(self._rows), self._draw, cursor=int(found[0]))

    def sort_by(self, order: Order) -> None:
        """Another order, from its top."""
        self._order = order
        self._pointed = None  # whoever is open
        self._arrange()

    def note(self, surveyed: Surveyed) -> None:
        """More is known of the users: shows it, in the order that follows from it."""
        self._index.note(surveyed)
        if self._order in SURVEYED:
            self._arrange()
        else:
            self._show(self._shown, self._rows, None)

    def random_row(self) -> int | None:
        """Any of the listed users but the one under the cursor, as a line."""
        others = len(self._rows) - 1
        if others < 1:
            return None
        row = random.randrange(others)
        return row + (row >= self.lines.cursor)

    def on_key(self, event: events.Key) -> None:
        """From the filter, escape and down go to the list."""
        if self.filter.has_focus and event.key in ("escape", "down"):
            event.stop()
            self.lines.focus()

    @on(Input.Changed, "#users-filter")
    def _arrange(self) -> None:
        if self._finder is not None:
            self._finder.ask(self._wanted)

    @on(Input.Submitted, "#users-filter")
    def _entered(self) -> None:
        if self._shown == self._wanted:
            self.post_message(self.Filtered())
        else:  # a quick hand: the text is not found yet
            self._enter_waits = True

    @property
    def _wanted(self) -> Wanted:
        return self.filter.value, self._order

    def _tell(self, wanted: Wanted, found: Rows) -> None:
        """Called from the thread that filters."""
        self.post_message(self.Arranged(wanted, found))

    @on(Arranged)
    def _arranged(self, message: Arranged) -> None:
        if message.wanted != self._wanted:
            return  # more was typed while this was on its way
        self._show(message.wanted, *message.found)
        if self._enter_waits:
            self._enter_waits = False
            self.post_message(self.Filtered())

    def _show(self, wanted: Wanted, rows: npt.NDArray[np.intp], named: int | None) -> None:
        self._shown, self._rows = wanted, rows
        text, order = wanted
        pointed = self._pointed if named is None else named
        found = np.flatnonzero(rows == (-1 if pointed is None else pointed))
        place = int(found[0]) if len(found) else 0
        self.lines.empty = "No user is called like that." if text.strip() else "There are no users."
        self.lines.show(len(rows), self._draw, cursor=place)
        self.entitle(f"1 Users · {len(rows):,}")
        surveyed, said = self._index.surveyed, SAID[order]
        if order in SURVEYED and (surveyed is None or surveyed.done < surveyed.users):
            done = 0.0 if surveyed is None else surveyed.done / max(1, surveyed.users)
            said = f"asking all: {done:.0%}"
        self.border_subtitle = said
        self._show_heading()

    @on(LineList.Fitted)
    def _show_heading(self) -> None:
        width = self.lines.scrollable_content_region.width
        numbers = self._numbers(None, width)
        heading = Text(" ", no_wrap=True, end="")
        heading.append_text(column("id", width - len(numbers) - 2))
        heading.append(numbers)
        self.query_one("#users-heading", OneLine).say(heading)

    def _numbers(self, user: int | None, width: int) -> str:
        """The columns of a user, or their names."""
        users = self._index
        cells = ["len" if user is None else str(users.lengths[user])]
        if users.entropies is not None:
            cells.append("ent" if user is None else f"{users.entropies[user]:.1f}")
        surveyed = users.surveyed
        if surveyed is not None and surveyed.done:
            by_rank = self._order in ("best", "worst")
            if users.diversifies and (width >= ROOM_FOR_RANKS or not by_rank):
                cells.append("D" if user is None else _known(surveyed.diversity[user], share))
            if width >= ROOM_FOR_RANKS or by_rank:
                cells.append("#" if user is None else _known(surveyed.ranks[user], rank))
        widths = (4, 3, 3, 5) if len(cells) > 3 else (4, 3, 5)
        return " ".join(f"{cell:>{size}}" for cell, size in zip(cells, widths, strict=False))

    def _draw(self, index: int, width: int) -> Text:
        user = int(self._rows[index])
        numbers = self._numbers(user, width)
        line = Text(" ")
        line.append_text(column(self._index.labels[user], width - len(numbers) - 2))
        line.append(numbers)
        return line


def _known(value: np.float32, said: Callable[[float], str]) -> str:
    """A number that may not be known yet."""
    return "·" if np.isnan(value) else said(float(value))


def _rows_of(index: UserIndex) -> Callable[[Wanted, Callable[[], bool]], Rows]:
    """Filters at once: too quickly for giving up to be worth asking."""
    return lambda wanted, _outdated: (index.rows(*wanted), index.named(wanted[0]))
