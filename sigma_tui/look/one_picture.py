"""An edit and its answer as one picture."""

from contextlib import ExitStack

from textual.screen import Screen
from textual.timer import Timer

LONGEST = 0.03
"""Seconds that an edit waits for its answer. Textual paints a second picture only one or two of its
beats after the first; where answers take longer than this, an edit is shown at once."""


class OnePicture:
    """Keeps a screen from being painted until an answer is there, or does not come at once."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._batch = ExitStack()
        self._timer: Timer | None = None

    def hold(self, *, last_answer: float | None) -> None:
        """Nothing is painted from now on. last_answer: milliseconds that the one before took, by
        which the next is judged; None if there was none."""
        slow = last_answer is not None and last_answer > LONGEST * 1000
        if self._timer is None and not slow:
            self._batch.enter_context(self._screen.app.batch_update())
            self._timer = self._screen.set_timer(LONGEST, self.release)

    def release(self) -> None:
        """All that has changed is painted, if anything was held."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._batch.close()
            self._screen.check_idle()
