"""Two answers side by side: lists, interests, and what they have in common."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from sigma_tui.widgets.agreement_pane import AgreementPane, Side
from sigma_tui.widgets.compared_pane import ComparedPane
from sigma_tui.widgets.interests_pane import InterestsPane

FIRST = 3
"""Number of the left list; the right one and the agreement follow."""


class Sides(Vertical):
    """Both sides."""

    def __init__(self) -> None:
        super().__init__(id="sides")

    def compose(self) -> ComposeResult:
        """List over interests, twice; under both the agreement."""
        with Horizontal(id="both"):
            with Vertical(id="first-side", classes="side"):
                yield ComparedPane(id="first", heading=f"{FIRST} A", other="B")
                yield InterestsPane(id="first-interests", heading="A Interests")
            with Vertical(id="second-side", classes="side"):
                yield ComparedPane(id="second", heading=f"{FIRST + 1} B", other="A")
                yield InterestsPane(id="second-interests", heading="B Interests")
        yield AgreementPane(id="agreement", heading=f"{FIRST + 2} Agreement")

    def list_of(self, which: str) -> ComparedPane:
        """``first`` or ``second``."""
        return self.query_one(f"#{which}", ComparedPane)

    def bring_to_front(self, pane: str) -> None:
        """In the narrow layout only the pane in front is there, and what holds it."""
        self.query_one("#both").set_class(pane in ("first", "second"), "-front")
        for which in ("first", "second"):
            self.query_one(f"#{which}-side").set_class(pane == which, "-front")
        self.set_class(pane in ("first", "second", "agreement"), "-front")

    def show_models(self, first: Side, second: Side) -> None:
        """Names of the categories. Both panes of them are as high, so that both lists are."""
        panes = []
        for which, side in (("first", first), ("second", second)):
            interests = self.query_one(f"#{which}-interests", InterestsPane)
            interests.show_portraits(
                side.explorer.interests, side.explorer.portraits, side.explorer.catalogue.titles
            )
            panes.append(interests)
        height = max(pane.usual_height or 0 for pane in panes)
        for pane in panes:
            pane.usually(height)

    def show_sides(self, first: Side, second: Side, k: int, *, edited: bool) -> None:
        """Shows two answers. k: length of the lists. edited: show what the edits changed."""
        one, other = (side.answered.answer.recommendations for side in (first, second))
        self.list_of("first").show_lists(first.name, first.explorer, one, other, k)
        self.list_of("second").show_lists(second.name, second.explorer, other, one, k)
        for which, side in (("first", first), ("second", second)):
            interests = self.query_one(f"#{which}-interests", InterestsPane)
            interests.show_answer(side.answered, edited)
        self.query_one(AgreementPane).show_sides(first, second, k, edited=edited)
