"""The settings, each with what it does; a change is seen at once and kept."""

from collections.abc import Callable
from typing import ClassVar, get_args

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from sigma_tui.kept.settings import (
    LONGEST_LIST,
    MEANINGS,
    NAMES,
    SHORTEST_LIST,
    Device,
    Settings,
    changed,
)
from sigma_tui.look.looks import theme_names
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

CHOICES: dict[str, list[object]] = {
    "theme": list(theme_names()),
    "k": list(range(SHORTEST_LIST, LONGEST_LIST + 1, 5)),
    "device": list(get_args(Device)),
    **{name: [False, True] for name in ("vim", "compact", "mouse", "restore", "late_frames")},
}
"""What a setting may be, in the order that the arrow keys walk; keys are written in the file."""
NAME_WIDTH = 13


class SettingsScreen(ModalScreen[None]):
    """use: works by other settings from now on, and keeps those that are named."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("left", "change(-1)", show=False),
        Binding("right", "change(1)", show=False),
        Binding("backspace", "usual", show=False),
    ]

    def __init__(self, settings: Settings, use: Callable[..., None]) -> None:
        super().__init__()
        self._settings = settings
        self._use = use

    def compose(self) -> ComposeResult:
        """A line a setting, and what the one under the cursor does."""
        with Vertical(id="settings-box") as box:
            box.border_title = "Settings"
            box.border_subtitle = "← → change · backspace usual value · esc leaves"
            yield LineList(id="settings-lines")
            yield Static(id="settings-meaning", markup=False)

    def on_mount(self) -> None:
        """Begins with the first one."""
        lines = self.query_one(LineList)
        lines.show(len(NAMES), self._draw)
        lines.focus()
        self._say(0)

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        self._say(message.index)

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_change(1)

    def action_change(self, by: int) -> None:
        """The next value of the setting under the cursor, or the one before."""
        name = self._chosen_name
        choices = CHOICES.get(name)
        if choices is None:
            return
        now = getattr(self._settings, name)
        place = choices.index(now) if now in choices else -1
        self._take(name, choices[(place + by) % len(choices)])

    def action_usual(self) -> None:
        """The usual value of the setting under the cursor."""
        if self._chosen_name in CHOICES:
            self._take(self._chosen_name, getattr(Settings(), self._chosen_name))

    @property
    def _chosen_name(self) -> str:
        return NAMES[self.query_one(LineList).cursor]

    def _take(self, name: str, value: object) -> None:
        self._settings = changed(self._settings, name, value)
        self._use(self._settings, name)
        self.query_one(LineList).show(len(NAMES), self._draw)

    def _say(self, index: int) -> None:
        self.query_one("#settings-meaning", Static).update(MEANINGS[NAMES[index]])

    def _draw(self, index: int, width: int) -> Text:
        name = NAMES[index]
        line = Text(" ", end="")
        line.append_text(column(name.replace("_", " "), NAME_WIDTH))
        value = getattr(self._settings, name)
        if name == "keymap":
            count = len(self._settings.keymap)
            shown = f"{count} of your own" if count else "the usual keys"
        else:
            shown = {True: "yes", False: "no"}.get(value, str(value))
        marks = ("‹ ", " ›") if name in CHOICES else ("  ", "")
        line.append_text(column(marks[0] + visible(shown) + marks[1], width - line.cell_len - 1))
        if name in CHOICES and value != getattr(Settings(), name):
            line.stylize("bold", NAME_WIDTH + 1)
        return line
