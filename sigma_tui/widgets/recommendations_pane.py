"""Recommendations: the top K, what the edits changed, why they are there and how sure that is."""

from typing import TYPE_CHECKING, ClassVar

from rich.markup import escape
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from engine.explore.answer import Recommendation
from engine.explore.categories import letter_of
from engine.explore.trade_off import TradeOff
from sigma_tui.beside.inference import Answered
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import shown_key
from sigma_tui.look.text import visible
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.list_facts import gone_line, list_facts, target_line
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane
from sigma_tui.widgets.recommendation_line import (
    MOVED,
    RANK,
    Columns,
    fitted,
    moved,
    numbers,
    short_title,
    stability,
)

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

Reasons = dict[int, tuple[tuple[int, float], ...]]


class RecommendationsPane(Pane):
    """The list, with what is gone from it and where the held-out item stands."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("recommendations")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._explorer: Explorer | None = None
        self._lines: tuple[Recommendation, ...] = ()
        self._before: dict[int, int] = {}
        self._edited = False
        self._foot_lines = 0
        self._lit: int | None = None
        self._stability: dict[int, float] = {}
        self._reasons: Reasons = {}
        self._answered: Answered | None = None
        self._samples = False
        self._subtitle = ""
        self._fitted = 0, Columns.of(0, stable=False)

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one("#recommendations-lines", LineList)

    @property
    def slider(self) -> DiversitySlider:
        """The slider, which is seen only while it is used."""
        return self.query_one(DiversitySlider)

    def compose(self) -> ComposeResult:
        """Facts, slider, heading, list, what is gone."""
        yield OneLine(id="recommendations-facts")
        yield DiversitySlider(id="diversity-slider")
        yield OneLine(id="recommendations-heading", classes="heading")
        yield LineList(id="recommendations-lines", empty="loading …")
        yield Static(id="recommendations-foot")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("4 Recommendations")

    def on_resize(self) -> None:
        """Other columns fit."""
        self.call_after_refresh(self._show_frame)

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles and categories come from."""
        self._explorer, self._samples = explorer, explorer.has_posterior
        self._fitted = 0, Columns.of(0, stable=self._samples)
        self.lines.empty = "Nothing to recommend from an empty sequence."

    def item_at_cursor(self) -> int | None:
        """The recommended item under the cursor."""
        cursor = self.lines.cursor
        return self._lines[cursor].item if cursor < len(self._lines) else None

    def show_answer(self, answered: Answered, edited: bool) -> None:
        """Shows a list beside the one of the original sequence."""
        answer, reference = answered.answer, answered.reference
        self._answered, self._edited = answered, edited
        self._lines = answer.recommendations
        self._before = {line.item: line.rank for line in reference.recommendations}
        self._stability, self._reasons = {}, {}  # of another list
        self._say_empty(answered)
        self.lines.show(len(self._lines), self._draw)
        self._show_frame()

    def show_stability(self, stability: dict[int, float]) -> None:
        """Of each item, the share of posterior samples in which it stays."""
        self._stability = stability
        self.lines.show(len(self._lines), self._draw)

    def show_reasons(self, reasons: Reasons) -> None:
        """Of each item, the items that speak for it, with nats."""
        self._reasons = reasons
        self.lines.show(len(self._lines), self._draw)

    def show_curve(self, curve: tuple[TradeOff, ...]) -> None:
        """What diversity costs this list."""
        self.slider.show_curve(curve)

    def light(self, category: int | None) -> None:
        """Lights up the items of an interest, or none."""
        self._lit = category
        self.lines.show(len(self._lines), self._draw)

    def _say_empty(self, answered: Answered) -> None:
        question = answered.question
        if not question.items:
            self.lines.empty = "Nothing to recommend from an empty sequence."
        elif question.only is not None:
            self.lines.empty = "Nothing of this category is left to recommend. f shows all again."
        else:
            self.lines.empty = "Nothing is left to recommend."

    def _show_frame(self) -> None:
        """Everything around the lines."""
        answered = self._answered
        if answered is None or self._explorer is None:
            return
        width, titles = self.size.width, self._explorer.catalogue.titles
        top = f" · top {len(self._lines)}" if self._lines else ""
        self.entitle(f"4 Recommendations{top}")
        self._show_view(answered)
        facts = list_facts(answered, edited=self._edited, width=width)
        self.query_one("#recommendations-facts", OneLine).say(facts)
        self._columns(self.lines.size.width)
        foot = [target_line(answered, titles, edited=self._edited)]
        if self._edited:
            foot.append(gone_line(answered, titles, width=width))
        foot = [line for line in foot if line]
        shown = self.query_one("#recommendations-foot", Static)
        shown.update(Text("\n").join(foot), layout=len(foot) != self._foot_lines)
        self._foot_lines = len(foot)  # most edits leave the size

    def _show_view(self, answered: Answered) -> None:
        """Under the list: which items it leaves out."""
        question, parts = answered.question, []
        if isinstance(question.only, int):
            parts.append(f"only {letter_of(question.only)}")
        elif question.only is not None:
            parts.append(f"only {visible(question.only)}")
        if question.diversity:
            parts.append("diversified")
        if question.hidden:
            parts.append(f"{len(question.hidden)} hidden")
        bring_in = escape(shown_key(self.app, "explorer.bring-in"))
        said = f"[@click=screen.bring_in]{bring_in} bring in[/]"
        if parts:
            said = f"{Text(' · '.join(parts)).markup} · {said}"  # a category's name is data
        if said != self._subtitle:  # the border gives back other markup than it was given
            self._subtitle = said
            self.border_subtitle = said

    def _columns(self, width: int) -> Columns:
        """They are the same for all lines of a list; so is the heading over them."""
        if self._fitted[0] != width:
            columns = Columns.of(width, stable=self._samples)
            self._fitted = width, columns
            self.query_one("#recommendations-heading", OneLine).say(columns.heading())
        return self._fitted[1]

    def _draw(self, index: int, width: int) -> Text:
        one = self._lines[index]
        if self._explorer is None:
            return Text("")
        columns, theme = self._columns(width), self.app.current_theme
        titles = self._explorer.catalogue.titles
        lit = self._lit is not None and one.category == self._lit
        line = Text("●" if lit else " ")
        line.append(f"{one.rank:>{RANK}} ")
        if self._edited:
            line.append_text(moved(one.rank, self._before.get(one.item), theme))
        else:
            line.append(" " * MOVED)
        style = "bold" if lit or self._is_new(one) else "dim" if self._lit is not None else ""
        line.append_text(column(titles[one.item - 1], columns.title, style))
        line.append(" ")
        line.append_text(CategoryCells(self.app).letter(one.category, lit=lit))
        line.append(f" {numbers(one)} ", "dim")
        if columns.stable:
            line.append(f" {stability(self._stability.get(one.item))}", theme.secondary or "")
        if columns.why:
            line.append(" ")
            line.append_text(column(self._why(one.item, columns.why), columns.why, "dim"))
        return line

    def _why(self, item: int, room: int) -> str:
        """The items that speak for a recommendation: whole titles as far as they fit."""
        if item not in self._reasons or self._explorer is None:
            return "·"
        titles = self._explorer.catalogue.titles
        names = [short_title(titles[one - 1]) for one, _ in self._reasons[item]]
        return fitted(names, room) or "–"

    def _is_new(self, one: Recommendation) -> bool:
        return self._edited and one.item not in self._before
