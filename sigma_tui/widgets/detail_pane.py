"""What the user under the cursor had, or who had the item under it."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult

from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from sigma_tui.beside.dataset_view import DatasetView


class DetailPane(Pane):
    """A list of items or of users, each of which can be gone to."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._view: DatasetView | None = None
        self._items: npt.NDArray[np.int32] | None = None
        self._users: npt.NDArray[np.int64] | None = None

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="detail-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("2 Detail")

    def show_history(self, view: "DatasetView", user: int) -> None:
        """A user's sequence, oldest first."""
        self._view, self._items, self._users = view, view.history(user), None
        self.entitle(Text(f"2 Sequence of {visible(view.users.labels[user])}"))
        self.border_subtitle = "oldest first · enter goes to the item"
        self.lines.show(len(self._items), self._draw_item, cursor=0)

    def show_users(self, view: "DatasetView", item: int, users: npt.NDArray[np.int64]) -> None:
        """The users who had an item."""
        self._view, self._items, self._users = view, None, users
        title = visible(view.catalogue.titles[item - 1])
        share = len(users) / max(1, view.summary.users)
        self.entitle(Text(f"2 Who had {title} · {len(users):,} users, {share:.1%}"))
        self.border_subtitle = "length · enter explores the user"
        self.lines.show(len(users), self._draw_user, cursor=0)

    def item_at(self, index: int) -> int | None:
        """The item on a line, if items are listed."""
        if self._items is None or not 0 <= index < len(self._items):
            return None
        return int(self._items[index])

    def user_at(self, index: int) -> int | None:
        """The user on a line, if users are listed."""
        if self._users is None or not 0 <= index < len(self._users):
            return None
        return int(self._users[index])

    def _draw_item(self, index: int, width: int) -> Text:
        item, view = self.item_at(index), self._view
        if item is None or view is None:
            return Text("")
        line = Text(f" {index + 1:>4} ", end="")
        line.append_text(column(view.catalogue.titles[item - 1], width - 7))
        return line

    def _draw_user(self, index: int, width: int) -> Text:
        user, view = self.user_at(index), self._view
        if user is None or view is None:
            return Text("")
        line = Text(" ", end="")
        line.append_text(column(view.users.labels[user], width - 8))
        line.append(f"{view.users.lengths[user]:>6}")
        return line
