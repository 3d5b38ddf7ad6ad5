"""An explorer that is loaded, in an app that a test presses keys in."""

from collections.abc import Callable

from app_support import text_of, until
from textual.pilot import Pilot

from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.timeline_pane import TimelinePane


class Opened:
    """An explorer that is loaded, with its pilot."""

    def __init__(self, screen: ExplorerScreen, pilot: Pilot[None]) -> None:
        self.screen, self.pilot = screen, pilot

    async def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Waits for something that happens in the inference thread."""
        await until(self.pilot, condition, seconds)

    async def press(self, *keys: str) -> None:
        """Presses keys and waits for the answer to what they made."""
        await self.pilot.press(*keys)
        await self.answered()

    async def answered(self) -> None:
        """The answer to the newest question is on the screen."""
        screen = self.screen
        await self.until(lambda: screen.shown is not None and screen.shown.number == screen._asked)
        await self.pilot.pause()

    async def thought(self) -> None:
        """All that is found out afterwards is on the screen; the timeline's ranks come last."""
        await self.answered()
        timeline = self.screen.query_one(TimelinePane)
        await self.until(lambda: timeline.timeline.ranks is not None)

    @property
    def listed(self) -> list[int]:
        """The recommended items."""
        return [line.item for line in self.screen.shown.answer.recommendations]

    def text(self) -> str:
        """All that is on the screen, as the terminal would show it."""
        return text_of(self.pilot)

    def drawn(self, pane: str, width: int = 90) -> list[str]:
        """All lines of a list."""
        lines = self.screen.query_one(pane, LineList)
        return [lines._draw(index, width).plain for index in range(lines.count)]

    def drawn_segments(self, pane: str, width: int = 90) -> list[str]:
        """All lines of a picture."""
        lines = self.screen.query_one(pane, LineList)
        drawn = (lines._draw(index, width) for index in range(lines.count))
        return ["".join(segment.text for segment in line) for line in drawn]
