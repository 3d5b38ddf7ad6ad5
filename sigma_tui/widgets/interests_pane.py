"""Interests: how strong each category is in the sequence, and what the edits changed."""

from rich.text import Text
from textual.app import ComposeResult

from engine.explore.answer import Interest
from engine.explore.categories import CategoryPortrait
from sigma_tui.inference import Answered
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import bar, change, column, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane


class InterestsPane(Pane):
    """The K interests, strongest first."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._portraits: tuple[CategoryPortrait, ...] = ()
        self._interests: list[Interest] = []
        self._before: dict[int, Interest] = {}
        self._edited = False

    @property
    def lines(self) -> LineList:
        """The list itself."""
        return self.query_one(LineList)

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="interests-lines", empty="loading …")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("3 Interests")
        self.border_subtitle = "intensity · change · σ · items"

    def show_portraits(self, count: int, portraits: tuple[CategoryPortrait, ...]) -> None:
        """How many interests there may be, and names of the categories; interests that are a
        person's own have none."""
        self._portraits = portraits
        self.usually(max(4, min(10, count) + 2))
        self.lines.empty = (
            "No item, no interest yet."
            if count
            else "This model has no interests. Train one that has: --model sigma."
        )

    def show_answer(self, answered: Answered, edited: bool) -> None:
        """Shows the interests beside those of the original."""
        answer = answered.answer
        self._edited = edited
        self._before = {one.category: one for one in answered.reference.interests}
        self._interests = sorted(answer.interests, key=lambda one: -one.intensity)
        self.lines.show(len(self._interests), self._draw)
        title = "3 Interests"
        if answer.interests:
            moved = answer.entropy - answered.reference.entropy
            title += f" · K = {len(answer.interests)} · entropy {answer.entropy:.2f} bit"
            if edited and change(moved) != "·":
                title += f" ({change(moved)})"
        self.entitle(title)

    def _draw(self, index: int, width: int) -> Text:
        interest = self._interests[index]
        cells = CategoryCells(self.app)
        before = self._before.get(interest.category)
        delta = change(interest.intensity - before.intensity) if before and self._edited else ""
        spread = "–" if interest.spread is None else share(interest.spread)
        numbers = f" {share(interest.intensity):>4} {delta:>5}  {spread:>4}"
        numbers += f" {interest.hard_count:>5}"
        line = Text(" ")
        line.append_text(cells.letter(interest.category))
        room = width - len(numbers) - 4
        if self._portraits:
            name_width = max(0, min(26, room // 2))
            name = self._portraits[interest.category].name
            line.append_text(column(name or "–", name_width))
            line.append(" ")
            room -= name_width + 1
        line.append(bar(interest.intensity, max(4, room)), cells.colour(interest.category))
        line.append(numbers)
        return line
