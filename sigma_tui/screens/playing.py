"""Play: the model goes on by itself, an item at a time, and one watches the interests drift."""

from dataclasses import dataclass

from textual.timer import Timer

from engine.explore.versions import Journey, Version
from sigma_tui.beside.inference import Answered
from sigma_tui.screens.travelling import TravellingScreen

PACE = 0.9
"""Seconds that an answer is looked at before the next item is taken."""
LONGEST = 100
"""Items after which it stops by itself."""


@dataclass(frozen=True)
class Play:
    """What is being played. base: the edits before, so that one undo takes all of it back. steps:
    items taken so far."""

    base: Journey
    steps: int = 0
    paused: bool = False


class PlayingScreen(TravellingScreen):
    """Takes the first recommendation again and again. Arguments: see ``AnsweringScreen``."""

    _play: Play | None = None
    _beat: Timer | None = None

    @property
    def playing(self) -> Play | None:
        """What is being played, if anything."""
        return self._play

    def action_play(self) -> None:
        """Begins, pauses or goes on."""
        play = self._play
        if play is None:
            if self._shown is None or not self._shown.answer.recommendations:
                self.notify("There is nothing to play: no recommendation.", markup=False)
                return
            self._set_play(Play(self._journey))
        else:
            self._set_play(Play(play.base, play.steps, not play.paused))
        self._next_beat()

    def action_stop(self) -> None:
        """Stops; what was played stays, as one edit."""
        self._stop_playing()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While nothing is played, escape has its other meaning."""
        if action == "stop":
            return self._play is not None
        return super().check_action(action, parameters)

    async def _show(self, answered: Answered) -> None:
        await super()._show(answered)
        self._next_beat()

    def _open_user(self, user: int | None) -> None:
        self._stop_playing()
        super()._open_user(user)

    def _edit(self, version: Version, cursor: int | None = None) -> None:
        self._stop_playing()
        super()._edit(version, cursor)

    def _go_to(self, journey: Journey) -> None:
        self._stop_playing()
        super()._go_to(journey)

    def _next_beat(self) -> None:
        """The next item comes a moment after the answer to the one before is there."""
        if self._beat is not None:
            self._beat.stop()
            self._beat = None
        if self._play is not None and not self._play.paused:
            self._beat = self.set_timer(PACE, self._take_next)

    def _take_next(self) -> None:
        play, shown = self._play, self._shown
        if play is None or play.paused or shown is None or shown.number != self._asked:
            return  # the answer that is on its way brings the next beat
        if not shown.answer.recommendations or play.steps >= LONGEST:
            self._stop_playing()
            return
        now = self._journey.now
        end = len(now.entries)
        self._set_play(Play(play.base, play.steps + 1))
        self._journey = play.base.to(now.insert(end, shown.answer.recommendations[0].item))
        self._after_edit(end)

    def _stop_playing(self) -> None:
        if self._play is not None:
            self._set_play(None)

    def _set_play(self, play: Play | None) -> None:
        self._play = play
        if play is None and self._beat is not None:
            self._beat.stop()
            self._beat = None
        self.refresh_bindings()
        self._header()
