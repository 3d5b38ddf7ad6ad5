"""What a screen may do while its model is being loaded: look around, and nothing to a sequence."""

from typing import TYPE_CHECKING

from textual import events

from sigma_tui.keys.actions import ACTIONS, FOR_A_WHILE
from sigma_tui.screens.panes import PanesScreen

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

AROUND = frozenset({"pane", "compare_pane", "side", "filter"}) | FOR_A_WHILE
"""Actions that need no model."""
NEED_MODEL = frozenset(
    action.plain_id
    for action in ACTIONS
    if action.scope in ("whatif", "explorer", "compare", "sides", "users", "sequence", "interests",
                        "timeline", "recommendations", "diversity", "map", "tour")
) - AROUND  # fmt: skip


class LoadingScreen(PanesScreen):
    """Stands before its model is there. Keys that need it look dim until then, and do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._explorer: Explorer | None = None
        self._there_since = 0.0

    @property
    def explorer(self) -> "Explorer | None":
        """What is asked; None until it is loaded."""
        return self._explorer

    def _use(self, explorer: "Explorer") -> None:
        """The model is there."""
        self._explorer = explorer
        self._there_since = events.Event().time
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None, which is dim, while there is no model for it."""
        if self._explorer is None and action in NEED_MODEL:
            return None
        return super().check_action(action, parameters)

    def came_early(self, event: events.Key) -> bool:
        """Whether a key was pressed before the model was there, for something that needs it: what
        it would meet now, nobody saw when they pressed it."""
        if event.time >= self._there_since:
            return False
        focused = self.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            return False  # it is typed into a field
        bound = self.active_bindings.get(event.key)
        if bound is None:
            return False
        _, place, action = bound.binding.action.rpartition("screen.")
        ours = bound.node is self or bool(place)  # a list has a step of its own
        return ours and action.partition("(")[0] in NEED_MODEL
