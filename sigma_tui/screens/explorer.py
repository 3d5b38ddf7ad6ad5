"""The explorer: users, sequence, interests and recommendations of one run on one screen.

What can be done in it is in the screens it is built on: edits (editing.py), users (people.py),
questions and answers (answering.py), what is found out afterwards (thinking.py), which items are
listed (listing.py), interests (steering.py), the timeline (travelling.py), play (playing.py),
scenarios and changes (whatif.py), export (sharing.py), what is remembered (remembering.py), items
and categories (atlas.py), the map (charting.py).
Here are the panes and what stands in them.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.markup import escape

from sigma_tui.beside.inference import Answered, Loaded
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import pane_keys, shown_key
from sigma_tui.screens.charting import ChartingScreen
from sigma_tui.screens.remembering import RememberingScreen
from sigma_tui.screens.sharing import SharingScreen
from sigma_tui.widgets.headline import headline, pane_tabs, strongest_facts
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.timeline_pane import TimelinePane
from sigma_tui.widgets.users_pane import UsersPane

AROUND = {
    "sequence": ("results", "person"),
    "interests": ("results", "person", "understood", "timeline"),
    "timeline": ("results", "person", "understood", "interests"),
    "recommendations": ("results", "outcome"),
}
"""What comes to the front of the narrow layout with a pane: what it stands in, and interests and
timeline with each other, as both have room."""


class ExplorerScreen(ChartingScreen, RememberingScreen, SharingScreen):
    """Explores one run.

    run: its directory. library: the library file. user: label of the user to begin with. note: a
    line that stays on the screen, such as that readers are simulated. clock: seconds, for the time
    an answer took from key to screen; None hides it. fresh: whether edits of earlier sessions
    stay away.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("whatif", "explorer")]
    PANES = ("users", "sequence", "interests", "recommendations")
    MORE_PANES = ("timeline", "map")

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
        self._front = "sequence"
        self._note = note

    def compose(self) -> ComposeResult:
        """Left to right as the model's own dataflow: sequence, interests, recommendations."""
        yield OneLine(id="header")
        yield OneLine(id="tabs")
        with Horizontal(id="panes"):
            yield UsersPane(id="users")
            with Vertical(id="results"):
                with Horizontal(id="person"):
                    yield SequencePane(id="sequence")
                    with Vertical(id="understood"):
                        yield InterestsPane(id="interests")
                        yield TimelinePane(id="timeline")
                with Horizontal(id="outcome"):
                    yield RecommendationsPane(id="recommendations")
                    yield from self.compose_map()
        yield OneLine(id="facts")
        yield KeyLine()

    def on_mount(self) -> None:
        """Starts to load the model; the screen stands meanwhile."""
        self._header()
        self._remember()
        self.query_one(SequencePane).border_subtitle = (
            f"[@click=screen.scenarios]{self._key('scenarios')} scenarios[/] · "
            f"[@click=screen.compare]{self._key('compare')} compare[/]"
        )
        self._go_to_pane("sequence")
        self._service.start()

    def on_resize(self, event: events.Resize) -> None:
        """The note moves between headline and tabs; one pane may be in front from now on."""
        points = self.app.HORIZONTAL_BREAKPOINTS
        assert points is not None
        second, _ = points[1]  # Textual sets its class after this
        if event.size.width < second:
            self._mark_front(self._front)
        self.call_after_refresh(self._header)

    def _begin(self, loaded: Loaded) -> None:
        super()._begin(loaded)
        explorer = loaded.explorer
        self._use(explorer)
        self._search = loaded.search
        loaded.users.note(loaded.surveyed)
        self.query_one(UsersPane).show_users(loaded.users)
        self.query_one(SequencePane).show_catalogue(explorer)
        self.query_one(TimelinePane).show_catalogue(explorer)
        self.query_one(RecommendationsPane).show_catalogue(explorer)
        self.query_one(InterestsPane).show_portraits(
            explorer.interests, explorer.portraits, explorer.catalogue.titles
        )
        self._begin_at_user()

    def _show_answer(self, answered: Answered) -> None:
        edited = answered.question.differs or not self._journey.now.is_original
        self.query_one(SequencePane).show_answer(answered)
        self.query_one(InterestsPane).show_answer(answered, edited)
        self.query_one(TimelinePane).show_answer(answered)
        self.query_one(RecommendationsPane).show_answer(answered, edited)
        self._tabs()

    def _header(self) -> None:
        explorer = self._explorer
        told = headline(
            explorer,
            self._run_name,
            user=self.user_label,
            edits=self._journey.now.edits(),
            scenario=self._scenario_said(),
            mode=self._mode(),
            milliseconds=self._took,
            note="" if self.has_class("-narrow") else self._note,
        )
        self.query_one("#header", OneLine).say(told)
        self._tabs()

    def _key(self, title: str) -> str:
        return escape(shown_key(self.app, f"explorer.{title}"))

    def _tabs(self) -> None:
        """The narrow layout: which pane is shown, and the strongest facts of the others."""
        if not self.has_class("-narrow"):
            return
        tabs = pane_tabs(pane_keys(self, self.PANES), self._pane, self._note)
        self.query_one("#tabs", OneLine).say(tabs)
        if self._shown is not None and self._explorer is not None:
            facts = strongest_facts(self._explorer, self._shown.answer)
            self.query_one("#facts", OneLine).say(facts)

    def _mode(self) -> str:
        """What keys mean something else now, and how that ends."""
        play = self.playing
        if play is not None:
            how = "goes on" if play.paused else "pauses"
            return (
                f"{'⏸' if play.paused else '▶'} {play.steps} played · "
                f"{shown_key(self.app, 'explorer.play')} {how} · "
                f"{shown_key(self.app, 'explorer.stop')} stops"
            )
        return f"steering · {shown_key(self.app, 'explorer.steer')} done" if self._steers else ""

    def on_descendant_focus(self) -> None:
        """The pane with the focus is the one that the narrow layout shows."""
        focused = self.focused
        for pane in (*self.PANES, *self.MORE_PANES):
            if focused is not None and self.query_one(f"#{pane}") in focused.ancestors_with_self:
                self._to_front(pane)
        self._tabs()
        self._name_nearest()

    def _go_to_pane(self, pane: str) -> None:
        self._to_front(pane)
        # A pane that was hidden can take the focus only when it has been laid out.
        self.call_after_refresh(self.query_one(f"#{pane}", Pane).entrance.focus)

    def _to_front(self, pane: str) -> None:
        self._pane = "interests" if pane == "timeline" else pane
        self._front = pane
        if self.has_class("-narrow"):  # else all are seen, and new classes cost all their styles
            self._mark_front(pane)

    def _mark_front(self, pane: str) -> None:
        front = {pane, *AROUND.get(pane, ())}
        for part in (*self.PANES, "timeline", "understood", "person", "outcome", "results"):
            self.query_one(f"#{part}").set_class(part in front, "-front")
