"""The explorer: users, sequence, interests and recommendations of one run on one screen."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Footer

from engine.explore.versions import Journey, Version
from sigma_tui.actions import bindings
from sigma_tui.inference import Answered, Failed, InferenceService, Loaded, Question, Told
from sigma_tui.one_picture import OnePicture
from sigma_tui.screens.atlas import AtlasOpener
from sigma_tui.screens.search import SearchScreen
from sigma_tui.text import visible
from sigma_tui.widgets.headline import headline, pane_tabs, strongest_facts
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.timeline_pane import TimelinePane
from sigma_tui.widgets.users_pane import UsersPane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer
    from engine.explore.search import TitleSearch

SHORTEST_LIST, LONGEST_LIST = 5, 100
PANES = ("users", "sequence", "interests", "recommendations")


class ExplorerScreen(AtlasOpener):
    """Explores one run.

    run: its directory. library: the library file. user: label of the user to begin with. note: a
    line that stays on the screen, such as that readers are simulated. clock: seconds, for the time
    an answer took from key to screen; None hides it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("explorer")]
    AUTO_FOCUS = ""  # the first pane would come to the front of the narrow layout

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
        user: str | None = None,
        device: str = "auto",
        note: str = "",
        clock: Callable[[], float] | None = time.perf_counter,
    ) -> None:
        super().__init__()
        self._run_name = run.name
        self._first_user = user
        self._note = note
        self._clock = clock
        self._service = InferenceService(run, library, device, self._tell)
        self._explorer: Explorer | None = None
        self._search: TitleSearch | None = None
        self._user: int | None = None
        self._journey = Journey.start(())
        self._journeys: dict[int | None, Journey] = {}
        self._held_out: int | None = None
        self._k = 10
        self._asked = 0
        self._asked_at: dict[int, float] = {}
        self._took: float | None = None
        self._shown: Answered | None = None
        self._pane = "sequence"
        self._trouble = ""
        self._picture = OnePicture(self)

    @property
    def journey(self) -> Journey:
        """The edits of the present user."""
        return self._journey

    @property
    def shown(self) -> Answered | None:
        """The answer on the screen."""
        return self._shown

    @property
    def took(self) -> float | None:
        """Milliseconds from the last edit to its answer on the screen."""
        return self._took

    @property
    def explorer(self) -> "Explorer | None":
        """What is asked; None until it is loaded."""
        return self._explorer

    @property
    def trouble(self) -> str:
        """Why nothing can be asked, if so."""
        return self._trouble

    @property
    def user_label(self) -> str | None:
        """The present user's source label; None for a new one."""
        if self._explorer is None or self._user is None:
            return None
        return self._explorer.interactions.users[self._user]

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
        self._service.start()

    def on_resize(self) -> None:
        """The note moves between headline and tabs."""
        self.call_after_refresh(self._header)

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
        else:
            self._fail(told)
            self._picture.release()

    def _begin(self, loaded: Loaded) -> None:
        explorer = self._explorer = loaded.explorer
        self._search = loaded.search
        self.query_one(UsersPane).show_users(loaded.users)
        for pane in (self.query_one(SequencePane), self.query_one(RecommendationsPane)):
            pane.show_catalogue(explorer)
        self.query_one(InterestsPane).show_portraits(explorer.interests, explorer.portraits)
        self.query_one(TimelinePane).show_count(explorer.interests)
        first = self.query_one(UsersPane).user_at(0)
        if self._first_user is not None:
            try:
                first = explorer.interactions.users.index(self._first_user)
            except ValueError:
                self.notify(
                    f"There is no user {visible(self._first_user)} in this dataset.",
                    severity="warning",
                    markup=False,
                )
        self._open_user(first)

    def _fail(self, failed: Failed) -> None:
        self.notify(visible(failed.message), severity="error", markup=False, timeout=12)
        if failed.fatal:
            self._trouble = failed.message
            for lines in self.query(LineList):
                lines.say(visible(failed.message))

    def _open_user(self, user: int | None) -> None:
        if self._explorer is None:
            return
        self._journeys[self._user] = self._journey  # edits wait for the person's return
        self._user = user
        history = () if user is None else self._explorer.history(user)
        self._held_out = history[-1] if len(history) > 1 else None
        shown = history[:-1] if len(history) > 1 else history
        self._journey = self._journeys.get(user) or Journey.start(shown)
        if user is not None:
            self.query_one(UsersPane).point_at(user)
        now = self._journey.now
        self.query_one(SequencePane).show_version(now, len(now.entries) - 1)
        self._ask()

    def _edit(self, version: Version, cursor: int | None = None) -> None:
        if version == self._journey.now:
            return
        self._journey = self._journey.to(version)
        self._after_edit(cursor)

    def _after_edit(self, cursor: int | None = None) -> None:
        self.query_one(SequencePane).show_version(self._journey.now, cursor)
        self._ask()

    def _ask(self) -> None:
        before = None if self._shown is None else self._shown.answer.milliseconds
        self._picture.hold(last_answer=before)
        now = self._journey.now
        following = now.next_of_original()
        number = self._asked = self._service.ask(
            Question(
                items=now.items,
                original=now.original,
                target=self._held_out if following is None else following,
                original_target=self._held_out,
                held_out=following is None,
                k=self._k,
            )
        )
        if self._clock is not None:
            self._asked_at, self._took = {number: self._clock()}, None
        self._header()

    async def _show(self, answered: Answered) -> None:
        self._shown = answered
        edited = not self._journey.now.is_original
        self.query_one(SequencePane).show_answer(answered)
        self.query_one(InterestsPane).show_answer(answered, edited)
        self.query_one(TimelinePane).show_timeline(answered.timeline)
        self.query_one(RecommendationsPane).show_answer(answered, edited)
        self._header()
        # In their own turn the panes tell the screen that they look different; what comes after
        # that waits for the picture with the answer, not for the one before.
        await asyncio.sleep(0)
        self.call_after_refresh(self._painted, answered.number)

    def _painted(self, number: int) -> None:
        asked = self._asked_at.pop(number, None)
        if asked is not None and self._clock is not None:
            self._took = (self._clock() - asked) * 1000
            self._header()

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
        self.query_one("#tabs", OneLine).say(pane_tabs(PANES, self._pane, self._note))
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

    @on(LineList.Moved, "#users-lines")
    def _user_moved(self, message: LineList.Moved) -> None:
        user = self.query_one(UsersPane).user_at(message.index)
        if user is not None and user != self._user:
            self._open_user(user)

    @on(LineList.Chosen, "#users-lines")
    def _user_chosen(self, message: LineList.Chosen) -> None:
        user = self.query_one(UsersPane).user_at(message.index)
        if user is not None and user != self._user:
            self._open_user(user)
        self.action_pane("sequence")

    @on(UsersPane.Filtered)
    def _filtered(self) -> None:
        """Enter opens the first one that was found; without any the filter keeps the focus."""
        users = self.query_one(UsersPane)
        if users.lines.count:
            users.lines.focus()
            user = users.user_at(users.lines.cursor)
            if user is not None and user != self._user:
                self._open_user(user)

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

    def action_filter(self) -> None:
        """Goes to the filter of the users."""
        self.action_pane("users")
        self.call_after_refresh(self.query_one(UsersPane).filter.focus)

    def action_sort(self) -> None:
        """The next order of the users."""
        self.query_one(UsersPane).sort_next()

    def action_next_user(self) -> None:
        """The next user of the list as it is sorted and filtered."""
        self.query_one(UsersPane).lines.action_step(1)

    def action_previous_user(self) -> None:
        """The user before."""
        self.query_one(UsersPane).lines.action_step(-1)

    def action_new_user(self) -> None:
        """A person of whom nothing is known yet."""
        self._open_user(None)
        self.action_pane("sequence")

    def action_add(self) -> None:
        """Finds an item and adds it at the end."""
        now = self._journey.now
        end = len(now.entries)
        self._find("Add an item", lambda item: self._edit(now.insert(end, item), end))

    def action_insert(self) -> None:
        """Finds an item and adds it before the cursor."""
        now, place = self._journey.now, self._place()
        end = len(now.entries) if place is None else place
        self._find("Insert before the cursor", lambda item: self._edit(now.insert(end, item), end))

    def action_replace(self) -> None:
        """Finds an item and puts it in this place."""
        now, place = self._journey.now, self._place()
        if place is not None:
            self._find(
                "Replace this item by", lambda item: self._edit(now.swap(place, item), place)
            )

    def action_remove(self) -> None:
        """Takes the item under the cursor out."""
        place = self._place()
        if place is not None:
            self._edit(self._journey.now.remove(place), place)

    def action_mute(self) -> None:
        """Hides the item under the cursor from the model, or shows it again."""
        place = self._place()
        if place is not None:
            self._edit(self._journey.now.mute(place), place)

    def action_move(self, by: int) -> None:
        """Moves the item under the cursor."""
        place, now = self._place(), self._journey.now
        if place is not None and 0 <= place + by < len(now.entries):
            self._edit(now.move(place, place + by), place + by)

    def action_until_here(self) -> None:
        """Cuts everything after the cursor."""
        place = self._place()
        if place is not None:
            self._edit(self._journey.now.until(place), place)

    def action_take(self) -> None:
        """Adds the recommendation under the cursor at the end of the sequence."""
        item = self.query_one(RecommendationsPane).item_at_cursor()
        if item is not None:
            self.take(item)

    def action_undo(self) -> None:
        """One edit back."""
        self._go_to(self._journey.undo())

    def action_redo(self) -> None:
        """One edit forward again."""
        self._go_to(self._journey.redo())

    def action_reset(self) -> None:
        """Back to the original; can be undone."""
        self._go_to(self._journey.reset())

    def _go_to(self, journey: Journey) -> None:
        if journey is self._journey:
            self.notify("There is nothing more to take back or do again.", timeout=2, markup=False)
            return
        self._journey = journey
        self._after_edit()

    def action_fewer(self) -> None:
        """Five recommendations fewer."""
        self._lengthen(-5)

    def action_more(self) -> None:
        """Five recommendations more."""
        self._lengthen(5)

    def _lengthen(self, by: int) -> None:
        k = max(SHORTEST_LIST, min(LONGEST_LIST, self._k + by))
        if k != self._k:
            self._k = k
            self._ask()

    def _place(self) -> int | None:
        return self.query_one(SequencePane).place_at_cursor()

    def _find(self, title: str, use: Callable[[int], None]) -> None:
        if self._search is None or self._explorer is None:
            return

        def chosen(item: int | None) -> None:
            if item is not None:
                use(item)

        self.app.push_screen(SearchScreen(title, self._search, self._explorer), chosen)
