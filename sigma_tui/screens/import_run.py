"""An import that runs: how far it is, and afterwards what it kept and what it could not read."""

import threading
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from engine.errors import SigmaError
from engine.library.importing import ImportReport, ImportRequest, import_source
from engine.library.library import Library, Reject
from engine.library.watch import Progress
from sigma_tui.look.text import counted, visible
from sigma_tui.widgets.cells import column, progress_bar
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.library.library import Rule

REJECTS = 100_000
"""Rows that could not be read, listed at most."""
ROWS = 12
"""Of them that are seen at a time, where the terminal is high enough."""


class ImportRunScreen(ModalScreen[str | None]):
    """Returns the dataset's name to open it, nothing in it to go home, None to choose again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "away", show=False),
        Binding("enter", "onward", show=False),
    ]
    AUTO_FOCUS = ""

    class Going(Message):
        """How far it is."""

        def __init__(self, progress: Progress) -> None:
            super().__init__()
            self.progress = progress

    class Ended(Message):
        """How it ended: with a report, or why not; neither after a cancellation."""

        def __init__(
            self, report: ImportReport | None, rejects: list[Reject], trouble: str = ""
        ) -> None:
            super().__init__()
            self.report, self.rejects, self.trouble = report, rejects, trouble

    def __init__(self, library: Path, request: ImportRequest) -> None:
        super().__init__()
        self._library, self._request = library, request
        self._cancel = threading.Event()
        self._ended: ImportRunScreen.Ended | None = None

    @property
    def ended(self) -> "ImportRunScreen.Ended | None":
        """How it ended; None while it runs."""
        return self._ended

    def compose(self) -> ComposeResult:
        """What happens, then the rows that could not be read, then what to do."""
        with Vertical(id="run-box") as box:
            box.border_title = Text(f"Importing {visible(self._request.name)}")
            yield Static(id="run-said")
            yield Static(id="rejects-heading", classes="heading -none")
            yield LineList(id="rejects-lines", empty="")
            with Horizontal(id="run-buttons"):
                yield Button("cancel", id="away", compact=True)
                yield Button("open", id="onward", compact=True, variant="primary")

    def on_mount(self) -> None:
        """Begins."""
        self._begin()

    def on_unmount(self) -> None:
        """Leaving the app cancels what is under way."""
        self._cancel.set()

    def _begin(self) -> None:
        self._ended = None
        self._cancel.clear()
        self.query_one("#rejects-lines").display = False
        self.query_one("#onward", Button).display = False
        self.query_one("#away", Button).label = "esc cancel"
        self._box.border_subtitle = "esc cancels, and nothing is kept"
        self._show_progress(Progress("beginning", 0.0))
        self._import()

    @property
    def _box(self) -> Vertical:
        return self.query_one("#run-box", Vertical)

    @work(thread=True, group="import", exit_on_error=False)
    def _import(self) -> None:
        try:
            report = import_source(
                self._library,
                self._request,
                self._tell,
                self._cancel.is_set,
            )
            with Library.open(self._library) as library:
                rejects = library.rejects(self._request.name, limit=REJECTS)
            ended = self.Ended(report, rejects)
        except CancelledError:
            ended = self.Ended(None, [])
        except (SigmaError, OSError) as error:
            ended = self.Ended(None, [], str(error))
        except Exception as error:  # the thread's last line of defence: the app must live on
            ended = self.Ended(None, [], f"the import failed: {error!r}")
        self.post_message(ended)

    def _tell(self, progress: Progress) -> None:
        """Called from the thread that imports."""
        self.post_message(self.Going(progress))

    @on(Going)
    def _going(self, message: Going) -> None:
        if self._ended is None and not self._cancel.is_set():
            self._show_progress(message.progress)

    def _show_progress(self, progress: Progress) -> None:
        said = Text(end="")
        said.append_text(progress_bar(progress.done, 30))
        said.append(f" {progress.done:.0%}\n{progress.step} …")
        self.query_one("#run-said", Static).update(said)

    @on(Ended)
    def _show_end(self, message: Ended) -> None:
        self._ended = message
        if message.report is not None:
            self._show_report(message.report, message.rejects)
        elif message.trouble:
            self._box.border_title = "It was not imported"
            self._box.border_subtitle = "enter tries again · esc back to the choices"
            self._said(Text(f"{_sentence(visible(message.trouble))}\n\nThe library is unchanged."))
            self._buttons("esc back", "enter try again")
        else:
            self.dismiss(None)
            self.notify("Cancelled: nothing was kept.", markup=False)

    def _show_report(self, report: ImportReport, rejects: list[Reject]) -> None:
        summary = report.summary
        self._box.border_title = Text(f"Imported {visible(summary.name)}")
        self._box.border_subtitle = "enter opens the dataset · esc goes home"
        said = Text(end="")
        said.append(
            f"{summary.users:,} users, {summary.items:,} items, "
            f"{summary.interactions:,} interactions.",
            "bold",
        )
        for rule in report.rules:
            said.append("\n")
            said.append_text(_rule_line(rule))
        if not rejects:
            said.append("\nEvery row could be read.")
        self._said(said)
        self._buttons("esc home", "enter open the dataset")
        if rejects:
            self._show_rejects(summary.rejected, rejects)

    def _show_rejects(self, rejected: int, rejects: list[Reject]) -> None:
        heading = self.query_one("#rejects-heading", Static)
        heading.remove_class("-none")
        told = "" if rejected == len(rejects) else f", the first {len(rejects):,} here"
        heading.update(
            Text(f" {counted(rejected, 'row')} could not be read{told}:  line · why · row")
        )
        lines = self.query_one("#rejects-lines", LineList)
        lines.display = True
        several = len({reject.source for reject in rejects}) > 1

        def draw(index: int, width: int) -> Text:
            reject = rejects[index]
            line = Text(" ", end="")
            if several:
                line.append_text(column(reject.source, 16))
                line.append(" ")
            line.append(f"{reject.line or '–':>8}  ", "bold")
            room = max(0, width - line.cell_len - 1)
            line.append_text(column(reject.reason, min(room, 40)))
            line.append(" ")
            line.append_text(column(reject.text or "", max(0, room - 41), "dim"))
            return line

        lines.styles.height = min(ROWS, len(rejects))
        lines.show(len(rejects), draw, cursor=0)
        self.call_after_refresh(lines.focus)

    def _said(self, text: Text) -> None:
        self.query_one("#run-said", Static).update(text)

    def _buttons(self, away: str, onward: str) -> None:
        self.query_one("#away", Button).label = away
        button = self.query_one("#onward", Button)
        button.label, button.display = onward, True
        self.call_after_refresh(button.focus)

    @on(LineList.Chosen)
    @on(Button.Pressed, "#onward")
    def _onward_pressed(self) -> None:
        self.action_onward()

    @on(Button.Pressed, "#away")
    def _away_pressed(self) -> None:
        self.action_away()

    def action_onward(self) -> None:
        """Opens what was imported, or tries again."""
        if self._ended is None:
            return
        if self._ended.report is not None:
            self.dismiss(self._request.name)
        else:
            self._box.border_title = Text(f"Importing {visible(self._request.name)}")
            self._begin()

    def action_away(self) -> None:
        """Cancels what runs; afterwards goes home, or back to the choices."""
        if self._ended is None:
            self._cancel.set()
            self._said(Text("Cancelling …"))
        else:
            self.dismiss(None if self._ended.report is None else "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _rule_line(rule: "Rule") -> Text:
    """A rule with what it left."""
    gone = rule.before.interactions - rule.after.interactions
    line = Text(f"· {visible(rule.text)} → ", end="")
    line.append(f"{rule.after.interactions:,} interactions")
    line.append(f", {gone:,} removed" if gone else ", none removed", "dim")
    return line
