"""The app that the monkey plays with, which tells all that goes wrong in it."""

import threading
import traceback
from itertools import count
from typing import Any

from textual.css.model import RuleSet
from textual.screen import Screen
from textual.worker import Worker

from engine.errors import RunError
from sigma_tui.app import SigmaApp
from sigma_tui.screens import train as train_screen
from sigma_tui.screens import training as training_screen

DEFECTS = ("failed on this", "this failed: ", "cannot be loaded: ")
"""How threads tell of what nobody foresaw, see ``Service``."""
PICTURES = 40
"""Of so many pictures two are painted, in haste."""


class MonkeyApp(SigmaApp):
    """Notes what goes wrong, and what is said. Leaving it takes more than a key."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.troubles_found: list[str] = []
        self.may_leave = False

    def action_leave(self) -> None:
        """A monkey would leave at once."""
        if self.may_leave:
            super().action_leave()

    async def action_quit(self) -> None:
        """Textual's own way out, in its palette and on ctrl+q."""

    def notify(self, message: str, **how: Any) -> None:
        """All messages to the person come by here."""
        if any(words in message for words in DEFECTS) and "Error(" in message:
            self.troubles_found.append(message)
        super().notify(message, **how)


def note_workers(found: list[str]) -> None:
    """Workers and threads whose errors do not end the app would fail in silence."""
    run = Worker.run

    async def noted(worker: Worker[Any]) -> Any:
        try:
            return await run(worker)
        except Exception:
            if not worker.exit_on_error:
                found.append(traceback.format_exc())
            raise

    Worker.run = noted  # type: ignore[method-assign]
    threading.excepthook = lambda hook: found.append(
        "".join(traceback.format_exception(hook.exc_value))
    )


def without_trainings() -> None:
    """As where the machine starts no more processes: each would take seconds of the processor."""

    def refused(run: Any, *_: object) -> None:
        raise RunError(f"the training of run {run.name!r} cannot be started: no more processes.")

    train_screen.start_training = training_screen.start_training = refused  # type: ignore[assignment]


def hasten() -> None:
    """Leaves out what costs most and is Textual's alone. Everything is laid out as ever, and of
    forty pictures two are painted: one whole, and what has changed in the next. Rules of
    styles are told apart without ``id``, of which every auditor is told."""
    paint, numbers = Screen._compositor_refresh, count()

    def perhaps(self: Screen[Any]) -> None:
        if self is self.app.screen:
            turn = next(numbers) % PICTURES
            if turn > 1:
                self._compositor._dirty_regions.clear()
                self._dirty_widgets.clear()
                self.app.post_display_hook()  # sizes of panes, and what waits for a picture
                return
            if turn == 0:  # all that was left out
                self._compositor._dirty_regions = {self._compositor.size.region}
        paint(self)

    Screen._compositor_refresh = perhaps  # type: ignore[method-assign]
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]
