"""Recommendations: the top K, what the edits changed, and how diverse the list is."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from engine.explore.answer import Recommendation
from sigma_tui.actions import bindings
from sigma_tui.inference import Answered
from sigma_tui.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import change, column, rank_change, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

PROBABILITY_WIDTH, SCORE_WIDTH = 5, 6


class RecommendationsPane(Pane):
    """The list, with what is gone from it and where the held-out item stands."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("recommendations")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._explorer: Explorer | None = None
        self._lines: tuple[Recommendation, ...] = ()
        self._before: dict[int, int] = {}
        self._edited = False
        self._gone_lines = 0

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    def compose(self) -> ComposeResult:
        """Facts, heading, list, what is gone."""
        yield OneLine(id="recommendations-facts")
        yield LineList(id="recommendations-lines", empty="loading …")
        yield Static(id="recommendations-gone")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("4 Recommendations")
        self.border_subtitle = "[@click=screen.bring_in]B bring in[/] · category · score · p"

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles and categories come from."""
        self._explorer = explorer
        self.lines.empty = "Nothing to recommend from an empty sequence."

    def item_at_cursor(self) -> int | None:
        """The recommended item under the cursor."""
        cursor = self.lines.cursor
        return self._lines[cursor].item if cursor < len(self._lines) else None

    def show_answer(self, answered: Answered, edited: bool) -> None:
        """Shows a list beside the one of the original sequence."""
        answer, reference = answered.answer, answered.reference
        self._edited = edited
        self._lines = answer.recommendations
        self._before = {line.item: line.rank for line in reference.recommendations}
        self.lines.show(len(self._lines), self._draw)
        top = f" · top {len(self._lines)}" if self._lines else ""
        self.entitle(f"4 Recommendations{top}")
        self._show_facts(answered)
        self._show_gone(answered)

    def _show_facts(self, answered: Answered) -> None:
        answer, reference = answered.answer, answered.reference
        count = len(self._lines)
        facts = Text(no_wrap=True, overflow="ellipsis", end="")
        kinds = [("learned", answer.diversity_learned, reference.diversity_learned)]
        if answer.without_categories < count:
            kinds.insert(0, ("metadata", answer.diversity, reference.diversity))
        name = f" Diversity@{count} ·"
        for kind, now, before in kinds:
            if now is None:
                continue
            facts.append(f"{name} {kind} ")
            facts.append(share(now), "bold")
            if self._edited and before is not None and change(now - before) != "·":
                facts.append(f" ({change(now - before)})", "italic")
            name = " ·"
        if answer.diversity is not None and answer.without_categories:
            some = "" if answer.without_categories == count else f"{answer.without_categories} "
            facts.append(
                f"   {some or 'no '}{'have no ' if some else ''}metadata categories", "dim"
            )
        self.query_one("#recommendations-facts", OneLine).say(facts)

    def _show_gone(self, answered: Answered) -> None:
        said = Text(no_wrap=True, overflow="ellipsis", end="")
        answer, reference = answered.answer, answered.reference
        if self._explorer is not None and answer.target is not None:
            held_out = answered.question.held_out
            said.append(" held-out next item: " if held_out else " what came next: ", "dim")
            rank = answer.target_rank
            said.append("in the sequence" if rank is None else f"#{rank:g}", "bold")
            known = reference.target_rank
            if rank is not None and self._edited and held_out and known is not None:
                moved = known - rank
                if moved:
                    said.append(f" {'▲' if moved > 0 else '▼'}{abs(moved):g}", "bold")
            said.append(f"  {visible(self._explorer.catalogue.titles[answer.target - 1])}")
        if self._edited and self._explorer is not None:
            now = {line.item for line in answer.recommendations}
            gone = [line for line in reference.recommendations if line.item not in now]
            if gone and answer.recommendations:
                said.append("\n gone: ", "dim")
                said.append(
                    ", ".join(
                        f"{visible(self._explorer.catalogue.titles[line.item - 1])} "
                        f"(was {line.rank})"
                        for line in gone
                    )
                )
        shown = self.query_one("#recommendations-gone", Static)
        lines = len(said.plain.splitlines())
        shown.update(said, layout=lines != self._gone_lines)  # most edits leave the size
        self._gone_lines = lines

    def _draw(self, index: int, width: int) -> Text:
        recommendation = self._lines[index]
        if self._explorer is None:
            return Text("")
        cells = CategoryCells(self.app)
        line = Text(f"{recommendation.rank:>3} ")
        if self._edited:
            moved, style = rank_change(recommendation.rank, self._before.get(recommendation.item))
            theme = self.app.current_theme
            colour = {"▲": theme.success, "▼": theme.error, "n": theme.warning}.get(moved[0], "")
            line.append(f"{moved:<4}", f"{style} {colour}".strip())
        probability = f"{recommendation.probability:.3f}".removeprefix("0")
        numbers = f"{recommendation.score:>{SCORE_WIDTH}.2f} {probability:>{PROBABILITY_WIDTH}}"
        room = width - line.cell_len - len(numbers) - 4
        title = self._explorer.catalogue.titles[recommendation.item - 1]
        line.append_text(column(title, room, "bold" if self._is_new(recommendation) else ""))
        line.append(" ")
        line.append_text(cells.letter(recommendation.category))
        line.append(numbers, "dim")
        return line

    def _is_new(self, recommendation: Recommendation) -> bool:
        return self._edited and recommendation.item not in self._before
