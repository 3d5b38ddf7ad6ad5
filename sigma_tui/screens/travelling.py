"""Back in time: a step of the timeline is gone to, as if the sequence ended there."""

from textual import on

from engine.explore.versions import Version
from sigma_tui.screens.steering import SteeringScreen
from sigma_tui.widgets.timeline_pane import TimelinePane


class TravellingScreen(SteeringScreen):
    """Walks along a ``TimelinePane``. Arguments: see ``AnsweringScreen``."""

    def action_step(self, by: int) -> None:
        """Moves the cursor of the timeline."""
        self.query_one(TimelinePane).step(by)

    def action_go_there(self) -> None:
        """Goes to the day under the cursor."""
        self.query_one(TimelinePane).go()

    @on(TimelinePane.Went)
    def _went(self, message: TimelinePane.Went) -> None:
        """Cuts after a step. What was cut off before is still there to go to."""
        now = self._journey.now
        if now.next_of_original() is not None:
            now = Version.of(now.original)
        seen = [place for place, entry in enumerate(now.entries) if not entry.muted]
        if message.step < len(seen):
            self._edit(now.until(seen[message.step]), seen[message.step])
