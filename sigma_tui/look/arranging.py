"""What every screen's panes can do: take the focus by a letter, fill the screen, change size."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App
from textual.css.scalar import Scalar
from textual.errors import NoWidget
from textual.screen import Screen
from textual.widget import Widget

from sigma_tui.kept.pane_sizes import Divider, PaneSizes, Side, divider_of, pane_of
from sigma_tui.screens.jump import JumpScreen

STEP = 2
"""Cells that a key press moves a border by."""


@dataclass(frozen=True)
class Drag:
    """A border that follows the mouse. start: where the mouse took it, cells: its size by then."""

    divider: Divider
    start: int
    cells: int


@dataclass(frozen=True)
class Filled:
    """A pane that fills the screen, and the sizes that it had by itself."""

    pane: Widget
    width: Scalar | None
    height: Scalar | None
    max_height: Scalar | None

    @classmethod
    def of(cls, pane: Widget) -> "Filled":
        """Gives a pane all the room."""
        own = pane.styles.inline
        filled = cls(pane, own.width, own.height, own.max_height)
        pane.styles.width, pane.styles.height, pane.styles.max_height = "1fr", "1fr", "100%"
        return filled

    def end(self) -> None:
        """Gives it its own sizes back; what a person gave comes after that."""
        usual = getattr(self.pane, "usual_height", None)
        self.pane.styles.width = self.width
        self.pane.styles.height = self.height if usual is None else usual
        self.pane.styles.max_height = self.max_height


class ArrangingApp(App[None]):
    """Actions on the pane with the focus, and borders that can be dragged."""

    def __init__(self) -> None:
        super().__init__()
        self.pane_sizes = PaneSizes()
        self._drag: Drag | None = None
        self._given: WeakKeyDictionary[Screen[object], bool] = WeakKeyDictionary()
        self._filled: WeakKeyDictionary[Screen[object], Filled] = WeakKeyDictionary()

    def sizes_changed(self) -> None:
        """Called when a person gave a pane another size."""

    def action_jump(self) -> None:
        """Shows a letter on every pane and control."""
        targets = [widget for widget in self.screen.focus_chain if widget.region.area]
        if targets and not self.screen.is_modal:
            self.push_screen(JumpScreen(targets), self._land)

    def _land(self, target: Widget | None) -> None:
        if target is not None:
            self.screen.set_focus(target)

    def action_maximise(self) -> None:
        """Lets the pane with the focus fill the screen, or ends that."""
        screen = self.screen
        self._fill(screen, None if screen.maximized is not None else pane_of(screen.focused))

    def _fill(self, screen: Screen[object], pane: Widget | None) -> None:
        """Lets a pane fill a screen, in place of the one before; None ends it."""
        filled = self._filled.pop(screen, None)
        if filled is not None:
            filled.end()
            self.pane_sizes.give(screen)
        if pane is not None:
            self._filled[screen] = Filled.of(pane)
        screen.maximized = pane

    def on_descendant_focus(self) -> None:
        """A pane that gets the focus takes the place of the one that fills the screen."""
        if not self.screen_stack:  # the app ends
            return
        screen = self.screen
        if screen.maximized is not None and screen.focused is not None:
            pane = pane_of(screen.focused)
            if pane is not screen.maximized:
                self._fill(screen, pane)

    def action_stretch(self, wider: int, taller: int) -> None:
        """Moves the border of the pane with the focus."""
        pane = pane_of(self.screen.focused)
        side: Side = "width" if wider else "height"
        divider = None if pane is None else divider_of(pane, side)
        if divider is None or self.screen.has_class("-narrow"):
            self.notify("Nothing beside this pane gives or takes room.", timeout=3, markup=False)
            return
        self._move(divider, divider.cells + STEP * (wider or taller) * divider.grows)

    def action_usual_sizes(self) -> None:
        """All panes of the screen as they were at first."""
        self.pane_sizes.forget(self.screen)
        self.sizes_changed()

    def post_display_hook(self) -> None:
        """After every picture: a screen that is laid out in another way gets its sizes for it."""
        screen = self.screen
        narrow = screen.has_class("-narrow")
        if self._given.get(screen) != narrow:
            self._given[screen] = narrow
            self.call_later(self.pane_sizes.give, screen)
        if screen.maximized is None and screen in self._filled:  # escape ends it too
            self.call_later(self._fill, screen, None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Takes hold of a border."""
        divider = self._divider_at(event.screen_x, event.screen_y)
        if divider is not None:
            start = event.screen_x if divider.side == "width" else event.screen_y
            self._drag = Drag(divider, start, divider.cells)
            self.capture_mouse(divider.sized)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The border follows."""
        if self._drag is not None:
            divider = self._drag.divider
            now = event.screen_x if divider.side == "width" else event.screen_y
            moved = (now - self._drag.start) * divider.forward
            self._move(divider, self._drag.cells + moved)

    def on_mouse_up(self) -> None:
        """Lets go of it."""
        if self._drag is not None:
            self._drag = None
            self.capture_mouse(None)

    def _move(self, divider: Divider, cells: int) -> None:
        self.pane_sizes.set(self.screen, divider, cells)
        self.sizes_changed()

    def _divider_at(self, x: int, y: int) -> Divider | None:
        """The border between two panes at a place of the screen."""
        if self.screen.has_class("-narrow") or self.screen.maximized is not None:
            return None
        try:
            pane = pane_of(self.screen.get_widget_at(x, y)[0])
        except NoWidget:  # the terminal has another size already, or nothing is painted yet
            return None
        if pane is None:
            return None
        region = pane.region
        edges: tuple[tuple[bool, Side, bool], ...] = (
            (x == region.right - 1, "width", True),
            (x == region.x, "width", False),
            (y == region.bottom - 1, "height", True),
            (y == region.y, "height", False),
        )
        found = (divider_of(pane, side, after=after) for at, side, after in edges if at)
        return next((divider for divider in found if divider is not None), None)
