"""Which items are listed: some hidden, one category alone, relevance traded for diversity."""

from dataclasses import replace

from textual import on

from engine.explore.categories import letter_of
from sigma_tui.beside.inference import Loaded
from sigma_tui.screens.choose import Choice, ChooseScreen
from sigma_tui.screens.thinking import ThinkingScreen
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.recommendations_pane import RecommendationsPane

Only = int | str | None
"""A learned category, one of the metadata, or all of them."""


class ListingScreen(ThinkingScreen):
    """Looks at the same sequence's recommendations in other ways. Arguments: see
    ``AnsweringScreen``."""

    _kept: dict[int | None, tuple[frozenset[int], tuple[tuple[int, float], ...]]]
    _metadata: list[str]

    def on_mount(self) -> None:
        """Nobody was looked at yet."""
        self._kept, self._metadata = {}, []

    def _begin(self, loaded: Loaded) -> None:
        self._metadata = loaded.metadata

    def _open_user(self, user: int | None) -> None:
        """What was hidden and steered belongs to one person, and waits for the person's return."""
        self._kept[self._user] = self._view.hidden, self._view.steering
        hidden, steering = self._kept.get(user, (frozenset(), ()))
        self._set_view(replace(self._view, hidden=hidden, steering=steering))
        super()._open_user(user)

    def action_hide(self) -> None:
        """Hides the recommendation under the cursor."""
        item = self._recommended_or_why()
        if item is not None:
            self._look(replace(self._view, hidden=self._view.hidden | {item}))

    def action_show_hidden(self) -> None:
        """Shows hidden items again."""
        if not self._view.hidden:
            self._say_why("Nothing is hidden.")
        self._look(replace(self._view, hidden=frozenset()))

    def action_only(self) -> None:
        """Choose the one category that is listed."""
        explorer = self._explorer
        if explorer is None:
            return
        cells = CategoryCells(self.app)
        choices: list[Choice[Only]] = [Choice(None, "all", "every category")]
        for category in range(explorer.interests):
            known = explorer.portraits[category].name if explorer.portraits else ""
            letter, colour = letter_of(category), f"bold {cells.colour(category)}"
            what = "learned" if explorer.categories else "interest"
            choices.append(Choice(category, f"{letter}  {known}".rstrip(), what, colour))
        choices += [Choice(name, name, "metadata") for name in self._metadata]

        def chosen(choice: Choice[Only] | None) -> None:
            if choice is not None:
                self._look(replace(self._view, only=choice.value))

        title = "List only one category"
        self.app.push_screen(ChooseScreen(title, choices, self._view.only), chosen)

    def action_diversify(self) -> None:
        """Opens the slider, or closes it."""
        if self._explorer is None:
            return
        if self._explorer.diversified_by is None:
            self.notify(
                "The items have no categories, so a list cannot be made more diverse by them.",
                severity="warning",
                markup=False,
            )
            return
        slider = self.query_one(DiversitySlider)
        if slider.has_focus:
            self.action_diversify_done()
            return
        self._go_to_pane("recommendations")
        slider.add_class("-open")
        self.call_after_refresh(self.call_after_refresh, slider.focus)
        self._think()  # the curve is found out now

    def action_diversify_done(self) -> None:
        """Goes back to the list; the slider stays while it does something."""
        pane = self.query_one(RecommendationsPane)
        pane.slider.set_class(bool(self._view.diversity), "-open")
        pane.lines.focus()

    def action_diversity_by(self, by: int) -> None:
        """Moves the slider."""
        self.query_one(DiversitySlider).move(by)

    def action_diversity_off(self) -> None:
        """Back to the order of scores."""
        self.query_one(DiversitySlider).reset()

    @on(DiversitySlider.Moved)
    def _diversity_moved(self, message: DiversitySlider.Moved) -> None:
        self._look(replace(self._view, diversity=message.weight))

    def _wants_curve(self) -> bool:
        return self.query_one(DiversitySlider).has_class("-open")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """At the slider the footer has its keys instead of those of the list under it."""
        if (
            action in ("take", "hide", "only", "smallest_change")
            and self.query_one(DiversitySlider).has_focus
        ):
            return False
        if action == "diversity_off" and not self._view.diversity:
            return None
        return super().check_action(action, parameters)
