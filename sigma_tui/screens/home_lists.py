"""What there is: the datasets and runs of a home, listed and kept up to date."""

import re
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.markup import escape
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.beside.lasting import lasting
from sigma_tui.kept.going_on import said
from sigma_tui.kept.session import session_of
from sigma_tui.keys.keymap import shown_key
from sigma_tui.look.text import visible
from sigma_tui.training.process import running
from sigma_tui.widgets.home_lines import dataset_heading, dataset_line, run_heading, run_line
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.library.library import DatasetSummary
    from engine.training.runs import RunSummary

NO_DATA = (
    "The library is empty.\n\n"
    "Press {demo} to explore the built-in demo: real books, simulated readers, a trained model.\n"
    "Press {own} to import a file of your own, such as ratings.csv.\n\n"
    "On a command line: sigma-tui data import ratings.csv --name films"
)
NO_RUNS = (
    "There are no runs yet.\n\n"
    "Press {train} to train a model on a dataset.\n\n"
    "On a command line: sigma-tui train films"
)
WARMED = (
    "sigma_tui.screens.import_data",
    "sigma_tui.screens.dataset",
    "engine.explore.explorer",  # loads torch, which takes longest
    "sigma_tui.screens.explorer",
)
"""Modules that are imported beside the screen while a person looks at it, in this order."""
NO_DATASETS = "No datasets yet. Press {own} to import a file."
RUN_HINTS = (
    ("open", "explores"), ("curves", "curves"), ("mark", "marks"), ("compare", "compares"),
    ("remove", "removes"),
)  # fmt: skip
DATASET_HINTS = (
    ("open", "opens"), ("train", "trains on it"), ("import", "imports"), ("remove", "removes"),
)  # fmt: skip
"""Titles of actions, and what they do with a line."""


class HomeLists(Screen[None]):
    """Lists datasets and runs, and knows which one a person means. home: where they are."""

    class Found(Message):
        """What there is; trouble: why the datasets cannot be read."""

        def __init__(
            self, datasets: "list[DatasetSummary]", runs: "list[RunSummary]", trouble: str
        ) -> None:
            super().__init__()
            self.datasets, self.runs, self.trouble = datasets, runs, trouble

    def __init__(self, home: Home, *, device: str = "auto") -> None:
        super().__init__()
        self._home = home
        self._device = device
        self._datasets: list[DatasetSummary] = []
        self._runs: list[RunSummary] = []
        self._marked: Path | None = None
        self._warm = False
        self._among = "runs"

    def compose(self) -> ComposeResult:
        """Runs, as they are what one explores; datasets under them."""
        yield Static(id="header")
        with Vertical(id="home-runs", classes="pane") as runs:
            runs.border_title = "1 Runs"
            yield Static(id="runs-heading", classes="heading")
            yield LineList(id="runs-lines", empty="…")
        with Vertical(id="home-datasets", classes="pane") as datasets:
            datasets.border_title = "2 Datasets"
            datasets.border_subtitle = self._hints(DATASET_HINTS)
            yield Static(id="datasets-heading", classes="heading")
            yield LineList(id="datasets-lines", empty="…")
        yield KeyLine()

    def on_mount(self) -> None:
        """What there is to list is read when the screen stands."""
        self.query_one("#runs-lines", LineList).focus()
        self.set_interval(2.0, self._follow_trainings)

    def on_screen_resume(self) -> None:
        """Something may have changed while another screen was open. At the start the screen comes
        first: what reads datasets takes longer to import than all that draws."""
        self._show_header()
        self.call_after_refresh(self.action_refresh)

    def _show_header(self) -> None:
        """What this is, and where one was."""
        title = Text(" sigma-tui ", style="bold", end="", no_wrap=True, overflow="ellipsis")
        session = session_of(self.app)
        if session is None or session.last is None:
            title.append("  what did the model understand of this person, and what if …?", "dim")
        else:
            title.append(f"  {shown_key(self.app, 'home.where-i-was')}", "bold")
            title.append(f" goes on where you were: {visible(said(session.last))}", "dim")
        self.query_one("#header", Static).update(title)

    def action_refresh(self) -> None:
        """Reads datasets and runs again, beside the screen."""
        self._read()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _read(self) -> None:
        from engine.library.library import Library
        from engine.training.runs import list_runs
        from engine.tuning.trial_names import of_use

        runs: list[RunSummary] = []
        datasets: list[DatasetSummary] = []
        trouble = ""
        try:
            runs = of_use(self._home.tuning, list_runs(self._home.runs))
            with Library.open(self._home.library) as library:
                datasets = library.datasets()
        except (SigmaError, OSError) as error:
            trouble = visible(str(error))
        self.post_message(self.Found(datasets, runs, trouble))

    def _follow_trainings(self) -> None:
        if self.is_current and (running() or any(run.state == "training" for run in self._runs)):
            self._read()

    def _warm_up(self) -> None:
        """Torch takes a second or two to import: meanwhile the person looks at the screen."""
        if not self._warm:
            self._warm = True  # a daemon does not hold up leaving
            threading.Thread(target=_import_engine, daemon=True).start()

    @on(Found)
    def _show(self, found: Found) -> None:
        datasets, runs, trouble = found.datasets, found.runs, found.trouble
        self._datasets, self._runs = datasets, runs
        lines = self.query_one("#runs-lines", LineList)
        keys = {
            "demo": shown_key(self.app, "home.demo"),
            "own": shown_key(self.app, "home.import"),
            "train": shown_key(self.app, "home.train"),
        }
        lines.empty = _with_keys(NO_RUNS if datasets or trouble else NO_DATA, keys)
        lines.show(len(runs), self._draw_run)
        self.query_one("#home-runs").border_subtitle = self._hints(RUN_HINTS) if runs else ""
        data = self.query_one("#datasets-lines", LineList)
        data.empty = trouble or _with_keys(NO_DATASETS, keys)
        data.show(len(datasets), self._draw_dataset)
        self._show_headings()
        self.call_after_refresh(self._warm_up)

    def _hints(self, hints: tuple[tuple[str, str], ...]) -> str:
        """What keys do with the line under the cursor."""
        return " · ".join(
            f"{escape(shown_key(self.app, f'home.{title}'))} {does}" for title, does in hints
        )

    def on_resize(self) -> None:
        """Headings keep to their columns."""
        self._show_headings()

    def _show_headings(self) -> None:
        datasets, runs = self._datasets, self._runs
        width = self.size.width - 2
        self.query_one("#runs-heading", Static).update(run_heading(width) if runs else "")
        self.query_one("#datasets-heading", Static).update(
            dataset_heading(width) if datasets else ""
        )

    def _draw_run(self, index: int, width: int) -> Text:
        run = self._runs[index]
        return run_line(run, width, marked=run.path == self._marked)

    def _draw_dataset(self, index: int, width: int) -> Text:
        return dataset_line(self._datasets[index], width)

    def on_descendant_focus(self) -> None:
        """Actions are about the list that had the focus last, also from the palette."""
        if self.focused is not None and self.focused.id in ("runs-lines", "datasets-lines"):
            self._among = self.focused.id.removesuffix("-lines")

    @property
    def _dataset(self) -> "DatasetSummary | None":
        """The dataset under the cursor, if the cursor is among datasets."""
        if self._among != "datasets" or not self._datasets:
            return None
        return self._datasets[self.query_one("#datasets-lines", LineList).cursor]

    @property
    def _run(self) -> "RunSummary | None":
        """The run under the cursor, if the cursor is among runs."""
        if self._among != "runs" or not self._runs:
            return None
        return self._runs[self.query_one("#runs-lines", LineList).cursor]


def _with_keys(text: str, keys: Mapping[str, str]) -> Text:
    """A text with keys in the places of their names, which stand out as what is to be done."""
    told = Text(end="")
    for number, part in enumerate(re.split(r"\{(\w+)\}", text)):
        if number % 2:
            told.append(keys[part], "bold reverse not italic")
        else:
            told.append(part, "not italic")
    return told


def _import_engine() -> None:
    with lasting():
        for name in WARMED:
            import_module(name)
