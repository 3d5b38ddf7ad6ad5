"""Interests as something to work with: light one up, list it alone, raise or lower it."""

from dataclasses import replace

from textual import on

from sigma_tui.screens.listing import ListingScreen
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.timeline_pane import TimelinePane

STEP = 0.05
"""What one key press changes of an intensity."""


class SteeringScreen(ListingScreen):
    """Selects and steers interests. Arguments: see ``AnsweringScreen``."""

    _steers = False

    @on(InterestsPane.Selected)
    def _selected(self, message: InterestsPane.Selected) -> None:
        """Its items light up everywhere."""
        self.query_one(SequencePane).light(message.category)
        self.query_one(TimelinePane).light(message.category)
        self.query_one(RecommendationsPane).light(message.category)

    def action_only_interest(self) -> None:
        """Lists items of the interest under the cursor alone, or all again."""
        category = self.query_one(InterestsPane).category_at_cursor()
        if category is not None:
            only = None if category == self._view.only else category
            self._look(replace(self._view, only=only))
        else:
            self._say_why("Put the cursor on an interest first.")

    def action_steer(self) -> None:
        """Lets ← and → change intensities, or no more."""
        if self._explorer is None:
            return
        if not self._explorer.categories:
            self.notify(
                "This model has no categories of the catalogue that could be steered.",
                severity="warning",
                markup=False,
            )
            return
        self._set_steering(not self._steers)

    def action_steer_done(self) -> None:
        """Arrow keys move the cursor again; what is steered stays so."""
        self._set_steering(False)

    def _set_steering(self, steers: bool) -> None:
        self._steers = steers
        self.query_one(InterestsPane).steer(steers)
        if steers:
            self._go_to_pane("interests")
        self.refresh_bindings()
        self._header()

    def action_steer_by(self, by: int) -> None:
        """Raises or lowers the intensity under the cursor; the others share the rest."""
        pane = self.query_one(InterestsPane)
        category = pane.category_at_cursor()
        if category is None:
            self._say_why("Put the cursor on an interest first.")
            return
        wanted = dict(self._view.steering)
        others = sum(value for other, value in wanted.items() if other != category)
        now = wanted.get(category, pane.intensity(category))
        steps = round(now / STEP) + by
        value = min(max(0.0, steps * STEP), max(0.0, 1.0 - others))
        if by > 0 and round(value, 6) <= round(now, 6):
            self._say_why("All other intensities that are set leave no more for this one.")
        elif by < 0 and not now:
            self._say_why("It is at 0 already.")
        wanted[category] = round(value, 6)
        self._look(replace(self._view, steering=tuple(sorted(wanted.items()))))

    def action_steer_back(self) -> None:
        """Takes all steering back."""
        self._look(replace(self._view, steering=()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of steering work only while one steers, or where something is steered."""
        if action in ("steer_by", "steer_done"):
            return self._steers
        if action == "steer_back":
            return True if self._view.steering else None if self._steers else False
        return super().check_action(action, parameters)
