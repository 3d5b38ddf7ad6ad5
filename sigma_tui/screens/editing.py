"""What every screen with a sequence can do to it: edits, finding the items for them, and how many
recommendations are asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on

from engine.explore.versions import Journey, Version
from sigma_tui.kept.settings import LONGEST_LIST, SHORTEST_LIST
from sigma_tui.screens.loading import LoadingScreen
from sigma_tui.screens.search import SearchScreen
from sigma_tui.widgets.sequence_lines import SequenceLines
from sigma_tui.widgets.sequence_pane import SequencePane

if TYPE_CHECKING:
    from engine.explore.search import TitleSearch


class EditingScreen(LoadingScreen):
    """Keeps the edits of one sequence, which a ``SequencePane`` shows.

    A screen built on this one says in ``_ask`` what follows from an edit.
    """

    def __init__(self) -> None:
        super().__init__()
        self._search: TitleSearch | None = None
        self._journey = Journey.start(())
        self._k = 10

    @property
    def journey(self) -> Journey:
        """The edits of the present user."""
        return self._journey

    def _ask(self) -> None:
        """Asks about the sequence as it is now."""
        raise NotImplementedError

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
        now, place = self._journey.now, self._place_or_why()
        if place is not None:
            self._find(
                "Replace this item by", lambda item: self._edit(now.swap(place, item), place)
            )

    def action_repeat(self) -> None:
        """Adds the item under the cursor once more, behind it."""
        place, now = self._place_or_why(), self._journey.now
        if place is not None:
            self._edit(now.insert(place + 1, now.entries[place].item), place + 1)

    @on(SequenceLines.Dragged)
    def _dragged(self, message: SequenceLines.Dragged) -> None:
        """Moves an item to where the mouse let it go."""
        message.stop()
        pane = self.query_one(SequencePane)
        start, to = (pane.place_of(line) for line in (message.start, message.index))
        moves = pane.place_at(message.start) is not None  # a removed item has no place
        if moves and start is not None and to is not None and start != to:
            self._edit(self._journey.now.move(start, to), to)

    def action_remove(self) -> None:
        """Takes the item under the cursor out."""
        place = self._place_or_why()
        if place is not None:
            self._edit(self._journey.now.remove(place), place)

    def action_mute(self) -> None:
        """Hides the item under the cursor from the model, or shows it again."""
        place = self._place_or_why()
        if place is not None:
            self._edit(self._journey.now.mute(place), place)

    def action_move(self, by: int) -> None:
        """Moves the item under the cursor."""
        place, now = self._place_or_why(), self._journey.now
        if place is None:
            return
        if 0 <= place + by < len(now.entries):
            self._edit(now.move(place, place + by), place + by)
        else:
            self._say_why(f"This is the {'first' if by < 0 else 'last'} item already.")

    def action_until_here(self) -> None:
        """Cuts everything after the cursor."""
        place, now = self._place_or_why(), self._journey.now
        if place is None:
            return
        if now.until(place) == now:
            self._say_why("Nothing comes after this item: it is the last one.")
        else:
            self._edit(now.until(place), place)

    def action_undo(self) -> None:
        """One edit back."""
        self._go_to(self._journey.undo())

    def action_redo(self) -> None:
        """One edit forward again."""
        self._go_to(self._journey.redo())

    def action_reset(self) -> None:
        """Back to the original; can be undone."""
        self._go_to(self._journey.reset())

    def _edit(self, version: Version, cursor: int | None = None) -> None:
        if version == self._journey.now:
            return
        self._journey = self._journey.to(version)
        self._after_edit(cursor)

    def _after_edit(self, cursor: int | None = None) -> None:
        self.query_one(SequencePane).show_version(self._journey.now, cursor)
        self._ask()

    def _go_to(self, journey: Journey) -> None:
        if journey is self._journey:
            self._say_why("There is nothing more to take back or do again.")
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
        else:
            self._say_why(f"A list has {SHORTEST_LIST} to {LONGEST_LIST} items.")

    def _place(self) -> int | None:
        return self.query_one(SequencePane).place_at_cursor()

    def _place_or_why(self) -> int | None:
        """The place under the cursor; where there is none, says why."""
        place = self._place()
        if place is None:
            empty = self.query_one(SequencePane).item_at_cursor() is None
            self._say_why(
                "The sequence is empty."
                if empty
                else "This item is not in the sequence any more; undo brings it back."
            )
        return place

    def _say_why(self, why: str) -> None:
        """A word on why nothing happens."""
        self.notify(why, timeout=2, markup=False)

    def _find(self, title: str, use: Callable[[int], None]) -> None:
        if self._search is None or self._explorer is None:
            return

        def chosen(item: int | None) -> None:
            if item is not None:
                use(item)

        self.app.push_screen(SearchScreen(title, self._search, self._explorer), chosen)
