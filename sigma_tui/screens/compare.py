"""Two runs on the same data: the same edited sequence asked of both, and both over all users."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.worker import Worker, get_current_worker

from engine.errors import SigmaError
from engine.explore.compared import Compared
from engine.explore.versions import Journey
from engine.home import Home
from sigma_tui.beside.comparing import AnsweredPair, ComparisonService, LoadedPair, ToldPair
from sigma_tui.beside.inference import Question
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import pane_keys
from sigma_tui.look.text import visible
from sigma_tui.screens.people import PeopleScreen
from sigma_tui.widgets.agreement_pane import DEPTH, Side
from sigma_tui.widgets.compared_pane import ComparedPane
from sigma_tui.widgets.headline import pane_tabs, whereabouts
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.metrics_pane import MetricsPane
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.sides import Sides
from sigma_tui.widgets.users_pane import UsersPane


class CompareScreen(PeopleScreen):
    """Compares two runs.

    runs: their directories. library: the library file. user: label of the user to begin with;
    new_user: begin with a new person instead. journeys: edits so far, of a screen that goes on with
    them. k: length of the lists.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("whatif", "compare", "sides")]
    PANES = ("users", "sequence", "first", "second", "agreement", "metrics")

    class Heard(Message):
        """The service has something to tell."""

        def __init__(self, told: ToldPair) -> None:
            super().__init__()
            self.told = told

    class Measuring(Message):
        """How far the measuring over all users is. run: A or B."""

        def __init__(self, run: str, done: int, whole: int) -> None:
            super().__init__()
            self.run, self.done, self.whole = run, done, whole

    class Measured(Message):
        """Both are measured, or not, for that reason; "" where nobody asked for it."""

        def __init__(self, rows: list[Compared] | None, trouble: str = "") -> None:
            super().__init__()
            self.rows, self.trouble = rows, trouble

    def __init__(
        self,
        runs: tuple[Path, Path],
        library: Path,
        *,
        user: str | None = None,
        new_user: bool = False,
        device: str = "auto",
        journeys: dict[int | None, Journey] | None = None,
        k: int = 10,
    ) -> None:
        super().__init__(journeys)
        self._runs, self._device, self._k = runs, device, k
        self._first_user, self._new_user = user, new_user
        self._service = ComparisonService(runs, library, device, self._tell)
        self._pair: LoadedPair | None = None
        self._asked = 0
        self._shown: AnsweredPair | None = None
        self._swapped = False
        self._measuring: Worker[None] | None = None
        self._rows: list[Compared] | None = None  # as measured, not swapped
        self._trouble = ""

    @property
    def shown(self) -> AnsweredPair | None:
        """The answers on the screen."""
        return self._shown

    @property
    def pair(self) -> LoadedPair | None:
        """What is asked; None until it is loaded."""
        return self._pair

    @property
    def trouble(self) -> str:
        """Why nothing can be asked, if so."""
        return self._trouble

    @property
    def rows(self) -> list[Compared] | None:
        """What was measured, the first run as A; None if nothing is."""
        return self._rows

    @property
    def measuring(self) -> bool:
        """Whether users are being ranked."""
        return self._measuring is not None and not self._measuring.is_finished

    def compose(self) -> ComposeResult:
        """Who and what is asked on the left, what comes of it on the right."""
        yield OneLine(id="header")
        yield OneLine(id="tabs")
        with Horizontal(id="compare"):
            with Vertical(id="asked"):
                yield UsersPane(id="users")
                yield SequencePane(id="sequence")
            with Vertical(id="answers"):
                yield Sides()
                yield MetricsPane(id="metrics")
        yield KeyLine()

    def on_mount(self) -> None:
        """Starts to load both models; the screen stands meanwhile."""
        self._header()
        self.query_one(
            SequencePane
        ).border_subtitle = "[@click=screen.compare_pane('users')]1 shows the users[/]"
        self._go_to_pane("sequence")
        self._service.start()

    def on_unmount(self) -> None:
        """Ends the threads."""
        self._service.close()
        if self._measuring is not None:
            self._measuring.cancel()

    def _tell(self, told: ToldPair) -> None:
        """Called from the inference thread."""
        self.post_message(self.Heard(told))

    @on(Heard)
    def _hear(self, message: Heard) -> None:
        told = message.told
        if isinstance(told, LoadedPair):
            self._begin(told)
        elif isinstance(told, AnsweredPair):
            if told.number == self._asked:
                self._shown = told
                self._show_sides()
        else:
            self.notify(visible(told.message), severity="error", markup=False, timeout=12)
            if told.fatal:
                self._trouble = told.message
                for lines in self.query(LineList):
                    lines.say(visible(told.message))

    def _begin(self, pair: LoadedPair) -> None:
        self._pair, self._search = pair, pair.search
        self._use(pair.first)
        self.query_one(UsersPane).show_users(pair.users)
        self.query_one(SequencePane).show_catalogue(pair.first)
        self._look_up_measured()
        if self._new_user:
            self._open_user(None)
        else:
            self._open_first(self._first_user)

    def _ask(self) -> None:
        question = Question.about(self._journey.now, self._held_out, max(DEPTH, self._k))
        self._asked = self._service.ask(question)
        self._header()

    def _lengthen(self, by: int) -> None:
        before = self._k
        super()._lengthen(by)
        if self._k != before:
            self._show_sides()

    def _show_sides(self) -> None:
        if self._shown is None or self._pair is None:
            return
        answered = (self._shown.first, self._shown.second)
        explorers = (self._pair.first, self._pair.second)
        both = list(zip(self._runs, explorers, answered, strict=True))
        first, second = (
            Side(letter, run.name, explorer, answer)
            for letter, (run, explorer, answer) in zip("AB", self._in_order(both), strict=True)
        )
        sequence = self.query_one(SequencePane)
        sequence.show_catalogue(first.explorer)  # whose letters it shows
        sequence.show_version(self._journey.now)
        sequence.show_answer(first.answered)
        sides = self.query_one(Sides)
        sides.show_models(first, second)
        edited = not self._journey.now.is_original
        sides.show_sides(first, second, self._k, edited=edited)

    def _in_order(self, both: Sequence[Any]) -> Sequence[Any]:
        """What belongs to the two runs as they stand on the screen, left first."""
        return both[::-1] if self._swapped else both

    def action_compare_pane(self, pane: str) -> None:
        """Goes to a pane."""
        self._go_to_pane(pane)

    def action_side(self, pane: str) -> None:
        """Goes to a list, or to what they have in common."""
        self._go_to_pane(pane)

    def action_swap(self) -> None:
        """Changes sides."""
        self._swapped = not self._swapped
        self._header()
        self._show_sides()
        if self._rows is not None:
            self._show_rows(self._rows)

    def action_take_compared(self) -> None:
        """Adds the recommendation under the cursor of a list at the end of the sequence."""
        for pane in self.query(ComparedPane):
            item = pane.item_at_cursor()
            if pane.has_focus_within and item is not None:
                now = self._journey.now
                self._edit(now.insert(len(now.entries), item), len(now.entries))

    @on(LineList.Chosen, "#first-lines, #second-lines")
    def _recommendation_chosen(self) -> None:
        self.action_take_compared()

    def action_open_item(self, _pane: str) -> None:
        """An item's screen is about one model; here are two."""
        self.notify(
            "An item's details are in the explorer: press esc, then enter on it.", markup=False
        )

    def action_measure(self) -> None:
        """Ranks every user's held-out item with both runs, or stops doing it."""
        if self.measuring and self._measuring is not None:
            self._measuring.cancel()
            self.query_one(MetricsPane).ask()
        elif self._pair is not None and self._rows is None:
            self.query_one(MetricsPane).show_progress("A", 0, 0)
            self._measuring = self._measure(self._pair, kept_only=False)

    def _look_up_measured(self) -> None:
        """Shows at once what was measured before."""
        if self._pair is not None:
            self._measuring = self._measure(self._pair, kept_only=True)

    @work(thread=True, group="measure", exit_on_error=False)
    def _measure(self, pair: LoadedPair, *, kept_only: bool) -> None:
        from engine.explore.all_users import compare, kept_measurement, measure

        worker = get_current_worker()
        folder = Home.locate().measured
        data, catalogue = pair.first.interactions, pair.first.catalogue

        def progress_of(letter: str) -> Callable[[int, int], None]:
            def progress(done: int, whole: int) -> None:
                if worker.is_cancelled:
                    raise CancelledError
                self.post_message(self.Measuring(letter, done, whole))

            return progress

        try:
            if kept_only:
                known = [kept_measurement(folder, run, data) for run in self._runs]
            else:
                known = [
                    measure(
                        folder, run, data, catalogue, device=self._device,
                        progress=progress_of(letter),
                    )
                    for letter, run in zip("AB", self._runs, strict=True)
                ]  # fmt: skip
            first, second = known
            if first is None or second is None:
                self.post_message(self.Measured(None))
            else:
                self.post_message(self.Measured(compare(first, second)))
        except CancelledError:
            return
        except (SigmaError, OSError, RuntimeError) as error:
            self.post_message(self.Measured(None, visible(str(error))))

    @on(Measuring)
    def _show_measuring(self, message: Measuring) -> None:
        if self.measuring:
            letter = message.run if not self._swapped else {"A": "B", "B": "A"}[message.run]
            self.query_one(MetricsPane).show_progress(letter, message.done, message.whole)

    @on(Measured)
    def _show_measured(self, message: Measured) -> None:
        if message.rows is None:
            self.query_one(MetricsPane).ask(message.trouble)
        else:
            self._show_rows(message.rows)

    def _show_rows(self, rows: list[Compared]) -> None:
        self._rows = rows
        shown = [row.swapped for row in rows] if self._swapped else rows
        self.query_one(MetricsPane).show_metrics(shown)

    def _header(self) -> None:
        line = Text(" compare ", style="bold", no_wrap=True, overflow="ellipsis", end="")
        for letter, run in zip("AB", self._in_order(self._runs), strict=True):
            line.append(f"  {letter} ", "bold")
            line.append(visible(run.name))
        if self._pair is None:
            line.append("   loading …", "dim")
        else:
            line.append_text(whereabouts(self.user_label, self._journey.now.edits()))
        self.query_one("#header", OneLine).say(line)
        self._tabs()

    def _bring_to_front(self, pane: str) -> None:
        """In the narrow layout only the pane in front is there, and what holds it."""
        self.query_one("#asked").set_class(pane in ("users", "sequence"), "-front")
        self.query_one("#answers").set_class(pane not in ("users", "sequence"), "-front")
        self.query_one(Sides).bring_to_front(pane)

    def _tabs(self) -> None:
        tabs = pane_tabs(pane_keys(self, self.PANES), self._pane, "")
        self.query_one("#tabs", OneLine).say(tabs)
