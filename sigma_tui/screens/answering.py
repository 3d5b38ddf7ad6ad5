"""What is asked of the model about a person's sequence, and its answer on its way to the screen."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from textual import on
from textual.message import Message

from engine.home import Home
from sigma_tui.beside.afterthoughts import Afterthought, Surveyed
from sigma_tui.beside.inference import Answered, InferenceService, Loaded, Question, Told
from sigma_tui.beside.service import Failed
from sigma_tui.look.one_picture import OnePicture
from sigma_tui.look.text import visible
from sigma_tui.screens.people import PeopleScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.recommendations_pane import RecommendationsPane


@dataclass(frozen=True)
class View:
    """How the lists are asked for; see ``Question``."""

    hidden: frozenset[int] = frozenset()
    only: int | str | None = None
    steering: tuple[tuple[int, float], ...] = ()
    diversity: float = 0.0


class AnsweringScreen(PeopleScreen):
    """Asks one model the newest question and shows its answer, dropping those out of date.

    A screen built on this one shows the model in ``_begin``, an answer in ``_show_answer``, what is
    found out about it afterwards in ``_add``, and facts in ``_header``. Arguments: see
    ``ExplorerScreen``.
    """

    class Heard(Message):
        """The inference service has something to tell."""

        def __init__(self, told: Told) -> None:
            super().__init__()
            self.told = told

    def __init__(
        self,
        run: Path,
        library: Path,
        *,
        device: str = "auto",
        clock: Callable[[], float] | None = time.perf_counter,
    ) -> None:
        super().__init__()
        self._run, self._library, self._device = run, library, device
        self._clock = clock
        cache = Home.locate().cache
        self._service = InferenceService(run, library, device, cache, self._tell)
        self._view = View()
        self._asked = 0
        self._asked_at: dict[int, float] = {}
        self._took: float | None = None
        self._shown: Answered | None = None
        self._trouble = ""
        self._picture = OnePicture(self)

    @property
    def shown(self) -> Answered | None:
        """The answer on the screen."""
        return self._shown

    @property
    def took(self) -> float | None:
        """Milliseconds from the last edit to its answer on the screen."""
        return self._took

    @property
    def trouble(self) -> str:
        """Why nothing can be asked, if so."""
        return self._trouble

    def _begin(self, loaded: Loaded) -> None:
        """The model is there: shows it and asks the first question."""
        raise NotImplementedError

    def _show_answer(self, answered: Answered) -> None:
        """Shows the answer to the newest question."""
        raise NotImplementedError

    def _add(self, found: Afterthought | Surveyed) -> None:
        """Shows something more."""
        raise NotImplementedError

    def _header(self) -> None:
        """Shows where one is, and how long the last answer took."""
        raise NotImplementedError

    def on_unmount(self) -> None:
        """Ends the inference thread."""
        self._picture.release()
        self._service.close()

    def _tell(self, told: Told) -> None:
        """Called from the inference thread."""
        self.post_message(self.Heard(told))

    @on(Heard)
    async def _hear(self, message: Heard) -> None:
        told = message.told
        if isinstance(told, Loaded):
            self._begin(told)
        elif isinstance(told, Answered):
            # A newer question may have been asked while this message was on its way.
            if told.number == self._asked:
                await self._show(told)
                self._picture.release()
        elif isinstance(told, Surveyed) or (
            isinstance(told, Afterthought) and told.number == self._asked
        ):
            self._add(told)
        elif isinstance(told, Failed):
            self._fail(told)
            self._picture.release()

    def _fail(self, failed: Failed) -> None:
        self.notify(visible(failed.message), severity="error", markup=False, timeout=12)
        if failed.fatal:
            self._trouble = failed.message
            for lines in self.query(LineList):
                lines.say(visible(failed.message))

    def _ask(self) -> None:
        before = None if self._shown is None else self._shown.answer.milliseconds
        self._picture.hold(last_answer=before)
        number = self._asked = self._service.ask(self._question())
        if self._clock is not None:
            self._asked_at, self._took = {number: self._clock()}, None
        self._header()

    def _question(self) -> Question:
        """All that is asked about the sequence as it is now."""
        view = self._view
        return replace(
            Question.about(self._journey.now, self._held_out, self._k),
            hidden=view.hidden,
            only=view.only,
            steering=view.steering,
            diversity=view.diversity,
        )

    def _look(self, view: View) -> None:
        """Asks for other lists of the same sequence."""
        if view != self._view:
            self._set_view(view)
            self._ask()

    def _set_view(self, view: View) -> None:
        """Keys that take something back look dim where there is nothing to take back."""
        before, self._view = self._view, view
        if (not before.steering, not before.diversity) != (not view.steering, not view.diversity):
            self.refresh_bindings()

    async def _show(self, answered: Answered) -> None:
        self._shown = answered
        self._show_answer(answered)
        # In their own turn the panes tell the screen that they look different; what comes after
        # that waits for the picture with the answer, not for the one before.
        await asyncio.sleep(0)
        self.call_after_refresh(self._painted, answered.number)

    def _painted(self, number: int) -> None:
        asked = self._asked_at.pop(number, None)
        if asked is not None and self._clock is not None:
            self._took = (self._clock() - asked) * 1000
            self._header()

    def action_take(self) -> None:
        """Adds the recommendation under the cursor at the end of the sequence."""
        item = self._recommended_or_why()
        if item is not None:
            self.take(item)

    def _recommended_or_why(self) -> int | None:
        """The recommendation under the cursor; says that there is none."""
        item = self.query_one(RecommendationsPane).item_at_cursor()
        if item is None:
            self._say_why("There is no recommendation here.")
        return item

    def take(self, item: int) -> None:
        """Adds an item at the end of the sequence."""
        now = self._journey.now
        self._edit(now.insert(len(now.entries), item), len(now.entries))
