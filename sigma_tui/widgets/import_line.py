"""How an import begins: what is ready or missing, the name, the button."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Checkbox, Input, Label, Static

from engine.errors import LibraryError
from engine.library.importing import check_name
from sigma_tui.look.text import TYPED, visible

if TYPE_CHECKING:
    from engine.library.draft import Kept, Look

REPLACE = {False: "replace: no", True: "replace: yes"}
READING = "Reading …"
USUAL = ("ratings", "interactions", "data")
"""Names of files that say nothing; their folder's may."""


@dataclass(frozen=True)
class Prepared:
    """How far the choices are. named: whether a file is named. trouble: what is wrong with it or
    the rules. look, kept: what was told of it. library_trouble: why nothing could be written.
    taken: names in the library."""

    named: bool = False
    trouble: str = ""
    look: "Look | None" = None
    kept: "Kept | None" = None
    library_trouble: str = ""
    taken: frozenset[str] = frozenset()


class ImportLine(Vertical):
    """A sentence, and under it the name and the button."""

    class Changed(Message):
        """Another name, or another answer to whether it replaces."""

    class Begin(Message):
        """Enter in the name, or the button."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._prepared = Prepared()
        self._own_name = False

    @property
    def dataset(self) -> str:
        """The name as it is typed."""
        return self.query_one(Input).value.strip()

    @property
    def own_name(self) -> bool:
        """Whether somebody gave the name."""
        return self._own_name

    @property
    def replace(self) -> bool:
        """Whether it takes the place of the dataset of that name."""
        return self.query_one(Checkbox).value

    def compose(self) -> ComposeResult:
        """The sentence, then one line."""
        yield Static(id="import-said")
        with Horizontal(id="import-line"):
            yield Label("name", id="name-label")
            yield Input(
                placeholder="of the dataset", id="name", max_length=100, restrict=TYPED,
                compact=True,
            )  # fmt: skip
            yield Checkbox(REPLACE[False], id="replace", compact=True)
            yield Button("F5 Import", id="begin", compact=True, variant="primary")

    def suggest(self, path: Path | None) -> None:
        """A name like the file's, unless somebody gave one."""
        if self._own_name:
            return
        stem = path.name.split(".")[0] if path is not None else ""
        if stem in USUAL and path is not None:
            stem = path.absolute().parent.name or stem
        with self.prevent(Input.Changed):
            self.query_one(Input).value = re.sub(r"[^\w .+-]+", "-", stem).strip("-. +_")[:80]

    def show(self, prepared: Prepared, going: str = "") -> None:
        """Says what is missing, or what would be imported. going: how far the reading is."""
        self._prepared = prepared
        why_not = self.why_not()
        taken = self.dataset in prepared.taken
        self.query_one(Button).disabled = bool(why_not)
        self.query_one(Checkbox).set_class(not taken, "-none")
        if why_not or prepared.kept is None:
            line = Text(visible(going if going and why_not == READING else why_not), end="")
        else:
            left = prepared.kept.left
            line = Text(
                f"Ready: {left.users:,} users, {left.items:,} items, "
                f"{left.interactions:,} interactions. F5 imports them as ",
                end="",
            )
            line.append(visible(self.dataset), "bold")
            line.append(", in the place of the one there is." if taken else ".")
        said = self.query_one("#import-said", Static)
        if said.content != line:
            said.update(line)

    def why_not(self) -> str:
        """Why the import cannot begin, in a sentence; nothing if it can."""
        now = self._prepared
        if now.trouble:
            return now.trouble
        if not now.named:
            return "Type the path of a file, or drop one onto the terminal; tab completes."
        if now.look is not None and now.look.found is None:
            return "This DuckDB file has several tables: choose one above."
        if now.look is not None and now.look.missing:
            if len(now.look.missing) > 1:
                roles = " and the ".join(now.look.missing)
                return f"Which columns are the {roles}? Their names do not tell: choose them (F2)."
            role = now.look.missing[0]
            return f"Which column is the {role}? Its name does not tell: choose it (F2)."
        if now.library_trouble:
            return now.library_trouble
        if now.look is None or now.kept is None:
            return READING
        if now.kept.rejects and not now.kept.read.interactions:
            first = now.kept.rejects[0]
            return (
                f"No row can be read, such as line {first.line}: {first.reason}. Another column "
                "may be meant (F2)."
            )
        if not now.kept.left.interactions:
            return "Nothing is left: loosen the rules (F3), or check the columns (F2)."
        try:
            check_name(self.dataset)
        except LibraryError as error:
            return str(error) if self.dataset else "Give the dataset a name."
        if self.dataset in now.taken and not self.replace:
            return f"There is a dataset {self.dataset} already: choose another name, or replace it."
        return ""

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._own_name = bool(self.dataset)
        self.post_message(self.Changed())

    @on(Checkbox.Changed)
    def _ticked(self, event: Checkbox.Changed) -> None:
        event.stop()
        event.checkbox.label = REPLACE[event.value]  # told by words too, not by colour alone
        self.post_message(self.Changed())

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _begin(self, event: Input.Submitted | Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Begin())
