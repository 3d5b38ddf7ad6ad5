"""What is found out about an answer once it is on the screen, and about all users."""

from textual.timer import Timer

from sigma_tui.beside.afterthoughts import (
    Afterthought,
    Curve,
    Favourites,
    Foreseen,
    Steady,
    Surveyed,
    Why,
    afterthoughts,
    surveying,
)
from sigma_tui.beside.service import Errand, Failed
from sigma_tui.beside.user_index import SURVEYED
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.timeline_pane import TimelinePane
from sigma_tui.widgets.users_pane import UsersPane

QUIET = 0.12
"""Seconds without a new question, from the picture with an answer on, after which more is found out
about it. Who edits quickly is faster than that, and never waits for it."""


class ThinkingScreen(AnsweringScreen):
    """Sends the inference thread on errands while it has nothing to answer. Arguments: see
    ``AnsweringScreen``."""

    _surveys = True
    _quiet: Timer | None = None
    _thinking: Errand | None = None
    _surveying: Errand | None = None

    def _wants_curve(self) -> bool:
        """Whether the price of diversity is to be found out."""
        return False

    def _ask(self) -> None:
        self._stop_thinking()
        super()._ask()

    def _painted(self, number: int) -> None:
        super()._painted(number)
        if number == self._asked:
            self._think()

    def _add(self, found: Afterthought | Surveyed) -> None:
        recommendations = self.query_one(RecommendationsPane)
        match found:
            case Why():
                recommendations.show_reasons(found.reasons)
            case Steady():
                recommendations.show_stability(found.stability)
            case Curve():
                recommendations.show_curve(found.points)
            case Foreseen():
                self.query_one(TimelinePane).show_ranks(found.ranks)
            case Favourites():
                self.query_one(InterestsPane).show_favourites(found.items)
            case Surveyed():
                self.query_one(UsersPane).note(found)

    def _think(self) -> None:
        """Finds out more about the answer on the screen, unless something new is asked."""
        self._stop_thinking()
        self._quiet = self.set_timer(QUIET, self._begin_to_think)

    def _begin_to_think(self) -> None:
        shown = self._shown
        if shown is not None and shown.number == self._asked:
            curve = self._wants_curve()
            self._thinking = self._service.run(
                lambda loaded: afterthoughts(loaded.explorer, shown, curve=curve), self._tell_found
            )

    def _stop_thinking(self) -> None:
        if self._quiet is not None:
            self._quiet.stop()
        if self._thinking is not None:
            self._thinking.cancel()
        self._quiet = self._thinking = None

    def _survey(self) -> None:
        """Asks about all users while the order of the list needs it; another order stops that."""
        users = self.query_one(UsersPane)
        if self._surveying is not None:
            self._surveying.cancel()
            self._surveying = None
        if users.order in SURVEYED and not users.surveyed:
            self._surveying = self._service.run(
                lambda loaded: surveying(loaded.explorer, loaded.survey), self._tell_found
            )

    def _tell_found(self, found: Afterthought | Surveyed | Failed | None) -> None:
        """Called from the inference thread after every piece of work."""
        if found is not None:
            self._tell(found)
