"""The rules that clean interactions, each with what it leaves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label, Select, Static

from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.library.draft import Kept
    from engine.library.library import Counts, Rule
    from engine.library.request import Order
    from engine.library.rules import Duplicates

CONTROLS = 28
"""Cells of a line before its counts."""
NAMES = ("users", "items", "interactions")


@dataclass(frozen=True)
class Rules:
    """What is chosen. trouble: what is wrong with it, or nothing."""

    min_rating: float | None
    duplicates: "Duplicates"
    k_core: int | None
    order: "Order"
    trouble: str = ""


UNTOUCHED = Rules(None, "keep", None, "time")
"""What is chosen at first."""


class RulesPane(Pane):
    """A line for each rule: the choice, then users, items and interactions before → after."""

    class Changed(Message):
        """Another choice."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._kept: Kept | None = None
        self._rules = UNTOUCHED
        self._timed = True

    def compose(self) -> ComposeResult:
        """In the order in which they are applied."""
        yield Static(id="rules-heading", classes="heading")
        with Horizontal(classes="form-line"):
            yield Label("as read", classes="rule-label")
            yield Label("", classes="rule-control")
            yield Static(id="counts-read", classes="counts")
        with Horizontal(classes="form-line"):
            yield Label("rating from", classes="rule-label")
            yield Input(
                placeholder="all ratings", id="min-rating", classes="rule-control",
                restrict=r"-?[0-9]*\.?[0-9]*", max_length=12, compact=True,
            )  # fmt: skip
            yield Static(id="counts-rated", classes="counts")
        with Horizontal(classes="form-line"):
            yield Label("repeats", classes="rule-label")
            yield Select[str](
                [("all stay", "keep"), ("first stays", "first"), ("last stays", "last")],
                value="keep", allow_blank=False, id="duplicates", classes="rule-control",
                compact=True,
            )  # fmt: skip
            yield Static(id="counts-duplicates", classes="counts")
        with Horizontal(classes="form-line"):
            yield Label("k-core", classes="rule-label")
            yield Input(
                placeholder="no minimum", id="k-core", classes="rule-control",
                restrict=r"[0-9]*", max_length=6, compact=True,
            )  # fmt: skip
            yield Static(id="counts-core", classes="counts")
        with Horizontal(classes="form-line"):
            yield Label("order", classes="rule-label")
            yield Select[str](
                [("by time", "time"), ("as in the file", "file")],
                value="time", allow_blank=False, id="order", classes="rule-control",
                compact=True,
            )  # fmt: skip
            yield Static(id="counts-order", classes="counts")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("F3 Rules")
        self.border_subtitle = "before → after each rule"

    @property
    def rules(self) -> Rules:
        """What is chosen now."""
        rating, core = (self.query_one(f"#{id}", Input).value for id in ("min-rating", "k-core"))
        trouble = ""
        minimum = k = None
        if rating:
            try:
                minimum = float(rating)
            except ValueError:
                trouble = f"{rating!r} is not a number: a rating is one such as 4 or 3.5."
        if core:
            k = int(core)
            if k < 1:
                trouble = "A 0-core does not exist: give each user and item at least 1, or none."
        return Rules(
            minimum,
            cast("Duplicates", self.query_one("#duplicates", Select).value),
            k,
            cast("Order", self.query_one("#order", Select).value),
            trouble,
        )

    def show_kept(self, kept: "Kept | None", rules: Rules, *, timed: bool) -> None:
        """Shows counts. kept: None while they are not known. timed: whether there is a time."""
        self._kept, self._rules, self._timed = kept, rules, timed
        self._show()

    def on_resize(self) -> None:
        """Counts keep to their columns."""
        self._show()

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self, event: Input.Changed | Select.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def _show(self) -> None:
        kept, rules = self._kept, self._rules
        room = max(0, self.size.width - CONTROLS)
        heading = Text(" " * CONTROLS, end="", no_wrap=True)
        for title, width in zip(NAMES, _widths(room), strict=True):
            heading.append(title.rjust(width))
        self.query_one("#rules-heading", Static).update(heading)
        by_name: dict[str, Text] = dict.fromkeys(("read", "rated", "duplicates", "core"), Text(""))
        if kept is not None:
            left = list(kept.rules)
            by_name["read"] = _counts(kept.read, None, room)
            if rules.min_rating is not None:
                by_name["rated"] = _rule(left.pop(0), room)
            by_name["duplicates"] = _rule(left.pop(0), room)
            if rules.k_core is not None:
                by_name["core"] = _rule(left.pop(0), room)
        for name, counts in by_name.items():
            self.query_one(f"#counts-{name}", Static).update(counts)
        said = "" if self._timed or kept is None else "no time column: as in the file"
        self.query_one("#counts-order", Static).update(Text(said.rjust(room), "dim"))


def _rule(rule: "Rule", room: int) -> Text:
    return _counts(rule.after, rule.before, room)


def _widths(room: int) -> tuple[int, int, int]:
    """Cells of users, items and interactions, of which there are most."""
    few = room * 3 // 10
    return few, few, room - 2 * few


def _counts(now: "Counts", before: "Counts | None", room: int) -> Text:
    """Three columns; what a rule left alone is dim, and what it emptied stands out."""
    line = Text(end="", no_wrap=True)
    for name, width in zip(NAMES, _widths(room), strict=True):
        count = getattr(now, name)
        was = count if before is None else getattr(before, name)
        text = f"{count:,}" if was == count else f"{was:,} → {count:,}"
        if len(text) >= width:
            text = f"→ {count:,}"
        style = "dim" if before is not None and was == count else "bold"
        line.append(" " * max(0, width - len(text)))
        line.append(text, style if count else "bold reverse")
    return line
