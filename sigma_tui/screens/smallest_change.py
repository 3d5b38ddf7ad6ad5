"""What would have to be different? Searches while one looks, and hands back the chosen change."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from engine.explore.change import Budget, Change, Searched
from sigma_tui.beside.inference import InferenceService, Loaded
from sigma_tui.beside.service import Errand, Failed
from sigma_tui.look.text import visible
from sigma_tui.widgets.changes_pane import ChangesPane
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

MORE = 4
"""Times the budget when it is searched on."""


class SmallestChangeScreen(ModalScreen[Change | None]):
    """Returns the change that is to be applied, or None.

    explorer, service: what is asked, in the service's thread. items: the sequence. item: to be
    brought in or sent out. k: length of the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("m", "more", "search on"),
        Binding("s", "stop", "stop"),
    ]

    class Told(Message):
        """News of a search."""

        def __init__(self, errand: int, told: Searched | Failed) -> None:
            super().__init__()
            self.errand, self.told = errand, told

    def __init__(
        self,
        explorer: "Explorer",
        service: InferenceService,
        items: tuple[int, ...],
        item: int,
        k: int,
    ) -> None:
        super().__init__()
        self._service, self._items, self._item, self._k = service, items, item, k
        self._changes = ChangesPane(explorer, items, item, k)
        self._budget = Budget()
        self._errand: Errand | None = None
        self._number = 0
        self._searched: Searched | None = None

    @property
    def searched(self) -> Searched | None:
        """How far the search has come."""
        return self._searched

    def compose(self) -> ComposeResult:
        """One box."""
        with Vertical(id="change-box") as box:
            box.border_title = "What would have to be different?"
            box.border_subtitle = (
                "enter applies it · [@click=screen.more]m searches on[/] · "
                "[@click=screen.stop]s stops[/] · [@click=screen.dismiss(None)]esc leaves[/]"
            )
            yield self._changes

    def on_mount(self) -> None:
        """Searches at once."""
        self._search()

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self._cancel()

    def describe(self, change: Change) -> str:
        """A change in words."""
        return self._changes.describe(change)

    def action_more(self) -> None:
        """Searches again with more of everything; what was found meanwhile comes again."""
        self._budget = self._budget.times(MORE)
        self._search()

    def action_stop(self) -> None:
        """Ends the search; what was found stays."""
        self._cancel()
        if self._searched is not None and not self._searched.ended:
            self._changes.show(self._searched, self._budget, stopped=True)

    def _search(self) -> None:
        self._cancel()
        self._number += 1
        number, budget = self._number, self._budget

        def begin(loaded: Loaded) -> Iterator[Searched]:
            return loaded.explorer.smallest_change(
                self._items, self._item, k=self._k, budget=budget
            )

        self._errand = self._service.run(begin, lambda told: self._tell(number, told))

    def _cancel(self) -> None:
        if self._errand is not None:
            self._errand.cancel()

    def _tell(self, number: int, told: Searched | Failed) -> None:
        """Called from the inference thread."""
        self.post_message(self.Told(number, told))

    @on(Told)
    def _hear(self, message: Told) -> None:
        if message.errand != self._number:
            return  # of a search before
        if isinstance(message.told, Failed):
            self._changes.lines.say(visible(message.told.message))
            return
        self._searched = message.told
        self._changes.show(message.told, self._budget)

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        chosen = self._changes.chosen
        if chosen is not None:
            self.dismiss(chosen)
