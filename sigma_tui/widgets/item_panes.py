"""The panes of one item."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from engine.explore.item_portrait import ItemPortrait
from engine.library.contents import Interactions
from sigma_tui.look.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import bar, column, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

LONGEST_TITLE = 160
"""Cells of a title that is shown whole."""
PLACES_SHOWN = 6


class FactsPane(Pane):
    """The item itself."""

    _explorer: "Explorer"

    def compose(self) -> ComposeResult:
        """A text."""
        yield Static(id="item-text", expand=True)

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Item")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles and metadata come from."""
        self._explorer = explorer

    def show_portrait(self, portrait: ItemPortrait, user: str | None) -> None:
        """Shows what is known of an item. user: the label of the one who is looked at."""
        catalogue, at = self._explorer.catalogue, portrait.item - 1
        title = Text(visible(catalogue.titles[at]), style="bold")
        title.truncate(LONGEST_TITLE, overflow="ellipsis")
        said = Text().append_text(title)
        if catalogue.labels[at] != catalogue.titles[at]:
            self._add(said, "id", catalogue.labels[at])
        labels = catalogue.categories[at]
        self._add(said, "metadata", " · ".join(labels) or "no categories known")
        total = len(catalogue.labels)
        self._add(
            said,
            "popularity",
            f"{portrait.popularity:,} interactions, #{portrait.popularity_rank:,} of {total:,}",
        )
        person = "a new user" if user is None else f"user {user}"
        self._add(said, "for", f"{person}: {self._standing(portrait)}")
        self.query_one("#item-text", Static).update(said)

    def _standing(self, portrait: ItemPortrait) -> str:
        if portrait.places:
            places = [str(place) for place in portrait.places]
            more = len(places) - PLACES_SHOWN
            many = "s" if len(places) > 1 else ""
            text = ", ".join(places[:PLACES_SHOWN]) + (f" and {more} more" if more > 0 else "")
            return f"in the sequence at place{many} {text}, so it is not recommended"
        if portrait.standing is None:
            return "the sequence is empty, so nothing is ranked"
        rank, of, score, probability = portrait.standing
        return f"#{rank:,g} of {of:,}, score {score:.2f}, p {f'{probability:.4f}'.lstrip('0')}"

    def _add(self, said: Text, name: str, value: str) -> None:
        said.append(f"\n{name} ", "dim")
        said.append(visible(value))


class MembershipPane(Pane):
    """Its categories, or what each of a person's own interests makes of it."""

    _explorer: "Explorer"
    _longest = 0
    _rows: tuple[tuple[int, float], ...] = ()

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="membership-lines", empty="…")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("1 Categories")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where names come from."""
        self._explorer = explorer
        names = (visible(one.name or "–") for one in explorer.portraits)
        self._longest = max(map(cell_len, names), default=0)

    def category_at(self, index: int) -> int:
        """The category on a line."""
        return self._rows[index][0]

    def show_portrait(self, portrait: ItemPortrait) -> None:
        """Strongest first."""
        lines = self.query_one(LineList)
        rows: tuple[tuple[int, float], ...] = ()
        if portrait.membership is not None:
            rows = tuple(enumerate(portrait.membership))
            self.entitle("1 Categories · p(k given the item)")
        elif portrait.products is not None:
            rows = portrait.products
            self.entitle("1 Interests of this person · score of the item")
        elif self._explorer.interests:
            lines.empty = "No item, no interest yet."
        else:
            lines.empty = "This model has no categories."
        self._rows = tuple(sorted(rows, key=lambda row: -row[1]))
        lines.show(len(self._rows), self._draw)

    def _draw(self, index: int, width: int) -> Text:
        category, value = self._rows[index]
        portraits, cells = self._explorer.portraits, CategoryCells(self.app)
        line = Text(" ")
        line.append_text(cells.letter(category))
        number = f" {share(value):>4}" if portraits else f" {value:>7.2f}"
        room = width - len(number) - 4
        if portraits:
            name_width = max(0, min(self._longest, room * 3 // 5))
            line.append_text(column(portraits[category].name or "–", name_width))
            line.append(" ")
            room -= name_width + 1
        highest = self._rows[0][1]
        part = value if portraits else (value / highest if highest > 0 else 0.0)
        line.append(bar(part, max(1, room)), cells.colour(category))
        line.append(number)
        return line


class NeighboursPane(Pane):
    """The nearest items by the cosine of their vectors."""

    _explorer: "Explorer"
    _rows: tuple[tuple[int, float], ...] = ()

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="neighbours-lines", empty="…")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("2 Nearest")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles come from."""
        self._explorer = explorer
        letters = "category · " if explorer.categories else ""
        self.border_subtitle = f"{letters}cosine · enter opens"

    def item_at(self, index: int) -> int:
        """The item on a line."""
        return self._rows[index][0]

    def show_portrait(self, portrait: ItemPortrait, again: bool) -> None:
        """Nearest first. again: the same item as before, so the cursor stays."""
        self._rows = portrait.neighbours
        self.lines.empty = "There is no other item."
        self.lines.show(len(self._rows), self._draw, cursor=None if again else 0)

    def _draw(self, index: int, width: int) -> Text:
        item, cosine = self._rows[index]
        number = f"{cosine:>5.2f}".replace("0.", ".", 1)
        line = Text(" ")
        title = self._explorer.catalogue.titles[item - 1]
        line.append_text(column(title, width - 10))
        line.append(" ")
        line.append_text(CategoryCells(self.app).letter(self._explorer.category_of(item)))
        line.append(f"{number:>5} ", "dim")
        return line


class HoldersPane(Pane):
    """Users who have it."""

    _interactions: Interactions
    _users: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="holders-lines", empty="…")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("3 Who has it")
        self.border_subtitle = "items they have · enter explores"

    def show_users(self, interactions: Interactions) -> None:
        """Where users come from."""
        self._interactions = interactions

    def user_at(self, index: int) -> int:
        """The user on a line."""
        return int(self._users[index])

    def show_portrait(self, portrait: ItemPortrait, again: bool) -> None:
        """In the order of the data. again: see ``NeighboursPane``."""
        self._users = portrait.holders
        everyone = len(self._interactions.users)
        part = len(self._users) / max(1, everyone)
        lines = self.query_one(LineList)
        lines.empty = "Nobody in this dataset."
        lines.show(len(self._users), self._draw, cursor=None if again else 0)
        self.entitle(f"3 Who has it · {len(self._users):,} of {everyone:,} users · {part:.1%}")

    def _draw(self, index: int, width: int) -> Text:
        user = int(self._users[index])
        offsets = self._interactions.offsets
        number = f"{offsets[user + 1] - offsets[user]:>6} "
        line = Text(" ")
        line.append_text(column(self._interactions.users[user], width - len(number) - 1))
        line.append(number, "dim")
        return line
