"""The explorer: users, sequence, interests and recommendations of one run on one screen.

What can be done in it is in the screens it is built on: edits (editing.py), users (people.py),
questions and answers (answering.py). Here are the panes and what stands in them.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer

from sigma_tui.actions import bindings
from sigma_tui.inference import Answered, Loaded
from sigma_tui.keymap import shown_key
from sigma_tui.screens.remembering import RememberingScreen
from sigma_tui.widgets.headline import headline, pane_tabs, strongest_facts
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.timeline_pane import TimelinePane
from sigma_tui.widgets.users_pane import UsersPane

PANES = ("users", "sequence", "interests", "recommendations")


class ExplorerScreen(RememberingScreen):
    """Explores one run.

    run: its directory. library: the library file. user: label of the user to begin with. note: a
    line that stays on the screen, such as that readers are simulated. clock: seconds, for the time
    an answer took from key to screen; None hides it. fresh: whether edits of earlier sessions
    stay away.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("explorer")]
    AUTO_FOCUS = ""  # the first pane would come to the front of the narrow layout

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
    ) -> None:
        super().__init__(run, library, user=user, device=device, fresh=fresh, clock=clock)
        self._run_name = run.name
        self._note = note
        self._pane = "sequence"

    def compose(self) -> ComposeResult:
        """Left to right as the model's own dataflow: sequence, interests, recommendations."""
        yield OneLine(id="header")
        yield OneLine(id="tabs")
        with Horizontal(id="panes"):
            yield UsersPane(id="users")
            yield SequencePane(id="sequence")
            with Vertical(id="results"):
                yield InterestsPane(id="interests")
                yield TimelinePane(id="timeline")
                yield RecommendationsPane(id="recommendations")
        yield OneLine(id="facts")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Starts to load the model; the screen stands meanwhile."""
        self._header()
        self.action_pane("sequence")
        self._remember()
        self._service.start()

    def on_resize(self) -> None:
        """The note moves between headline and tabs."""
        self.call_after_refresh(self._header)

    def _begin(self, loaded: Loaded) -> None:
        explorer = self._explorer = loaded.explorer
        self._search = loaded.search
        self.query_one(UsersPane).show_users(loaded.users)
        for pane in (self.query_one(SequencePane), self.query_one(RecommendationsPane)):
            pane.show_catalogue(explorer)
        self.query_one(InterestsPane).show_portraits(explorer.interests, explorer.portraits)
        self.query_one(TimelinePane).show_count(explorer.interests)
        self._begin_at_user()

    def _show_answer(self, answered: Answered) -> None:
        edited = not self._journey.now.is_original
        self.query_one(SequencePane).show_answer(answered)
        self.query_one(InterestsPane).show_answer(answered, edited)
        self.query_one(TimelinePane).show_timeline(answered.timeline)
        self.query_one(RecommendationsPane).show_answer(answered, edited)

    def _header(self) -> None:
        explorer = self._explorer
        told = headline(
            explorer,
            self._run_name,
            user=self.user_label,
            edits=self._journey.now.edits(),
            milliseconds=self._took,
            note="" if self.has_class("-narrow") else self._note,
        )
        self.query_one("#header", OneLine).say(told)
        self._tabs()

    def _tabs(self) -> None:
        """The narrow layout: which pane is shown, and the strongest facts of the others."""
        panes = {shown_key(self.app, f"explorer.{pane}"): pane for pane in PANES}
        self.query_one("#tabs", OneLine).say(pane_tabs(panes, self._pane, self._note))
        if self._shown is not None and self._explorer is not None:
            facts = strongest_facts(self._explorer, self._shown.answer)
            self.query_one("#facts", OneLine).say(facts)

    def on_descendant_focus(self) -> None:
        """The pane with the focus is the one that the narrow layout shows."""
        focused = self.focused
        for pane in PANES:
            container = self.query_one(f"#{pane}")
            inside = focused is not None and container in focused.ancestors_with_self
            container.set_class(inside, "-front")
            if inside:
                self._pane = pane
                self._timeline_in_front(pane)
        self._tabs()

    def action_pane(self, pane: str) -> None:
        """Goes to a pane; in the narrow layout it comes to the front."""
        container = self.query_one(f"#{pane}")
        for other in PANES:
            self.query_one(f"#{other}").set_class(other == pane, "-front")
        self._timeline_in_front(pane)
        # A pane that was hidden can take the focus only when it has been laid out.
        self.call_after_refresh(container.query_one(LineList).focus)

    def _timeline_in_front(self, pane: str) -> None:
        """The timeline goes with the interests, which leave room for it when narrow."""
        timeline = self.query_one(TimelinePane)
        timeline.set_class(pane == "interests" and timeline.has_interests, "-front")
