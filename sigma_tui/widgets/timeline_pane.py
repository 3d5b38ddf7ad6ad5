"""Timeline: intensities after every item, and how well the next one was foreseen; a step may be
gone to."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from sigma_tui.beside.inference import Answered
from sigma_tui.keys.actions import bindings
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import column, rank
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane
from sigma_tui.widgets.timeline_picture import Timeline, draw_timeline, step_at

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

NOTHING = Timeline(np.zeros((0, 0), dtype=np.float32), None, 0, 0, None)


class TimelineLines(LineList, inherit_bindings=False):
    """The picture; a click goes to the step under the mouse."""

    class Clicked(Message):
        """x: the cell that was clicked."""

        def __init__(self, x: int) -> None:
            super().__init__()
            self.x = x

    def on_click(self, event: events.Click) -> None:
        """Tells where; nothing else is chosen here."""
        event.prevent_default()
        self.post_message(self.Clicked(event.x))


class TimelinePane(Pane):
    """One curve an interest over the steps of the sequence, with a cursor among the steps."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("timeline")]

    class Went(Message):
        """A step was chosen. step: from 0."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._explorer: Explorer | None = None
        self._timeline = NOTHING
        self._over: tuple[int, ...] = ()
        self._after: int | None = None
        self._drawn: tuple[tuple[int, int, str], list[list[Segment]]] = ((0, 0, ""), [])

    @property
    def lines(self) -> LineList:
        """The picture."""
        return self.query_one(TimelineLines)

    @property
    def timeline(self) -> Timeline:
        """What is shown."""
        return self._timeline

    def compose(self) -> ComposeResult:
        """The picture."""
        yield TimelineLines(id="timeline-lines", empty="", cursor=False)

    def on_mount(self) -> None:
        """Says what this is."""
        self.entitle("5 Timeline")
        self.border_subtitle = "next: ● rank ≤ 10 · ○ ≤ 100"

    def on_resize(self) -> None:
        """Another picture fits."""
        self.call_after_refresh(self._show)

    def on_descendant_focus(self) -> None:
        """The cursor is seen."""
        self._show()

    def on_descendant_blur(self) -> None:
        """And no more."""
        self._show()

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles come from."""
        self._explorer = explorer

    def show_answer(self, answered: Answered) -> None:
        """Another sequence. Ranks that are still true stay until the new ones come."""
        question = answered.question
        over, kept = question.over, self._timeline
        now = len(question.items) if len(question.items) < len(over) else len(over)
        same = over == self._over and question.after == self._after
        stays = same and self.lines.has_focus
        self._over, self._after = over, question.after
        self._timeline = Timeline(
            answered.timeline,
            kept.ranks if same else None,
            now,
            kept.cursor if stays else max(0, now - 1),
            kept.lit,
        )
        self._show()

    def show_ranks(self, ranks: npt.NDArray[np.float64]) -> None:
        """The ranks of what came next after every step."""
        self._change(ranks=ranks)

    def light(self, category: int | None) -> None:
        """The curve of an interest comes first."""
        self._change(lit=category)

    def step(self, by: int) -> None:
        """Moves the cursor."""
        steps = self._timeline.steps
        self._change(cursor=max(0, min(self._timeline.cursor + by, steps - 1)))

    def go(self) -> None:
        """Goes to the step under the cursor."""
        if self._timeline.steps:
            self.post_message(self.Went(self._timeline.cursor))

    def on_timeline_lines_clicked(self, message: TimelineLines.Clicked) -> None:
        """Goes to the step under the mouse."""
        message.stop()
        if self._timeline.steps:
            self._change(cursor=step_at(message.x, self.lines.size.width, self._timeline.steps))
            self.go()

    def _change(
        self,
        *,
        ranks: npt.NDArray[np.float64] | None = None,
        cursor: int | None = None,
        lit: int | None = -1,
    ) -> None:
        was = self._timeline
        self._timeline = Timeline(
            was.intensities,
            was.ranks if ranks is None else ranks,
            was.now,
            was.cursor if cursor is None else cursor,
            was.lit if lit == -1 else lit,
        )
        self._show()

    def _show(self) -> None:
        size = self.lines.size
        self._drawn = (0, 0, ""), []
        self.lines.show(size.height if self._timeline.steps else 0, self._draw)
        self.entitle(self._told())

    def _told(self) -> str:
        line = self._timeline
        if not line.steps:
            return "5 Timeline"
        if not self.lines.has_focus:
            return f"5 Timeline · intensities after each of {line.steps} items"
        return f"5 Timeline · after {line.cursor + 1} of {line.steps} · enter goes there"

    def _draw(self, index: int, width: int) -> list[Segment]:
        height, theme = self.lines.size.height, self.app.theme
        if self._drawn[0] != (width, height, theme):
            lines = draw_timeline(
                self._timeline,
                width,
                height,
                colour=CategoryCells(self.app).colour,
                focused=self.lines.has_focus,
            )
            self._drawn = (width, height, theme), lines
        lines = self._drawn[1]
        if index == len(lines) - 1 and self.lines.has_focus:
            return list(self._what_came_next(width).render(self.app.console))
        return lines[index] if index < len(lines) else []

    def _what_came_next(self, width: int) -> Text:
        """The item behind the cursor, and how well it was foreseen."""
        line, chain = self._timeline, (*self._over, self._after)
        item = chain[line.cursor + 1] if line.cursor + 1 < len(chain) else None
        if item is None or self._explorer is None:
            return column(" nothing is known of what came next", width, "dim")
        value = np.nan if line.ranks is None else float(line.ranks[line.cursor])
        told = "…" if np.isnan(value) else "seen before" if np.isinf(value) else f"#{rank(value)}"
        text = Text(" next: ", "dim", end="")
        title = self._explorer.catalogue.titles[item - 1]
        text.append_text(column(title, width - len(told) - 9))
        text.append(f" {told}", "bold")
        return text
