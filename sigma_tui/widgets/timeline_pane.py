"""Timeline: the intensities after every prefix of the sequence, as small curves."""

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult

from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import share, sparkline
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.pane import Pane


class TimelinePane(Pane):
    """One curve an interest, those that were ever strong first."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._count = 0
        self._timeline: npt.NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self._order: list[int] = []

    @property
    def has_interests(self) -> bool:
        """Whether there is anything to draw."""
        return self._count > 0

    def compose(self) -> ComposeResult:
        """The curves."""
        lines = LineList(id="timeline-lines", empty="", cursor=False)
        lines.can_focus = False
        yield lines

    def on_mount(self) -> None:
        """Says what this is."""
        self.entitle("Timeline")

    def show_count(self, count: int) -> None:
        """How many interests there may be; without any there is no timeline."""
        self._count = count
        self.set_class(not count, "-none")

    def show_timeline(self, timeline: npt.NDArray[np.float32]) -> None:
        """timeline: float [T, K]."""
        self._timeline = timeline
        steps = len(timeline)
        self._order = [int(k) for k in np.argsort(-timeline[-1])] if steps else []
        self.query_one(LineList).show(len(self._order), self._draw)
        self.entitle(f"Timeline · intensities after each of {steps} items" if steps else "Timeline")

    def _draw(self, index: int, width: int) -> Text:
        category = self._order[index]
        cells = CategoryCells(self.app)
        values = self._timeline[:, category].tolist()
        line = Text(" ")
        line.append_text(cells.letter(category))
        room = width - 10
        line.append(
            sparkline(values, room, float(self._timeline.max())),
            cells.colour(category),
        )
        line.append(f" {share(values[-1]):>4}")
        return line
