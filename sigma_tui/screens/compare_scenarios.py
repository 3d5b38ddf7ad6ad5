"""Two scenarios of one run side by side."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from sigma_tui.beside.inference import Answered, InferenceService, Loaded, Question
from sigma_tui.beside.service import Failed
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import pane_keys
from sigma_tui.look.text import visible
from sigma_tui.screens.panes import PanesScreen
from sigma_tui.screens.scenarios import Paired
from sigma_tui.widgets.agreement_pane import DEPTH, Side
from sigma_tui.widgets.headline import pane_tabs
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.scenario_lines import marks_of
from sigma_tui.widgets.sides import Sides

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

Answers = tuple[Answered, Answered]


class CompareScenariosScreen(PanesScreen):
    """Compares two sets of edits of one user.

    explorer, service: what is asked, in the service's thread. pair: the two. held_out: the user's
    last item. k: length of the lists.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sides")]
    PANES = ("first", "second", "agreement")

    class Told(Message):
        """Both answers, or why there are none."""

        def __init__(self, told: Answers | Failed) -> None:
            super().__init__()
            self.told = told

    def __init__(
        self,
        explorer: "Explorer",
        service: InferenceService,
        pair: Paired,
        *,
        held_out: int | None,
        k: int,
    ) -> None:
        super().__init__()
        self._explorer, self._service = explorer, service
        self._pair = (pair.first, pair.second)
        self._held_out, self._k = held_out, k
        self._answers: Answers | None = None
        self._pane = "first"

    @property
    def answers(self) -> Answers | None:
        """What is shown, the left side first."""
        return self._answers

    def compose(self) -> ComposeResult:
        """What the two are, then their answers."""
        yield OneLine(id="header")
        yield OneLine(id="tabs")
        yield Sides()
        yield KeyLine()

    def on_mount(self) -> None:
        """Asks both."""
        self._go_to_pane("first")
        self._header()
        questions = [
            Question.about(one.version, self._held_out, max(DEPTH, self._k)) for one in self._pair
        ]

        def begin(loaded: Loaded) -> Iterator[Answers]:
            first, second = (self._service.answer(loaded, 0, one) for one in questions)
            yield first, second

        self._service.run(begin, self._tell)

    def _tell(self, told: Answers | Failed) -> None:
        """Called from the inference thread."""
        self.post_message(self.Told(told))

    @on(Told)
    def _hear(self, message: Told) -> None:
        if isinstance(message.told, Failed):
            for lines in self.query(LineList):
                lines.say(visible(message.told.message))
            return
        self._answers = message.told
        first, second = self._sides(message.told)
        sides = self.query_one(Sides)
        sides.show_models(first, second)
        sides.show_sides(first, second, self._k, edited=False)

    def _sides(self, answers: Answers) -> tuple[Side, Side]:
        first, second = (
            Side(letter, one.title, self._explorer, answered)
            for letter, one, answered in zip("AB", self._pair, answers, strict=True)
        )
        return first, second

    def action_side(self, pane: str) -> None:
        """Goes to a list, or to what they have in common."""
        self._go_to_pane(pane)

    def action_swap(self) -> None:
        """Changes sides."""
        self._pair = self._pair[::-1]
        self._header()
        if self._answers is not None:
            self._hear(self.Told(self._answers[::-1]))

    def _header(self) -> None:
        line = Text(no_wrap=True, overflow="ellipsis", end="")
        line.append(" two scenarios ", "bold")
        for letter, one in zip("AB", self._pair, strict=True):
            line.append(f"  {letter} ", "bold")
            line.append(f"{visible(one.title)} ")
            line.append(f"({marks_of(one.version)}) ", "dim")
        self.query_one("#header", OneLine).say(line)
        self._tabs()

    def _bring_to_front(self, pane: str) -> None:
        self.query_one(Sides).bring_to_front(pane)

    def _tabs(self) -> None:
        tabs = pane_tabs(pane_keys(self, self.PANES), self._pane, "")
        self.query_one("#tabs", OneLine).say(tabs)
