"""Users: filter, sort, choose. Drawn line by line and filtered beside the screen, so that a million
of them scroll and answer at once."""

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

from sigma_tui.actions import bindings
from sigma_tui.keymap import shown_key
from sigma_tui.newest import Finder
from sigma_tui.user_index import Order, UserIndex
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

SAID: dict[Order, str] = {
    "file": "length · entropy",
    "longest": "longest first",
    "shortest": "shortest first",
    "mixed": "highest entropy first",
    "single": "lowest entropy first",
}
Wanted = tuple[str, Order]
"""Text of the filter, and the order."""


class UsersPane(Pane):
    """The list of users with a filter above it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("users")]

    class Filtered(Message):
        """Enter in the filter; the list shows what was typed."""

    class Arranged(Message):
        """The rows for a filter and an order are found."""

        def __init__(self, wanted: Wanted, rows: npt.NDArray[np.intp]) -> None:
            super().__init__()
            self.wanted, self.rows = wanted, rows

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._index = UserIndex([], np.zeros(0, dtype=np.int64), None)
        self._finder: Finder[Wanted, npt.NDArray[np.intp]] | None = None
        self._rows: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._shown: Wanted = ("", "file")
        self._order: Order = "file"
        self._pointed: int | None = None
        self._enter_waits = False

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    @property
    def filter(self) -> Input:
        """The filter."""
        return self.query_one(Input)

    @property
    def shown(self) -> Wanted:
        """The filter and the order of the list as it stands."""
        return self._shown

    def compose(self) -> ComposeResult:
        """Filter, then list."""
        yield Input(
            placeholder=f"{shown_key(self.app, 'explorer.find-user')} filter by id",
            id="users-filter",
            compact=True,
        )
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
        self._finder = Finder(_rows_of(index), self._tell)
        self._show(self._shown, index.rows(*self._shown))

    def user_at(self, index: int) -> int | None:
        """The user on a line, as an index into the dataset."""
        return int(self._rows[index]) if 0 <= index < len(self._rows) else None

    def point_at(self, user: int) -> None:
        """Puts the cursor on a user, without opening it again."""
        self._pointed = user
        found = np.flatnonzero(self._rows == user)
        if len(found) and self.lines.cursor != int(found[0]):
            self.lines.show(len(self._rows), self._draw, cursor=int(found[0]))

    def sort_next(self) -> None:
        """The next order; orders by entropy only where there are interests."""
        orders = self._index.orders
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._pointed = None  # the order begins at its top, whoever is open
        self._arrange()

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

    def _tell(self, wanted: Wanted, rows: npt.NDArray[np.intp]) -> None:
        """Called from the thread that filters."""
        self.post_message(self.Arranged(wanted, rows))

    @on(Arranged)
    def _arranged(self, message: Arranged) -> None:
        if message.wanted != self._wanted:
            return  # more was typed while this was on its way
        self._show(message.wanted, message.rows)
        if self._enter_waits:
            self._enter_waits = False
            self.post_message(self.Filtered())

    def _show(self, wanted: Wanted, rows: npt.NDArray[np.intp]) -> None:
        self._shown, self._rows = wanted, rows
        pointed = -1 if self._pointed is None else self._pointed
        found = np.flatnonzero(rows == pointed)
        text, order = wanted
        self.lines.empty = "No user is called like that." if text.strip() else "There are no users."
        self.lines.show(len(rows), self._draw, cursor=int(found[0]) if len(found) else 0)
        self.entitle(f"1 Users · {len(rows):,}")
        numbers = SAID["file"] if self._index.entropies is not None else "length"
        self.border_subtitle = numbers if order == "file" else SAID[order]

    def _draw(self, index: int, width: int) -> Text:
        user, users = int(self._rows[index]), self._index
        numbers = f"{users.lengths[user]:>4}"
        if users.entropies is not None:
            numbers += f" {users.entropies[user]:.1f}"
        line = Text(" ")
        line.append_text(column(users.labels[user], width - len(numbers) - 2))
        line.append(numbers, "dim" if users.entropies is None else "")
        return line


def _rows_of(index: UserIndex) -> Callable[[Wanted, Callable[[], bool]], npt.NDArray[np.intp]]:
    """Filters at once: too quickly for giving up to be worth asking."""
    return lambda wanted, _outdated: index.rows(*wanted)
