"""The scenarios of one user: keep the present edits, go to others, compare two, delete, export."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.errors import SigmaError
from engine.explore.scenarios import LONGEST_NAME, KeptScenarios, Scenario, exported
from engine.explore.versions import Version
from sigma_tui.look.text import visible
from sigma_tui.sharing.save import save
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.scenario_lines import scenario_line

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

ORIGINAL = "the original"
KEYS = (
    "enter open · [@click=screen.mark]space mark[/] · [@click=screen.compare]v compare[/] · "
    "[@click=screen.delete]d delete[/] · [@click=screen.export]e export[/] · "
    "[@click=screen.dismiss(None)]esc leaves[/]"
)
NAME_KEYS = "enter keeps it · ↓ goes to the list · [@click=screen.dismiss(None)]esc leaves[/]"


@dataclass(frozen=True)
class Opened:
    """A scenario that is to be gone to, or was kept just now. name: "" for the original."""

    name: str
    version: Version

    @property
    def title(self) -> str:
        """The name, for people."""
        return self.name or ORIGINAL


@dataclass(frozen=True)
class Paired:
    """Two scenarios that are to be compared."""

    first: Opened
    second: Opened


class ScenariosScreen(ModalScreen[Opened | Paired | None]):
    """Returns what is to be shown next.

    explorer, user: whose they are. kept: where they are. now: the edits as they are. name: of the
    scenario that they began with. folder: where exports go; None takes the current directory.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("space", "mark", show=False),
        Binding("v", "compare", show=False),
        Binding("d", "delete", show=False),
        Binding("e", "export", show=False),
    ]

    class Found(Message):
        """The scenarios as they are kept now. opened: what was kept just now. said: what else
        there is to say; failed: whether that is a trouble."""

        def __init__(
            self,
            scenarios: tuple[Scenario, ...] | None,
            opened: Opened | None = None,
            said: str = "",
            failed: bool = False,
        ) -> None:
            super().__init__()
            self.scenarios, self.opened, self.said, self.failed = scenarios, opened, said, failed

    def __init__(
        self,
        explorer: "Explorer",
        user: str | None,
        kept: KeptScenarios,
        now: Version,
        name: str = "",
        *,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._explorer, self._user, self._kept, self._now = explorer, user, kept, now
        self._began_with, self._folder = name, folder
        self._choices: list[Scenario] = []
        self._marked: str | None = None
        self._doomed: str | None = None

    @property
    def choices(self) -> list[Scenario]:
        """What is listed, the original first; empty until it is read."""
        return self._choices

    def compose(self) -> ComposeResult:
        """A name for the present edits, and what is kept."""
        with Vertical(id="scenarios-box") as box:
            box.border_title = "Scenarios"
            box.border_subtitle = KEYS
            yield Static(id="scenarios-hint")
            yield Input(
                visible(self._began_with),
                id="scenarios-name",
                max_length=LONGEST_NAME,
                compact=True,
            )
            yield LineList(id="scenarios-lines", empty="reading …")
            yield Static(id="scenarios-said")

    def on_mount(self) -> None:
        """Reads what is kept."""
        edits = self._now.edits()
        name = self.query_one(Input)
        hint = Text(" ", no_wrap=True, overflow="ellipsis")
        if edits:
            hint.append(f"Keep the present {edits} edit{'s' if edits > 1 else ''} as:", "bold")
            hint.append("  a name, then enter", "dim")
            name.placeholder = "such as: no horror"
        else:
            hint.append("Nothing is edited, so there is nothing to keep yet.", "dim")
            name.display = False
        self.query_one("#scenarios-hint", Static).update(hint)
        self._do(lambda: self.Found(self._kept.read()))

    @work(thread=True, exit_on_error=False)
    def _do(self, what: "Callable[[], ScenariosScreen.Found]") -> None:
        """Files are read and written beside the screen."""
        try:
            found = what()
        except (SigmaError, OSError) as error:
            found = self.Found(None, said=visible(str(error)), failed=True)
        self.post_message(found)

    @on(Found)
    def _show(self, found: Found) -> None:
        if found.said:
            self._say(found.said, "bold" if found.failed else "")
        if found.opened is not None:
            self.dismiss(found.opened)
            return
        first = not self._choices
        scenarios = found.scenarios
        if scenarios is None:
            scenarios = tuple(self._choices[1:])
        original = Scenario(ORIGINAL, Version.of(self._now.original))
        self._choices = [original, *scenarios]
        lines = self.query_one(LineList)
        lines.show(len(self._choices), self._draw)
        if first:
            kept = any(one.version == self._now for one in self._choices)
            (lines if kept else self.query_one(Input)).focus()
            if len(self._choices) == 1 and not found.said:
                self._say("No scenario of this user is kept yet.", "dim")

    def _draw(self, index: int, width: int) -> Text:
        one = self._choices[index]
        return scenario_line(
            one.name,
            one.version,
            width,
            current=one.version == self._now,
            marked=index > 0 and one.name == self._marked,
            missing=one.missing,
        )

    def _say(self, what: str, style: str = "") -> None:
        self.query_one("#scenarios-said", Static).update(
            Text(f" {what}", style=style, no_wrap=False)
        )

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        name, now = visible(event.value.strip()), self._now

        def keep() -> ScenariosScreen.Found:
            return self.Found(self._kept.keep(name, now), Opened(name, now))

        self._do(keep)

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        self.dismiss(self._opened(message.index))

    @on(LineList.Moved)
    def _moved(self) -> None:
        if self._doomed is not None:
            self._doomed = None
            self._say("")

    def _opened(self, index: int) -> Opened:
        one = self._choices[index]
        return Opened(one.name if index else "", one.version)

    def on_descendant_focus(self) -> None:
        """Keys of the list are letters in the name."""
        box = self.query_one("#scenarios-box")
        box.border_subtitle = NAME_KEYS if self.query_one(Input).has_focus else KEYS

    def on_key(self, event: events.Key) -> None:
        """From the name, down goes to the list."""
        if event.key == "down" and self.query_one(Input).has_focus:
            event.stop()
            self.query_one(LineList).focus()

    def action_mark(self) -> None:
        """Marks the scenario under the cursor for a comparison, or no longer."""
        index = self.query_one(LineList).cursor
        if 0 < index < len(self._choices):
            name = self._choices[index].name
            self._marked = None if name == self._marked else name
            self.query_one(LineList).refresh()

    def action_compare(self) -> None:
        """Compares the scenario under the cursor with the marked one, else with the original; the
        original itself with the edits as they are."""
        if not self._choices:
            return
        index = self.query_one(LineList).cursor
        names = [one.name for one in self._choices]
        other = names.index(self._marked, 1) if self._marked in names[1:] else 0
        if index != other:
            self.dismiss(Paired(self._opened(other), self._opened(index)))
        elif index == 0 and self._now != self._choices[0].version:
            self.dismiss(Paired(self._opened(0), Opened("the present edits", self._now)))
        else:
            self._say("Two different ones can be compared: mark one with space, go to another, v.")

    def action_delete(self) -> None:
        """Asks, and at the second time deletes the scenario under the cursor."""
        index = self.query_one(LineList).cursor
        if not 0 < index < len(self._choices):
            self._say("The original stays.")
            return
        name = self._choices[index].name
        if self._doomed != name:
            self._doomed = name
            self._say(f"Press d again to delete “{visible(name)}” for good.", "bold")
            return
        self._doomed = None
        self._do(lambda: self.Found(self._kept.remove(name), said=f"Deleted “{visible(name)}”."))

    def action_export(self) -> None:
        """Writes all scenarios of this user to a JSON file."""
        scenarios = self._choices[1:]
        if not scenarios:
            self._say("There is nothing to export yet.")
            return

        def write() -> ScenariosScreen.Found:
            explorer = self._explorer
            told = exported(scenarios, explorer.interactions, explorer.catalogue.titles, self._user)
            path = _free_path(self._folder or Path.cwd())
            save(path, json.dumps(told, indent=2, ensure_ascii=True))
            return self.Found(None, said=f"Written to {visible(str(path))}")

        self._do(write)


def _free_path(folder: Path) -> Path:
    """A name that is not taken."""
    number = 1
    while os.path.lexists(path := folder / f"sigma-scenarios-{number}.json"):
        number += 1
    return path
