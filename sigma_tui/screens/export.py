"""Export: what, in which format, into which file; or to the terminal's clipboard."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from engine.errors import SigmaError
from sigma_tui.beside.newest import Finder
from sigma_tui.look.text import visible
from sigma_tui.sharing.clipboard import size_of, why_not_copied
from sigma_tui.sharing.formats import NAMES, Format, Shared, formats_of
from sigma_tui.sharing.save import TakenError, save
from sigma_tui.sharing.source import Source
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.choice_line import ChoiceLine
from sigma_tui.widgets.line_list import LineList

CHOICES: tuple[Shared, ...] = (
    "everything", "sequence", "interests", "timeline", "recommendations", "users", "screen",
    "command",
)  # fmt: skip
SAID: dict[Format, str] = {
    "html": "One file that any browser opens: it runs nothing and fetches nothing. Sequence with "
    "edits, interests, timeline, recommendations, scenarios, run and data.",
    "svg": "A picture of the explorer as it is behind this window.",
}
"""What there is to say instead of showing the beginning of a file."""
PREVIEWED = 40
"""Lines of a file that are shown."""
Wanted = tuple[Shared, Format]


class ExportScreen(ModalScreen[str | None]):
    """Returns what there is to tell when a file was written.

    source: of all texts. shared: what is offered first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("f2", "copy", "copy", priority=True),
        Binding("enter", "save", show=False),
    ]

    class Made(Message):
        """A text is made, or the reason why not. path: where it may be written."""

        def __init__(self, wanted: Wanted, text: str, path: Path | None, trouble: str) -> None:
            super().__init__()
            self.wanted, self.text, self.path, self.trouble = wanted, text, path, trouble

    class Written(Message):
        """The file is written, or the reason why not; taken: there is a file of that name."""

        def __init__(self, path: Path, trouble: str, taken: bool = False) -> None:
            super().__init__()
            self.path, self.trouble, self.taken = path, trouble, taken

    def __init__(self, source: Source, shared: Shared = "everything") -> None:
        super().__init__()
        self._source = source
        self._shared: Shared = shared
        self._format: Format = formats_of(shared)[0]
        self._finder: Finder[Wanted, tuple[str, Path | None, str]] = Finder(self._make, self._tell)
        self._text: str | None = None
        self._lines: list[str] = []
        self._may_replace: Path | None = None
        self._proposed = ""
        self._waits: Callable[[], None] | None = None

    @property
    def ready(self) -> bool:
        """Whether what is chosen is made."""
        return self._text is not None

    def compose(self) -> ComposeResult:
        """What, format, file; then how it begins."""
        with Vertical(id="export-box") as box:
            box.border_title = "Export"
            box.border_subtitle = "enter saves · F2 copies · tab and arrows move · esc leaves"
            with Horizontal(classes="export-row"):
                yield Static("What", classes="export-name")
                yield ChoiceLine(id="export-what")
            with Horizontal(classes="export-row"):
                yield Static("Format", classes="export-name")
                yield ChoiceLine(id="export-format")
            with Horizontal(classes="export-row"):
                yield Static("File", classes="export-name")
                yield Input(id="export-path", compact=True, select_on_focus=False)
            with Horizontal(classes="export-row"):
                yield Static("", classes="export-name")
                yield Button("Save", id="export-save", compact=True)
                yield Button("Copy", id="export-copy", compact=True)
            yield Static(id="export-said")
            yield LineList(id="export-lines", empty="…", cursor=False)

    def on_mount(self) -> None:
        """Makes what is offered first."""
        self.query_one(LineList).can_focus = False
        self.query_one("#export-what", ChoiceLine).offer(CHOICES, CHOICES.index(self._shared))
        self._offer_formats()
        self.query_one("#export-what", ChoiceLine).focus()
        self._ask()

    def on_unmount(self) -> None:
        """Ends the thread that makes texts."""
        self._finder.close()

    @on(ChoiceLine.Chosen, "#export-what")
    def _choose_what(self, message: ChoiceLine.Chosen) -> None:
        self._shared = CHOICES[message.index]
        possible = formats_of(self._shared)
        if self._format not in possible:
            self._format = possible[0]
        self._offer_formats()
        self._ask()

    @on(ChoiceLine.Chosen, "#export-format")
    def _choose_format(self, message: ChoiceLine.Chosen) -> None:
        self._format = formats_of(self._shared)[message.index]
        self._ask()

    def _offer_formats(self) -> None:
        possible = formats_of(self._shared)
        self.query_one("#export-format", ChoiceLine).offer(
            [NAMES[one] for one in possible], possible.index(self._format)
        )

    def _ask(self) -> None:
        self._text, self._waits = None, None
        self._say("")
        if self._shared == "screen":
            self._source.take_picture()
        self._finder.ask((self._shared, self._format))

    def _make(self, wanted: Wanted, _outdated: Callable[[], bool]) -> tuple[str, Path | None, str]:
        """Called in the thread that makes texts."""
        try:
            return self._source.text(*wanted), self._source.path(*wanted), ""
        except SigmaError as error:
            return "", None, str(error)
        except Exception as error:  # the thread's last line of defence: the app must live on
            return "", None, f"this cannot be exported: {error!r}"

    def _tell(self, wanted: Wanted, made: tuple[str, Path | None, str]) -> None:
        """Called from the thread that makes texts."""
        self.post_message(self.Made(wanted, *made))

    @on(Made)
    def _show(self, made: Made) -> None:
        if made.wanted != (self._shared, self._format):
            return  # something else was chosen while this was on its way
        lines = self.query_one(LineList)
        if made.trouble:
            self._say(made.trouble, "error")
            lines.empty = ""
            lines.show(0, self._draw)
            return
        self._text = made.text
        path = self.query_one(Input)
        if path.value == self._proposed:  # nobody has typed a name of their own
            self._proposed = path.value = str(made.path)
        said = SAID.get(self._format)
        self._lines = [] if said else made.text.splitlines()[:PREVIEWED]
        lines.empty = f"{said} {size_of(made.text)}." if said else ""
        lines.show(len(self._lines), self._draw)
        if self._waits is not None:  # a quick hand
            self._waits()

    def _draw(self, index: int, width: int) -> Text:
        return column(self._lines[index], width - 1)  # the last cell may be the scrollbar's

    @on(Input.Submitted)
    @on(Button.Pressed, "#export-save")
    def action_save(self) -> None:
        """Writes the file."""
        if self._text is None:
            self._waits = self.action_save
            return
        typed = self.query_one(Input).value
        path = Path(typed).expanduser()
        self._write(path, self._text, replace=path == self._may_replace)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._may_replace = None
        self._say("")

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _write(self, path: Path, text: str, *, replace: bool) -> None:
        try:
            save(path.absolute(), text, replace=replace)
            told = self.Written(path.absolute(), "")
        except TakenError as error:
            told = self.Written(path, str(error), taken=True)
        except SigmaError as error:
            told = self.Written(path, str(error))
        self.post_message(told)

    @on(Written)
    def _written(self, written: Written) -> None:
        if written.taken:
            self._may_replace = written.path
            self._say("There is a file of that name. Enter again writes over it.", "warning")
        elif written.trouble:
            self._say(written.trouble, "error")
        elif self.is_current:  # the key may have been pressed twice
            self.dismiss(f"Wrote {written.path}")

    @on(Button.Pressed, "#export-copy")
    def action_copy(self) -> None:
        """Sends the text to the terminal's clipboard."""
        if self._text is None:
            self._waits = self.action_copy
            return
        trouble = why_not_copied(self._text)
        if trouble:
            self._say(trouble, "error")
            return
        self.app.copy_to_clipboard(self._text)
        self._say(
            f"Sent to the terminal, {size_of(self._text)}: no terminal says whether it took it. "
            "Enter writes the file as well."
        )

    def _say(self, said: str, kind: str = "") -> None:
        style = {"error": self.app.current_theme.error, "warning": self.app.current_theme.warning}
        self.query_one("#export-said", Static).update(
            Text(visible(said), style=style.get(kind) or "")
        )
