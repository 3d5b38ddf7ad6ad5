"""Which column of a file means what, to be changed."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Label, Select

from engine.library.roles import Role
from sigma_tui.look.text import visible
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.library.draft import Look

ROLES: tuple[Role, ...] = ("user", "item", "time", "rating", "title", "categories")
NEEDED: tuple[Role, ...] = ("user", "item")
OF_ITEMS: tuple[Role, ...] = ("title", "categories")
LONGEST = 24
"""Letters of an example."""


class ColumnsPane(Pane):
    """A line for each role with its column."""

    class Changed(Message):
        """Somebody gave a role another column, or None."""

        def __init__(self, role: Role, column: str | None) -> None:
            super().__init__()
            self.role, self.column = role, column

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        # Columns and examples that are offered for each role.
        self._offered: dict[Role, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def compose(self) -> ComposeResult:
        """The roles; nothing can be chosen before a file is known."""
        for role in ROLES:
            with Horizontal(classes="form-line"):
                yield Label(role, classes="form-label")
                yield Select[str](
                    [],
                    prompt="choose a column" if role in NEEDED else "none",
                    id=f"role-{role}",
                    compact=True,
                    disabled=True,
                )

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("F2 Columns")

    def show_look(self, look: "Look | None") -> None:
        """Shows the roles of a recognised file; None for no file."""
        found = look.found if look is not None else None
        items = look.items if look is not None else None
        for role in ROLES:
            select = self.query_one(f"#role-{role}", Select)
            source = items if items is not None and role in OF_ITEMS else found
            columns = source.columns if source is not None else ()
            chosen = source.roles.get(role) if source is not None else None
            with self.prevent(Select.Changed):
                examples = source.examples if source is not None else ()
                if self._offered.get(role) != (columns, examples):
                    self._offered[role] = columns, examples
                    select.set_options(_options(columns, examples))
                if chosen is None:
                    select.clear()
                elif select.value != chosen:
                    select.value = chosen
            select.disabled = source is None
            select.set_class(source is not None and chosen is None and role in NEEDED, "-missing")

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        role = next(role for role in ROLES if event.select.id == f"role-{role}")
        column = None if event.select.is_blank() else str(event.value)
        self.post_message(self.Changed(role, column))


def _options(columns: tuple[str, ...], examples: tuple[str, ...]) -> Iterator[tuple[Text, str]]:
    """Names of columns, each with a value of its own where one is known: names do not always tell
    what is in a column."""
    for name, example in zip_longest(columns, examples[: len(columns)], fillvalue=""):
        text = Text(visible(name), no_wrap=True, overflow="ellipsis")
        if example:
            text.append(f"  {visible(example)[:LONGEST]}", "dim")
        yield text, name
