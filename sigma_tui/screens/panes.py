"""What every screen of numbered panes does: one of them is in front where there is room for one."""

from typing import ClassVar

from textual.screen import Screen

from sigma_tui.widgets.line_list import LineList


class PanesScreen(Screen[None]):
    """Keeps one pane in front: the one with the focus.

    PANES: their ids, in the order of their numbers.
    """

    PANES: ClassVar[tuple[str, ...]] = ()
    AUTO_FOCUS = ""  # the first pane would come to the front of the narrow layout

    def __init__(self) -> None:
        super().__init__()
        self._pane = "sequence"

    def on_descendant_focus(self) -> None:
        """The pane with the focus is the one that the narrow layout shows."""
        focused = self.focused
        for pane in self.PANES:
            container = self.query_one(f"#{pane}")
            inside = focused is not None and container in focused.ancestors_with_self
            container.set_class(inside, "-front")
            if inside:
                self._pane = pane
                self._bring_to_front(pane)
        self._tabs()

    def _go_to_pane(self, pane: str) -> None:
        """Gives a pane the focus; in the narrow layout it comes to the front."""
        container = self.query_one(f"#{pane}")
        for other in self.PANES:
            self.query_one(f"#{other}").set_class(other == pane, "-front")
        self._bring_to_front(pane)
        # A pane that was hidden can take the focus only when it has been laid out.
        self.call_after_refresh(container.query_one(LineList).focus)

    def _bring_to_front(self, pane: str) -> None:
        """What else changes with the pane in front."""

    def _tabs(self) -> None:
        """Shows which pane is in front."""
