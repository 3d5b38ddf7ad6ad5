"""Where a dataset comes from: period, source, rules, and the categories of its items."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sigma_tui.look.text import counted
from sigma_tui.widgets.cells import bar, column, sparkline
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from sigma_tui.beside.dataset_view import DatasetView

SHARE_BAR = 8
"""Cells of a category's bar at least."""


class AboutPane(Pane):
    """Lines of facts, then a line for each category."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._view: DatasetView | None = None
        self._facts: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """When, then all other facts."""
        yield Static(id="about-period")
        yield LineList(id="about-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("5 About")

    def show_dataset(self, view: "DatasetView") -> None:
        """Shows what is known of a dataset."""
        self._view = view
        options, summary, count = view.summary.options, view.summary, len(view.shape.categories)
        self._facts = [
            ("source", str(options["source"])),
            *((("titles", str(options["items"])),) if options.get("items") else ()),
            ("order", str(options["order"])),
            *(("rule", f"{rule.after.interactions:,} ← {rule.text}") for rule in summary.rules),
            ("rejected", counted(summary.rejected, "row")),
        ]
        self.border_subtitle = f"{count:,} categories: items, interactions" if count else ""
        if not count:
            self._facts.insert(0, ("", "No categories: a file of titles would bring them."))
        self.query_one(LineList).show(len(self._facts) + count, self._draw, cursor=0)
        self._period()

    def on_resize(self) -> None:
        """The sparkline is as wide as there is room."""
        self._period()

    def _period(self) -> None:
        if self._view is None:
            return
        summary, activity = self._view.summary, self._view.shape.activity
        first, last = (str(time or "")[:10] for time in (summary.first, summary.last))
        said = Text(" ", end="", no_wrap=True)
        if not summary.first:
            said.append("no times: sequences are in the file's order", "dim")
        elif not len(activity):
            said.append(f"all on {first}")
        else:
            room = max(0, self.size.width - len(first) - len(last) - 4)
            said.append(f"{first} ")
            said.append(sparkline(activity.tolist(), room, float(activity.max())), "bold")
            said.append(f" {last}")
        self.query_one("#about-period", Static).update(said)

    def _draw(self, index: int, width: int) -> Text:
        assert self._view is not None
        categories = self._view.shape.categories
        line = Text(" ", end="")
        if index < len(categories):
            category, length = categories[index], max(SHARE_BAR, width // 3)
            line.append_text(column(category.name, max(1, width - 17 - length)))
            line.append(f"{category.items:>7,} ")
            line.append(bar(category.share, length), self.app.current_theme.primary)
            line.append(f" {category.share:>5.1%}")
            return line
        name, value = self._facts[index - len(categories)]
        room = width - 2 - (9 if name else 0)
        if name in ("source", "titles") and len(value) > room > 1:
            value = f"…{value[1 - room :]}"  # the end of a path tells more
        line.append_text(column(name, 9 if name else 0, "dim"))
        line.append_text(column(value, room))
        return line
