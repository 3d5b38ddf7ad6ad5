"""Own settings as NAME=VALUE, completed and checked while they are typed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from sigma_tui.look.text import visible
from sigma_tui.typed.completion import Match, matches, word_at_end
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.training.known_settings import KnownSetting
    from sigma_tui.training.form import Judged

LONGEST_TEXT = 2_000
ENOUGH_FOR_ALL = 8
"""Lines from which the settings are listed before anything is typed; with fewer, only names."""
NAME_WIDTH, NOW_WIDTH, KIND_WIDTH = 23, 9, 19


class SettingsPane(Pane):
    """A line to type in; under it what is wrong, or what differs, and what fits."""

    class Changed(Message):
        """Other settings were typed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._completion = _Completion()
        self._judged: Judged | None = None

    @property
    def own(self) -> str:
        """The settings as they are typed."""
        return self.query_one(Input).value

    def compose(self) -> ComposeResult:
        """The line and what is said of it."""
        yield SettingsInput(
            placeholder="none; or NAME=VALUE, such as dropout=0.4 epochs=20",
            suggester=self._completion,
            max_length=LONGEST_TEXT,
            id="own",
        )
        yield Static(id="own-told")

    def on_mount(self) -> None:
        """Says what is set here."""
        self.entitle("4 Own settings")
        self.border_subtitle = "tab completes"

    def fill(self, own: str) -> None:
        """Puts settings into the line."""
        self.query_one(Input).value = own

    def show_judged(self, judged: "Judged") -> None:
        """Shows what the engine says to the settings."""
        self._judged = judged
        self._completion.known = judged.known
        self._tell()

    @on(Input.Changed, "#own")
    def _typed(self) -> None:
        self._tell()
        self.post_message(self.Changed())

    def on_resize(self) -> None:
        """The columns follow."""
        self._tell()

    def _tell(self) -> None:
        judged, own = self._judged, self.own
        if judged is None:
            return
        found = matches(own, judged.known)
        told = Text(no_wrap=True, overflow="ellipsis", end="")
        word = word_at_end(own)
        unfinished = bool(found) and ("=" not in word or word.endswith("="))
        if judged.wish.own == own and not unfinished:
            told.append_text(self._verdict(judged))
        width, room = self.size.width - 2, max(1, self.size.height - 3)
        if not own.strip():
            if room < ENOUGH_FOR_ALL:
                names = " ".join(setting.name for setting in judged.known)
                told = Text(f"There are {names}.", style="dim", end="")
            else:
                found = [Match(setting.name, setting) for setting in judged.known]
        for match in found[:room]:
            told.append("\n" if told else "")
            line = _line(match, judged.base)
            line.truncate(max(8, width), overflow="ellipsis")
            told.append_text(line)
        if len(found) > room:
            told.append(f"\n  … {len(found) - room} more", "dim")
        self.query_one("#own-told", Static).update(told)

    def _verdict(self, judged: "Judged") -> Text:
        theme = self.app.current_theme
        if judged.trouble:
            return Text(f"✗ {visible(judged.trouble)}", style=f"bold {theme.error}", end="")
        if not judged.changes:
            return Text("✓ the same as the preset" if judged.wish.own.strip() else "", end="")
        changed = " · ".join(
            f"{name} {judged.base[name]} → {value}" for name, value in judged.changes.items()
        )
        return Text(f"✓ {changed}", style=f"bold {theme.success}", end="")


class SettingsInput(Input):
    """Tab takes what is suggested, and goes on to the next field where nothing is."""

    def on_key(self, event: events.Key) -> None:
        """Before the screen moves the focus."""
        if event.key != "tab" or not isinstance(self.suggester, _Completion):
            return
        completed = self.suggester.first(self.value)
        if completed is not None and completed != self.value:
            self.value = completed
            self.cursor_position = len(self.value)
            event.prevent_default()
            event.stop()


class _Completion(Suggester):
    """Suggests the first way to go on. known: what can be set, of the chosen model."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.known: Sequence[KnownSetting] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line, shown behind what is typed."""
        return self.first(value)

    def first(self, value: str) -> str | None:
        """The first completed line that begins as the typed one does."""
        return next(
            (match.text for match in matches(value, self.known) if match.text.startswith(value)),
            None,
        )


def _line(match: Match, base: Mapping[str, object]) -> Text:
    """A setting: name, its value as the preset has it, what it may be, what it is."""
    setting = match.setting
    if setting.choices:
        kind = ", ".join(setting.choices)
    elif setting.limits is not None:
        kind = f"{_short(setting.limits[0])} to {_short(setting.limits[1])}"
    else:
        kind = setting.kind
    line = Text("  ", end="")
    line.append_text(column(match.text.split()[-1], NAME_WIDTH, "bold"))
    line.append_text(column(f" {base.get(setting.name, '')}", NOW_WIDTH))
    line.append_text(column(f" {kind}", KIND_WIDTH, "dim"))
    return line.append(f" {visible(setting.about)}", "dim")


def _short(value: float) -> str:
    if abs(value) >= 1e9:
        return f"{value:.0e}"
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"
