"""How much two lists have in common, and what each alone recommends."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult

from engine.explore.overlap import PERSISTENCE, Agreement
from sigma_tui.beside.inference import Answered
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import change, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

DEPTH = 100
"""Places of both lists that are compared."""
KS = (5, 10, 20, 50)
"""Lengths of lists, beside the one that is shown."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison. letter: A or B. name: of the run or the scenario, data."""

    letter: str
    name: str
    explorer: "Explorer"
    answered: Answered


class AgreementPane(Pane):
    """Overlap, rank-biased overlap, who else is recommended, and where the held-out item stands.
    heading: begins the title."""

    def __init__(self, *, id: str, heading: str) -> None:
        super().__init__(id=id)
        self._heading = heading
        self._rows: list[Text] = []

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    def compose(self) -> ComposeResult:
        """Lines of text."""
        yield LineList(id=f"{self.id}-lines", empty="loading …", cursor=False)

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle(self._heading)
        self.border_subtitle = "[@click=screen.swap]x swap[/] · 1 all alike · 0 nothing shared"

    def show_sides(self, first: Side, second: Side, k: int, *, edited: bool) -> None:
        """Shows how two answers agree. edited: beside how they agreed before."""
        ks = sorted({*KS, k})
        now = Agreement.of(_items(first), _items(second), ks)
        before = Agreement.of(_items(first, before=True), _items(second, before=True), ks)
        deepest = min(len(_items(first)), len(_items(second)))
        self._rows = []
        if deepest:
            lengths = [length for length in ks if length <= max(k, deepest)]
            self._rows.append(_overlaps(now, before, lengths, k, edited))
            self._rows.append(_rank_biased(now, before, deepest, edited))
            self._rows += [self._alone(first, second, k), self._alone(second, first, k)]
            self._rows += _held_out(first, second)
        self.lines.empty = "Nothing to compare: the sequence is empty."
        self.lines.show(len(self._rows), lambda index, width: _fitted(self._rows[index], width))

    def _alone(self, side: Side, other: Side, k: int) -> Text:
        there = set(_items(other)[:k])
        alone = [item for item in _items(side)[:k] if item not in there]
        line = Text(f" only {side.letter}  ", style="", end="")
        line.stylize("bold")
        titles = side.explorer.catalogue.titles
        line.append(" · ".join(visible(titles[item - 1]) for item in alone) or "nothing")
        return line


def _items(side: Side, *, before: bool = False) -> list[int]:
    """The list, or the one of the unedited sequence."""
    answer = side.answered.reference if before else side.answered.answer
    return [line.item for line in answer.recommendations]


def _overlaps(now: Agreement, before: Agreement, ks: list[int], k: int, edited: bool) -> Text:
    line = Text(" overlap", end="")
    for length in ks:
        value = now.overlaps[length]
        if value is None:
            continue
        line.append(f"  @{length} ", "dim")
        line.append(share(value), "bold" if length == k else "")
        line.append_text(_moved(value, before.overlaps[length], edited))
    return line


def _rank_biased(now: Agreement, before: Agreement, deepest: int, edited: bool) -> Text:
    line = Text(" rank-biased overlap  ", end="")
    if now.rank_biased is not None:
        line.append(share(now.rank_biased), "bold")
        line.append_text(_moved(now.rank_biased, before.rank_biased, edited))
        line.append(f"  p = {PERSISTENCE:g}, from the first {deepest} of both", "dim")
    return line


def _moved(now: float, before: float | None, edited: bool) -> Text:
    """What the edits did to a number."""
    if not edited or before is None or change(now - before) == "·":
        return Text("")
    return Text(f" ({change(now - before)})", "italic")


def _held_out(first: Side, second: Side) -> list[Text]:
    """Where both rank the item that came next; nothing if that is not known, or not the same."""
    target = first.answered.answer.target
    if target is None or target != second.answered.answer.target:
        return []
    said = "held-out next item" if first.answered.question.held_out else "what came next"
    line = Text(f" {said}  ", end="")
    for side in (first, second):
        rank = side.answered.answer.target_rank
        line.append(f"{side.letter} ", "dim")
        line.append("in the sequence" if rank is None else f"#{rank:,g}", "bold")
        line.append("  ")
    line.append(visible(first.explorer.catalogue.titles[target - 1]))
    return [line]


def _fitted(text: Text, width: int) -> Text:
    line = text.copy()
    line.truncate(width - 1, overflow="ellipsis")
    return line
