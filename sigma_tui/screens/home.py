"""Home: the datasets and runs that there are, or how to get the first ones."""

import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.markup import escape
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.actions import bindings
from sigma_tui.going_on import last_screen, said
from sigma_tui.keymap import shown_key
from sigma_tui.lasting import lasting
from sigma_tui.screens.confirm import ConfirmScreen
from sigma_tui.screens.removal import dataset_question, run_question
from sigma_tui.session import session_of
from sigma_tui.text import visible
from sigma_tui.training_process import running
from sigma_tui.widgets.home_lines import dataset_heading, dataset_line, run_heading, run_line
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.library.library import DatasetSummary
    from engine.training.runs import RunSummary
    from sigma_tui.screens.explorer import ExplorerScreen

NO_DATA = (
    "The library is empty. Press {demo} to explore the built-in demo, or {own} to import a file of "
    "your own, such as ratings.csv (on a command line: sigma-tui data import ratings.csv --name "
    "films)."
)
NO_RUNS = (
    "There are no runs yet. Press {train} to train a model on a dataset (on a command line: "
    "sigma-tui train films)."
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


class HomeScreen(Screen[None]):
    """Lists datasets and runs. home: where they are."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("home")]

    class Found(Message):
        """What there is; trouble: why the datasets cannot be read."""

        def __init__(
            self, datasets: "list[DatasetSummary]", runs: "list[RunSummary]", trouble: str
        ) -> None:
            super().__init__()
            self.datasets, self.runs, self.trouble = datasets, runs, trouble

    class DemoReady(Message):
        """The demo's library is there, or why it is not. fresh: see ``demo_explorer``."""

        def __init__(self, library: Path | None, fresh: bool, trouble: str = "") -> None:
            super().__init__()
            self.library, self.fresh, self.trouble = library, fresh, trouble

    class Removed(Message):
        """What became of a removal, as a sentence."""

        def __init__(self, text: str, *, failed: bool = False) -> None:
            super().__init__()
            self.text, self.failed = text, failed

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
        yield Footer(compact=True, show_command_palette=False)

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

        runs: list[RunSummary] = []
        datasets: list[DatasetSummary] = []
        trouble = ""
        try:
            runs = list_runs(self._home.runs)
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
        lines.empty = (NO_RUNS if datasets or trouble else NO_DATA).format(**keys)
        lines.show(len(runs), self._draw_run)
        self.query_one("#home-runs").border_subtitle = self._hints(RUN_HINTS) if runs else ""
        data = self.query_one("#datasets-lines", LineList)
        data.empty = trouble or NO_DATASETS.format(**keys)
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

    @on(LineList.Chosen, "#runs-lines")
    def _run_chosen(self) -> None:
        self.action_open()

    @on(LineList.Chosen, "#datasets-lines")
    def _dataset_chosen(self) -> None:
        self.action_open()

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

    def action_open(self) -> None:
        """Opens the dataset under the cursor, or explores the run under it; one that is trained, or
        has no epoch yet, is shown where its training is."""
        dataset, run = self._dataset, self._run
        if dataset is not None:
            self._open_dataset(dataset.name)
        elif run is None:
            self.notify("There is nothing here to open.", markup=False)
        elif run.state == "training" or not run.best_epoch:
            self.action_watch()
        else:
            self.app.push_screen(self._explorer(run))

    def action_watch(self) -> None:
        """Shows the training of the run under the cursor."""
        from sigma_tui.screens.training import TrainingScreen

        run = self._run
        if run is None:
            self.notify("Put the cursor on a run first.", markup=False)
        else:
            self.app.push_screen(TrainingScreen(self._home, run.path, device=self._device))

    def action_train(self) -> None:
        """Chooses a training, on the dataset under the cursor or of the run under it."""
        from sigma_tui.screens.train import TrainScreen

        dataset, run = self._dataset, self._run
        name = dataset.name if dataset is not None else None if run is None else run.dataset
        self.app.push_screen(TrainScreen(self._home, dataset=name, device=self._device))

    def action_import_data(self) -> None:
        """Imports a file; what was imported is opened if somebody wants it."""
        from sigma_tui.screens.import_data import ImportScreen

        self.app.push_screen(ImportScreen(self._home), self._imported)

    def _imported(self, name: str | None) -> None:
        if name:
            self._open_dataset(name)

    def _open_dataset(self, name: str) -> None:
        from sigma_tui.screens.dataset import DatasetScreen

        self.app.push_screen(DatasetScreen(self._home, name, device=self._device))

    def action_remove(self) -> None:
        """Removes the dataset or run under the cursor, after asking."""
        dataset, run = self._dataset, self._run
        if dataset is not None:
            name, kind, asked = dataset.name, "dataset", dataset_question(dataset, self._runs)
        elif run is not None:
            name, kind, asked = run.name, "run", run_question(run)
        else:
            self.notify("There is nothing here to remove.", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._remove(kind, name)

        self.app.push_screen(ConfirmScreen(f"Remove {kind} {name}?", asked, "remove it"), answered)

    @work(thread=True, group="remove", exit_on_error=False)
    def _remove(self, kind: str, name: str) -> None:
        from engine.library.library import Library
        from engine.training.runs import remove_run

        try:
            if kind == "dataset":
                with Library.open(self._home.library, write=True) as library:
                    library.remove(name)
            else:
                remove_run(self._home.runs, name)
            self.post_message(self.Removed(f"Removed {visible(name)}."))
        except (SigmaError, OSError) as error:
            self.post_message(self.Removed(visible(str(error)), failed=True))

    @on(Removed)
    def _removed(self, message: Removed) -> None:
        self.notify(
            message.text,
            severity="error" if message.failed else "information",
            timeout=12 if message.failed else 4,
            markup=False,
        )
        self._read()

    def action_mark_run(self) -> None:
        """Marks the run under the cursor for a comparison, or no longer."""
        run = self._run
        if run is not None:
            self._marked = None if run.path == self._marked else run.path
            self.query_one("#runs-lines", LineList).refresh()

    def action_compare_runs(self) -> None:
        """Compares the run under the cursor with the marked one, or with one that is chosen."""
        run = self._run
        if run is None:
            return
        marked = next((one for one in self._runs if one.path == self._marked), None)
        if marked is None or marked.path == run.path:
            from sigma_tui.screens.other_run import OtherRunScreen

            def chosen(other: Path | None) -> None:
                if other is not None:
                    self._compare(run.path, other)

            self.app.push_screen(OtherRunScreen(run.path, run.dataset, run.fingerprint), chosen)
        elif marked.fingerprint != run.fingerprint:
            self.notify(
                f"{visible(marked.name)} and {visible(run.name)} were trained on different data, "
                "so no list of theirs can be compared.",
                severity="warning",
                markup=False,
            )
        elif not (marked.best_epoch and run.best_epoch):
            self.notify(
                "One of them has no checkpoint yet: its first epoch has not ended.",
                severity="warning",
                markup=False,
            )
        else:
            self._compare(marked.path, run.path)

    def _compare(self, first: Path, second: Path) -> None:
        from sigma_tui.screens.compare import CompareScreen

        self.app.push_screen(
            CompareScreen((first, second), self._home.library, device=self._device)
        )

    def action_pane(self, pane: str) -> None:
        """Goes to a pane."""
        self.query_one(f"#{pane} LineList").focus()

    def action_go_on(self) -> None:
        """Opens the last run as it was left."""
        from sigma_tui.demo import demo_run

        session = session_of(self.app)
        if session is None or session.last is None:
            self.notify("You have not been in a run yet.", timeout=3, markup=False)
        elif session.last.run == demo_run():
            self._prepare_demo(fresh=False)
        else:
            try:
                self.app.push_screen(last_screen(self._home, session, self._device))
            except SigmaError as error:
                self.notify(visible(str(error)), severity="warning", markup=False)

    def action_open_demo(self) -> None:
        """Explores the built-in demo, which is imported beside the screen at first use."""
        self._prepare_demo(fresh=True)

    @work(thread=True, group="demo", exit_on_error=False)
    def _prepare_demo(self, *, fresh: bool) -> None:
        from sigma_tui.demo import demo_library

        try:
            ready = self.DemoReady(demo_library(self._home), fresh)
        except (SigmaError, OSError) as error:
            ready = self.DemoReady(None, fresh, visible(str(error)))
        self.post_message(ready)

    @on(DemoReady)
    def _open_prepared(self, ready: DemoReady) -> None:
        if ready.library is None:
            self.notify(ready.trouble, severity="error", markup=False)
        elif self.is_current:  # the key may have been pressed twice
            from sigma_tui.demo import demo_explorer

            self.app.push_screen(
                demo_explorer(
                    self._home,
                    device=self._device,
                    library=ready.library,
                    fresh=ready.fresh,
                    tour="offer" if ready.fresh else "neither",
                )
            )

    def _explorer(self, run: "RunSummary") -> "ExplorerScreen":
        from sigma_tui.screens.explorer import ExplorerScreen

        return ExplorerScreen(run.path, self._home.library, device=self._device)


def _import_engine() -> None:
    with lasting():
        for name in WARMED:
            import_module(name)
