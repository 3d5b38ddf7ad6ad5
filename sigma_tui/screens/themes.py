"""Choosing a theme: the app behind the list is drawn in the one under the cursor."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer

from engine.explore.categories import letter_of
from sigma_tui.look.looks import category_colours, theme_names
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

REST = 0.08
"""Seconds that the cursor stays on a theme before everything is drawn in it."""
SHOWN_COLOURS = 6
"""Category colours beside the name of a theme."""


class ThemeScreen(ModalScreen[str | None]):
    """Returns the name of the chosen theme, or None. show: draws everything in a theme."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, present: str, show: Callable[[str], None]) -> None:
        super().__init__()
        self._names = theme_names()
        self._present = present
        self._show = show
        self._resting: Timer | None = None

    def compose(self) -> ComposeResult:
        """The list at the right border, so that the app is seen beside it."""
        with Vertical(id="theme-box") as box:
            box.border_title = "Theme"
            box.border_subtitle = "enter takes it · esc leaves"
            yield LineList(id="theme-lines")

    def on_mount(self) -> None:
        """Begins at the present theme."""
        lines = self.query_one(LineList)
        lines.show(len(self._names), self._draw, cursor=self._names.index(self._present))
        lines.focus()

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        """Where the cursor rests; a theme takes many frames, more than a held key leaves."""
        if self._resting is not None:
            self._resting.stop()
        name = self._names[message.index]
        self._resting = self.set_timer(REST, lambda: self._show(name))

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        self.dismiss(self._names[message.index])

    def _draw(self, index: int, width: int) -> Text:
        name = self._names[index]
        line = Text(" ", end="")
        line.append_text(column(name, width - SHOWN_COLOURS - 2))
        colours = category_colours(self.app.current_theme.name)[:SHOWN_COLOURS]
        for category, colour in enumerate(colours):
            line.append(letter_of(category), f"bold {colour}")
        return line
