"""Import: a file, what it is taken for, what the rules keep; all of it told before it is done."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from engine.errors import SigmaError
from engine.home import Home
from engine.library.request import ImportRequest
from engine.library.roles import Role
from sigma_tui.beside.drafting import Counted, DraftService, Going, Looked, Refused, Told
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.screens.import_run import ImportRunScreen
from sigma_tui.screens.leaving import AskingToLeave
from sigma_tui.typed.paths import typed_path
from sigma_tui.widgets.columns_pane import ColumnsPane
from sigma_tui.widgets.file_pane import FilePane
from sigma_tui.widgets.first_rows_pane import FirstRowsPane
from sigma_tui.widgets.import_line import ImportLine, Prepared
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.rules_pane import UNTOUCHED, RulesPane
from sigma_tui.widgets.tab_line import bring

if TYPE_CHECKING:
    from engine.library.draft import Kept, Look

READING = "The first rows are being read …"
TABS = (("columns", "F2 Columns"), ("rules", "F3 Rules"), ("rows", "F4 First rows"))


class ImportScreen(AskingToLeave[str | None]):
    """Prepares an import into a home's library, and runs it. Returns the dataset's name, if one was
    imported and is to be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("import")]
    LEAVE = "Leave this import?"
    LOST = "What you entered and chose here goes. Nothing was imported, and all files stay."
    STAYS = "goes on with the import"
    AUTO_FOCUS = "#path Input"

    class Heard(Message):
        """The draft has something to tell."""

        def __init__(self, told: Told) -> None:
            super().__init__()
            self.told = told

    class Named(Message):
        """The names that are taken; trouble: why the library cannot be read."""

        def __init__(self, names: frozenset[str], trouble: str) -> None:
            super().__init__()
            self.names, self.trouble = names, trouble

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._service = DraftService(home.library, self._tell)
        self._names: frozenset[str] = frozenset()
        self._roles: dict[Role, str | None] = {}
        self._asked: ImportRequest | None = None
        self._asked_number = 0
        self._rules = UNTOUCHED
        self._look: Look | None = None
        self._kept: Kept | None = None
        self._front = "columns"
        self._trouble = ""
        self._library_trouble = ""

    @property
    def kept(self) -> "Kept | None":
        """What the present choices keep, once it is counted."""
        return self._kept

    def compose(self) -> ComposeResult:
        """The file; then what it means and what is kept; then how it begins."""
        yield OneLine(id="header")
        yield FilePane(id="file")
        yield OneLine(id="tabs")
        with Vertical(id="import-panes"):
            with Horizontal(id="import-choices"):
                yield ColumnsPane(id="columns")
                yield RulesPane(id="rules")
            yield FirstRowsPane(id="rows")
        yield ImportLine(id="begin-pane")
        yield KeyLine()

    def on_mount(self) -> None:
        """Says what this is."""
        title = Text(" sigma-tui ", style="bold", end="")
        title.append("  import: everything is shown before anything is done", "dim")
        self.query_one("#header", OneLine).say(title)
        self._read_names()
        self._say()

    def on_unmount(self) -> None:
        """Ends the draft."""
        self._service.close()

    @work(thread=True, group="names", exclusive=True, exit_on_error=False)
    def _read_names(self) -> None:
        from engine.library.library import Library

        try:
            with Library.open(self._home.library) as library:
                names = frozenset(dataset.name for dataset in library.datasets())
            self.post_message(self.Named(names, ""))
        except (SigmaError, OSError) as error:
            self.post_message(self.Named(frozenset(), str(error)))

    @on(Named)
    def _named(self, message: Named) -> None:
        self._names, self._library_trouble = message.names, message.trouble
        self._say()

    def _tell(self, told: Told) -> None:
        """Called from the draft's thread."""
        self.post_message(self.Heard(told))

    @on(FilePane.Changed)
    def _file_changed(self, message: FilePane.Changed) -> None:
        if message.other_file:
            self._roles = {}
            path = typed_path(self.query_one(FilePane).path)
            self.query_one(ImportLine).suggest(path)
        self._ask()

    @on(ColumnsPane.Changed)
    def _role_changed(self, message: ColumnsPane.Changed) -> None:
        """A column has one role: the one that it had before is open then."""
        if message.column is not None and self._look is not None and self._look.found is not None:
            for role, column in self._look.found.roles.items():
                if column == message.column and role in self._roles:
                    self._roles[role] = None
        self._roles[message.role] = message.column
        self._ask()

    @on(RulesPane.Changed)
    def _rules_changed(self) -> None:
        self._ask()

    @on(ImportLine.Changed)
    def _line_changed(self) -> None:
        self._say()

    def _request(self) -> ImportRequest | None:
        """What is chosen; None as long as no file is named or a rule is impossible."""
        file = self.query_one(FilePane)
        path = typed_path(file.path)
        rules = self.query_one(RulesPane).rules
        if path is None or rules.trouble:
            return None
        return ImportRequest(
            source=path,
            name=self.query_one(ImportLine).dataset,
            format=file.format,
            items=typed_path(file.titles) if file.own_titles else None,
            companion=not file.own_titles,
            roles=dict(self._roles),
            table=file.table,
            min_rating=rules.min_rating,
            k_core=rules.k_core,
            duplicates=rules.duplicates,
            order=rules.order,
            replace=self.query_one(ImportLine).replace,
        )

    def _ask(self) -> None:
        """Drafts what is chosen now."""
        self._rules = self.query_one(RulesPane).rules
        self._asked = self._request()
        self._kept = None
        if self._asked is None:
            self._asked_number = self._service.release()
            self._trouble = self._rules.trouble
            if not self.query_one(FilePane).path.strip():
                self._show_look(None)
        else:
            self._asked_number = self._service.ask(self._asked)
            self._trouble = ""
        self._show_kept()

    @on(Heard)
    def _hear(self, message: Heard) -> None:
        told = message.told
        if told.number != self._asked_number:
            return  # something else was chosen while this was on its way
        if isinstance(told, Looked):
            self._show_look(told.look)
        elif isinstance(told, Counted):
            self._kept = told.kept
            self.query_one(FirstRowsPane).show_rows(told.kept.rows)
            self._show_kept()
        elif isinstance(told, Going):
            self._say(f"{told.progress} …")
        elif isinstance(told, Refused):
            self._trouble = told.message
            self._show_look(None)
            self.query_one(FirstRowsPane).show_rows((), visible(told.message))
            self._say()

    def _show_look(self, look: "Look | None") -> None:
        self._look = look
        self.query_one(FilePane).show_look(look)
        self.query_one(ColumnsPane).show_look(look)
        if look is None:
            self.query_one(FirstRowsPane).show_rows(())
        elif look.found is None or look.missing:
            self._say()
            why_not = self.query_one(ImportLine).why_not()
            self.query_one(FirstRowsPane).show_rows((), visible(why_not))
        elif look.rows or not self.query_one(FirstRowsPane).lines.count:
            self.query_one(FirstRowsPane).show_rows(look.rows, READING)
        self._say()

    def _show_kept(self) -> None:
        found = self._look.found if self._look is not None else None
        kept = self._kept
        timed = found is not None and "time" in found.roles
        self.query_one(RulesPane).show_kept(kept, self._rules, timed=timed)
        first = ""
        if kept is not None and kept.rejects:
            reject = kept.rejects[0]
            first = f"line {reject.line} of {reject.source}: {reject.reason}"
        rejected = None if kept is None else kept.rejected
        self.query_one(FirstRowsPane).show_rejected(rejected, first)
        self._say()

    def _say(self, going: str = "") -> None:
        named = bool(self.query_one(FilePane).path.strip())
        self.query_one(ImportLine).show(
            Prepared(
                named, self._trouble, self._look, self._kept, self._library_trouble, self._names
            ),
            going,
        )

    def on_resize(self) -> None:
        """Between narrow and wider, more or fewer panes are seen."""
        self.call_after_refresh(self._bring)

    def on_descendant_focus(self) -> None:
        """The pane with the focus is the one that the narrow layout shows."""
        around = [] if self.focused is None else self.focused.ancestors
        for pane, _ in TABS:
            if pane != self._front and self.query_one(f"#{pane}") in around:
                self._bring(pane)

    def _bring(self, pane: str = "") -> None:
        self._front = pane or self._front
        bring(self, TABS, self._front, {"import-choices": ("columns", "rules")})

    def action_pane(self, pane: str) -> None:
        """Goes to a pane; in the narrow layout it comes to the front."""
        if pane != "file":
            self._bring(pane)
        # A pane that was hidden can take the focus only when it has been laid out.
        self.call_after_refresh(self._focus_in, pane)

    def _focus_in(self, pane: str) -> None:
        inside = self.query_one(f"#{pane}").query("Input, Select, LineList")
        first = next((widget for widget in inside if widget.focusable), None)
        if first is not None:
            first.focus()

    @on(ImportLine.Begin)
    def _begin_pressed(self) -> None:
        self.action_begin()

    def action_begin(self) -> None:
        """Imports what is chosen, or says why that is not possible yet."""
        why_not = self.query_one(ImportLine).why_not()
        request = self._request()
        if why_not or request is None:
            self.notify(visible(why_not), severity="warning", markup=False)
            return
        self._service.release()  # the import wants its memory
        self.app.push_screen(ImportRunScreen(self._home.library, request), self._ended)

    @property
    def entered(self) -> bool:
        """Whether anything is not as it was when the screen opened."""
        file, line = self.query_one(FilePane), self.query_one(ImportLine)
        return bool(
            file.path.strip()
            or file.own_titles
            or file.format
            or self._roles
            or line.own_name
            or self.query_one(RulesPane).rules != UNTOUCHED
        )

    def _ended(self, opened: str | None) -> None:
        """After an import: away from here, or back to the choices after one that failed."""
        if opened is None:
            self._read_names()
            self._ask()
        else:
            self.dismiss(opened or None)
