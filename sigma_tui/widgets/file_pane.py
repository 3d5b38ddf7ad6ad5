"""The file that is imported, the one with its titles, and what they were taken for."""

from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Label, Select, Static

from sigma_tui.look.text import visible
from sigma_tui.widgets.pane import Pane
from sigma_tui.widgets.path_field import PathField

if TYPE_CHECKING:
    from engine.library.draft import Look
    from engine.library.recognition import Format

FORMATS: tuple[tuple[str, "Format"], ...] = (
    ("CSV, TSV", "csv"),
    ("Parquet", "parquet"),
    ("JSON lines", "jsonl"),
    ("DuckDB", "duckdb"),
    ("MovieLens ::", "movielens"),
    ("RecBole", "recbole"),
    ("sequences", "sequences"),
)
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "latin-1": "Latin-1"}


class FilePane(Pane):
    """Two paths and a format, with what was recognised and why."""

    class Changed(Message):
        """Something else is chosen. other_file: whether it is another source."""

        def __init__(self, *, other_file: bool) -> None:
            super().__init__()
            self.other_file = other_file

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._own_titles = False
        self._tables: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The source as it is typed."""
        return self.query_one("#path", PathField).text

    @property
    def titles(self) -> str:
        """The file with titles as it is typed, or as it was found beside the source."""
        return self.query_one("#titles", PathField).text

    @property
    def own_titles(self) -> bool:
        """Whether a person said which file has titles, or that none has."""
        return self._own_titles

    @property
    def format(self) -> "Format | None":
        """What the source is said to be; None tells it by content."""
        select = self.query_one("#format", Select)
        return None if select.is_blank() else cast("Format", select.value)

    @property
    def table(self) -> str | None:
        """The table of a DuckDB file."""
        select = self.query_one("#table", Select)
        return None if select.is_blank() else str(select.value)

    def compose(self) -> ComposeResult:
        """Source, titles, format, then what was recognised."""
        with Horizontal(classes="form-line"):
            yield Label("file", classes="form-label")
            yield PathField(id="path", placeholder="interactions, such as ~/data/ratings.csv")
        with Horizontal(classes="form-line"):
            yield Label("titles", classes="form-label")
            yield PathField(id="titles", placeholder="none; a file with item, title, categories")
        with Horizontal(classes="form-line"):
            yield Label("format", classes="form-label")
            yield Select[str](
                FORMATS, prompt="told by content", id="format", compact=True,
            )  # fmt: skip
            yield Label("table", id="table-label", classes="-none")
            yield Select[str]([], prompt="choose a table", id="table", compact=True,
                              classes="-none")  # fmt: skip
        yield Static(id="recognised")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("F1 File")

    def show_look(self, look: "Look | None") -> None:
        """Shows what a file was taken for, and why."""
        self._show_tables(look.tables if look is not None else ())
        said = Text(end="")
        if look is not None and look.found is not None:
            found = look.found
            said.append("Read as ")
            said.append("DuckDB table" if look.tables else found.format, "bold")
            said.append(f": {visible(found.why)}" if not look.tables else "")
            if found.encoding in ENCODINGS and found.format not in ("parquet", "duckdb"):
                said.append(f"; {ENCODINGS[found.encoding]}")
            said.append(".")
            if look.items is not None:
                own = "" if self._own_titles else ", which was found beside it"
                said.append(f" Titles from {visible(look.items.path.name)}{own}.")
        elif look is not None:
            said.append(f"A DuckDB file with {len(look.tables)} tables.")
        self.query_one("#recognised", Static).update(said)
        if not self._own_titles:
            companion = look.items.path if look is not None and look.items is not None else ""
            self.query_one("#titles", PathField).put(str(companion))

    def _show_tables(self, tables: tuple[str, ...]) -> None:
        several = len(tables) > 1
        self.query_one("#table-label").set_class(not several, "-none")
        select = self.query_one("#table", Select)
        select.set_class(not several, "-none")
        if tables != self._tables:
            self._tables = tables
            chosen = self.table
            with self.prevent(Select.Changed):
                select.set_options((Text(visible(name)), name) for name in tables)
                if chosen in tables:
                    select.value = chosen

    @on(PathField.Changed, "#path")
    def _path_typed(self, event: PathField.Changed) -> None:
        event.stop()
        self._own_titles = False
        with self.prevent(Select.Changed):
            self.query_one("#format", Select).clear()
            self.query_one("#table", Select).clear()
        self.post_message(self.Changed(other_file=True))

    @on(PathField.Changed, "#titles")
    def _titles_typed(self, event: PathField.Changed) -> None:
        event.stop()
        self._own_titles = True
        self.post_message(self.Changed(other_file=False))

    @on(PathField.Entered)
    def _entered(self, event: PathField.Entered) -> None:
        """On to the next field."""
        event.stop()
        self.screen.focus_next()

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(other_file=event.select.id == "format"))
