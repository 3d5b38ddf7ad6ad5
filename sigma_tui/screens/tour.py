"""The demo's explorer: offers a tour, and drives itself through it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType

from engine.explore.versions import Version
from sigma_tui.beside.inference import Answered
from sigma_tui.keys.actions import bindings
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.tour import STEPS, Scene
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.tour_bar import Key, TourBar

Beginning = Literal["offer", "start", "neither"]
OFFER = "New here? A tour of six steps shows what can be done, on what you see."
OWN_EDIT = "That was an edit of your own; every step begins from the original again."
START: Key = ("g", "start", "tour")
DECLINE: Key = ("esc", "no, thank you", "tour_leave")
NEXT: Key = ("→", "next", "tour_step(1)")
END: Key = ("→", "end", "tour_step(1)")
BEFORE: Key = ("←", "back", "tour_step(-1)")
LEAVE: Key = ("esc", "leave", "tour_leave")


class TourScreen(ExplorerScreen):
    """Explores one run, with a tour. tour: whether it is offered or started when the first answer
    is there. Other arguments: see ``ExplorerScreen``."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("whatif", "explorer", "tour")]

    def __init__(
        self,
        run: Path,
        library: Path,
        *,
        user: str | None = None,
        device: str = "auto",
        note: str = "",
        fresh: bool = False,
        clock: Callable[[], float] | None = time.perf_counter,
        tour: Beginning = "neither",
    ) -> None:
        super().__init__(
            run, library, user=user, device=device, note=note, fresh=fresh, clock=clock
        )
        self._beginning: Beginning = tour
        self._offered = False
        self._tour_at: int | None = None
        self._expected: Version | None = None

    @property
    def tour_at(self) -> int | None:
        """The tour's step, from 0; None outside of it."""
        return self._tour_at

    def compose(self) -> ComposeResult:
        """The explorer, with a bar above the footer."""
        for widget in super().compose():
            if isinstance(widget, KeyLine):
                yield TourBar()
            yield widget

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The tour's keys are its own only while there is a tour to step through or to leave."""
        if action == "tour_step":
            return self._tour_at is not None
        if action == "tour_leave":
            return self._tour_at is not None or self._offered
        return super().check_action(action, parameters)

    def action_tour(self) -> None:
        """Begins the tour with the present person."""
        if self._shown is None:
            return
        if not self._journey.now.original:
            self.notify(
                "A tour needs somebody with a sequence: press n or p to open one.", markup=False
            )
            return
        self._go_to_step(0)

    def action_tour_step(self, by: int) -> None:
        """The next step or the one before; after the last one the tour is over."""
        if self._tour_at is None:
            return
        if self._tour_at + by >= len(STEPS):
            self.action_tour_leave()
        elif self._tour_at + by >= 0:
            self._go_to_step(self._tour_at + by)

    def action_tour_leave(self) -> None:
        """Ends the tour or takes its offer away; the sequence stays as it is."""
        touring = self._tour_at is not None
        self._offered, self._tour_at, self._expected = False, None, None
        self.query_one(TourBar).hide()
        if touring and not self._journey.now.is_original:
            self.notify("The edits stay: X takes them back, u one by one.", markup=False)

    def _go_to_step(self, number: int) -> None:
        """Does the step's edit and waits for the answer to it."""
        shown, explorer = self._shown, self._explorer
        assert explorer is not None
        start = Version.of(self._journey.now.original)
        if shown is None or shown.question.original != start.original or not start.original:
            return  # somebody else was opened, whose answer is not there yet
        step = STEPS[number]
        self._offered, self._tour_at = False, number
        self._expected = step.version(explorer, start, shown.reference)
        self._say("…")
        self.action_pane(step.pane)
        self._edit(self._expected, len(self._expected.entries) - 1)
        self._narrate(shown)

    def _show_answer(self, answered: Answered) -> None:
        super()._show_answer(answered)
        beginning, self._beginning = self._beginning, "neither"
        if beginning == "start":
            self.call_after_refresh(self.action_tour)
        elif beginning == "offer":
            self._offered = True
            self.query_one(TourBar).say("Tour", OFFER, START, DECLINE)
        elif self._offered and not self._journey.now.is_original:
            self.action_tour_leave()  # whoever edits has found the way without it
        self._narrate(answered)

    def _narrate(self, answered: Answered) -> None:
        """Says what is seen, once the answer to the step's edit is there."""
        now, explorer = self._journey.now, self._explorer
        if self._tour_at is None or explorer is None or answered.question.items != now.items:
            return
        if now != self._expected:
            self._say(OWN_EDIT)
        elif answered.answer.recommendations:
            scene = Scene(explorer, answered.reference, now, answered.answer)
            self._say(STEPS[self._tour_at].say(scene))

    def _say(self, sentence: str) -> None:
        assert self._tour_at is not None
        last = self._tour_at == len(STEPS) - 1
        keys = [END if last else NEXT, *([BEFORE] if self._tour_at else []), LEAVE]
        self.query_one(TourBar).say(f"Tour {self._tour_at + 1} of {len(STEPS)}", sentence, *keys)
