"""Categories: all in a list, and the members and metadata of one."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from engine.explore.categories import letter_of
from engine.explore.overview import CategoryLine, Kind, Overview
from sigma_tui.look.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import bar, column, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

EMPTY = {
    "catalogue": "…",
    "personal": "No item, no interest yet.",
    "none": "This model has no interests, so there are no categories. Train one that has: "
    "--model sigma. Items (f) and the map (M) are there for every model.",
}
LEAST_WIDTH = 44
"""Cells of the list from which all its columns are shown."""
NO_METADATA = "No metadata category stands out among these items."


class CategoriesPane(Pane):
    """One line a category."""

    _explorer: "Explorer"
    _overview: Overview | None = None

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    @property
    def chosen(self) -> int:
        """The line under the cursor."""
        return self.lines.cursor

    def compose(self) -> ComposeResult:
        """A heading and the list."""
        yield OneLine(id="categories-heading", classes="heading")
        yield LineList(id="categories-lines", empty="…")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("1 Categories")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where names and titles come from."""
        self._explorer = explorer

    def show_overview(self, overview: Overview, category: int | None) -> None:
        """Shows all. category: the one to put the cursor on; None leaves it."""
        self._overview = overview
        kind, count = overview.kind, len(overview.lines)
        person_has_none = kind == "none" and self._explorer.interests
        self.lines.empty = EMPTY["personal" if person_has_none else kind]
        self.lines.show(count, self._draw)
        titles = {"catalogue": f"1 Categories · K = {count}", "none": "1 Categories"}
        self.entitle(titles.get(kind, f"1 Interests of this person · {count}"))
        self.border_subtitle = "r names it" if kind == "catalogue" else ""
        self.styles.height = min(12, count + 1) + 2 if count else "1fr"
        self._show_heading()
        if category is not None:
            self.point_at(category)

    def point_at(self, category: int) -> None:
        """Puts the cursor on a category."""
        if self._overview is not None:
            for index, line in enumerate(self._overview.lines):
                if line.category == category:
                    self.lines.cursor = index

    @on(LineList.Fitted)
    def _show_heading(self) -> None:
        overview = self._overview
        numbers = ""
        if overview is not None and overview.lines:
            numbers = " share users" if overview.kind == "catalogue" else ""
            numbers = ("items" if self._counts(self.size.width) else "") + numbers + " here "
        self.query_one("#categories-heading", OneLine).say(
            Text(numbers.rjust(max(0, self.lines.scrollable_content_region.width)))
        )

    def _counts(self, width: int) -> bool:
        """Whether numbers of items fit beside a name that tells something."""
        return width >= LEAST_WIDTH or (self._overview is not None and not self._explorer.portraits)

    def _draw(self, index: int, width: int) -> Text:
        assert self._overview is not None
        one = self._overview.lines[index]
        cells = CategoryCells(self.app)
        here = "–" if one.intensity is None else share(one.intensity)
        numbers = f"{one.items:>6,}" if self._counts(width) else ""
        if one.share is not None and one.users is not None:
            numbers += f" {share(one.share):>5} {share(one.users):>5}"
        numbers += f" {here:>4} "
        line = Text(" ")
        line.append_text(cells.letter(one.category))
        name, style = self._told(one)
        line.append_text(column(name, width - len(numbers) - 3, style))
        line.append(numbers)
        return line

    def _told(self, line: CategoryLine) -> tuple[str, str]:
        """A name and its style; an interest that has none is told by what it would recommend."""
        if self._explorer.portraits:
            portrait = self._explorer.portraits[line.category]
            return portrait.name or "–", "bold" if portrait.own else ""
        titles = self._explorer.catalogue.titles
        return " · ".join(titles[item - 1] for item in line.top_items[:2]), "dim"


class MembersPane(Pane):
    """The most typical items of one category."""

    _explorer: "Explorer"
    _line: CategoryLine | None = None

    def compose(self) -> ComposeResult:
        """The category's name and the list."""
        yield OneLine(id="members-name", classes="heading")
        yield LineList(id="members-lines", empty="…")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("2 Typical items")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where names and titles come from."""
        self._explorer = explorer

    def item_at(self, index: int) -> int:
        """The item on a line."""
        assert self._line is not None
        return self._line.top_items[index]

    def show_line(self, line: CategoryLine | None, kind: Kind) -> None:
        """Shows one category, or none."""
        same = self._line is not None and line is not None and self._line.category == line.category
        self._line = line
        self.set_class(line is None, "-none")
        lines = self.query_one(LineList)
        if line is None:
            return
        letter = letter_of(line.category)
        of = "What it would recommend" if kind == "personal" else "Typical items"
        self.entitle(f"2 {of} · {letter}")
        self.border_subtitle = (
            "had by · enter opens" if kind == "personal" else "p · had by · enter opens"
        )
        said = Text("    ", no_wrap=True, overflow="ellipsis")
        if self._explorer.portraits:
            portrait = self._explorer.portraits[line.category]
            said.append(visible(portrait.name) or "no metadata stands out", "bold")
            if portrait.name:
                said.append(" · your name" if portrait.own else " · from metadata")
        else:
            said.append("an interest of this person alone")
        self.query_one("#members-name", OneLine).say(said)
        lines.show(len(line.top_items), self._draw, cursor=None if same else 0)

    def _draw(self, index: int, width: int) -> Text:
        item = self.item_at(index)
        catalogue, membership = self._explorer.catalogue, self._explorer.membership
        numbers = f"{catalogue.popularity[item - 1]:>7,} "
        if membership is not None and self._line is not None:
            numbers = f" {share(float(membership[item, self._line.category])):>4}{numbers}"
        line = Text(f"{index + 1:>3} ", end="")
        line.append_text(column(catalogue.titles[item - 1], width - len(numbers) - 4))
        line.append(numbers, "dim")
        return line


class MetadataPane(Pane):
    """Metadata that is more frequent in one category than elsewhere."""

    _line: CategoryLine | None = None

    def compose(self) -> ComposeResult:
        """The list."""
        lines = LineList(id="metadata-lines", empty="…", cursor=False)
        lines.can_focus = False
        yield lines

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Distinctive metadata · lift")

    def show_line(self, line: CategoryLine | None, kind: Kind) -> None:
        """Shows one category, or none."""
        self._line = line
        self.set_class(kind != "catalogue", "-none")
        lines = self.query_one(LineList)
        lines.empty = NO_METADATA
        lines.show(0 if line is None else len(line.distinctive), self._draw)

    def _draw(self, index: int, width: int) -> Text:
        assert self._line is not None
        label, lift = self._line.distinctive[index]
        best = max(value for _, value in self._line.distinctive)
        number = f" ×{lift:.1f} "
        name_width = max(8, min(26, width // 2))
        line = Text(" ")
        line.append_text(column(label, name_width))
        line.append(" ")
        room = max(1, width - name_width - len(number) - 2)
        colour = CategoryCells(self.app).colour(self._line.category)
        line.append(bar(lift / max(best, 1e-9), room), colour)
        line.append(number)
        return line
