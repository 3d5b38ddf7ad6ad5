"""Users: filter, sort, choose. Drawn line by line, so a million of them scroll at once."""

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from engine.library.contents import Interactions
from sigma_tui.actions import bindings
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

Order = Literal["file", "longest", "shortest", "mixed", "single"]
ORDERS: tuple[Order, ...] = ("file", "longest", "shortest", "mixed", "single")
SAID = {
    "file": "length · entropy",
    "longest": "longest first",
    "shortest": "shortest first",
    "mixed": "highest entropy first",
    "single": "lowest entropy first",
}


class UsersPane(Pane):
    """The list of users with a filter above it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("users")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._labels: list[str] = []
        self._folded: list[str] = []
        self._lengths: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._entropies: npt.NDArray[np.float32] | None = None
        self._rows: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._order: Order = "file"
        self._pointed: int | None = None

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    @property
    def filter(self) -> Input:
        """The filter."""
        return self.query_one(Input)

    def compose(self) -> ComposeResult:
        """Filter, then list."""
        yield Input(placeholder="/ filter by id", id="users-filter", compact=True)
        yield LineList(id="users-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("1 Users")

    def show_users(
        self, interactions: Interactions, entropies: npt.NDArray[np.float32] | None
    ) -> None:
        """Shows a dataset's users. entropies: of their intensities in bits, or None."""
        self._labels = interactions.users
        self._folded = [label.casefold() for label in interactions.users]
        self._lengths = np.diff(interactions.offsets)
        self._entropies = entropies
        self._arrange()

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
        orders = ORDERS if self._entropies is not None else ORDERS[:3]
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._pointed = None  # the order begins at its top, whoever is open
        self._arrange()

    def on_key(self, event: events.Key) -> None:
        """From the filter, escape and down go to the list."""
        if self.filter.has_focus and event.key in ("escape", "down"):
            event.stop()
            self.lines.focus()

    @on(Input.Changed, "#users-filter")
    def _typed(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        wanted = self.filter.value.strip().casefold()
        if wanted:
            rows = np.array(
                [i for i, label in enumerate(self._folded) if wanted in label],
                dtype=np.intp,
            )
        else:
            rows = np.arange(len(self._labels))
        key = self._key(rows)
        self._rows = rows if key is None else rows[np.argsort(key, kind="stable")]
        pointed = -1 if self._pointed is None else self._pointed
        found = np.flatnonzero(self._rows == pointed)
        self.lines.empty = "No user is called like that." if wanted else "There are no users."
        self.lines.show(len(self._rows), self._draw, cursor=int(found[0]) if len(found) else 0)
        self.entitle(f"1 Users · {len(self._rows):,}")
        numbers = SAID["file"] if self._entropies is not None else "length"
        self.border_subtitle = numbers if self._order == "file" else SAID[self._order]

    def _key(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.floating] | None:
        if self._order == "longest":
            return -self._lengths[rows].astype(np.float64)
        if self._order == "shortest":
            return self._lengths[rows].astype(np.float64)
        if self._entropies is None or self._order == "file":
            return None
        return -self._entropies[rows] if self._order == "mixed" else self._entropies[rows]

    def _draw(self, index: int, width: int) -> Text:
        user = int(self._rows[index])
        with_entropy = self._entropies is not None
        numbers = f"{self._lengths[user]:>4}"
        if self._entropies is not None:
            numbers += f" {self._entropies[user]:.1f}"
        line = Text(" ")
        line.append_text(column(self._labels[user], width - len(numbers) - 2))
        line.append(numbers, "" if with_entropy else "dim")
        return line
