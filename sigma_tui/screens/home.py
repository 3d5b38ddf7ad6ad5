"""Home: the datasets and runs that there are, or how to get the first ones."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.actions import bindings
from sigma_tui.going_on import last_screen, said
from sigma_tui.keymap import shown_key
from sigma_tui.lasting import lasting
from sigma_tui.session import session_of
from sigma_tui.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.library.library import DatasetSummary
    from engine.training.runs import RunSummary
    from sigma_tui.screens.explorer import ExplorerScreen

NO_DATA = (
    "The library is empty. Press {demo} to explore the built-in demo, or import a file of your "
    "own: sigma-tui data import ratings.csv --name films"
)
NO_RUNS = "There are no runs yet. Train one on a dataset: sigma-tui train films"


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

    def __init__(self, home: Home, *, device: str = "auto") -> None:
        super().__init__()
        self._home = home
        self._device = device
        self._datasets: list[DatasetSummary] = []
        self._runs: list[RunSummary] = []
        self._warm = False

    def compose(self) -> ComposeResult:
        """Runs, as they are what one explores; datasets under them."""
        yield Static(id="header")
        with Vertical(id="home-runs", classes="pane") as runs:
            runs.border_title = "1 Runs"
            runs.border_subtitle = "enter explores"
            yield Static(id="runs-heading", classes="heading")
            yield LineList(id="runs-lines", empty="…")
        with Vertical(id="home-datasets", classes="pane") as datasets:
            datasets.border_title = "2 Datasets"
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
        if self.is_current and any(run.state == "training" for run in self._runs):
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
        no_data = NO_DATA.format(demo=shown_key(self.app, "home.demo"))
        lines.empty = NO_RUNS if datasets or trouble else no_data
        lines.show(len(runs), self._draw_run)
        data = self.query_one("#datasets-lines", LineList)
        data.empty = trouble or "No datasets yet."
        data.show(len(datasets), self._draw_dataset)
        self._show_headings()
        self.call_after_refresh(self._warm_up)

    def on_resize(self) -> None:
        """Headings keep to their columns."""
        self._show_headings()

    def _show_headings(self) -> None:
        datasets, runs = self._datasets, self._runs
        self.query_one("#runs-heading", Static).update(
            self._row(("name", "model", "dataset", "state"), ("epochs", "R@20", "N@20"), "dim")
            if runs
            else ""
        )
        self.query_one("#datasets-heading", Static).update(
            self._row(("name",), ("users", "items", "interactions", "density", "length"), "dim")
            if datasets
            else ""
        )

    def _draw_run(self, index: int, _width: int) -> Text:
        run = self._runs[index]
        state: str = run.state
        if run.interests_alive is not None and run.state == "done":
            state += f", {run.interests_alive} alive"
        metrics = [
            f"{run.valid[name]:.3f}".replace("0.", ".", 1) if name in run.valid else "–"
            for name in ("recall@20", "ndcg@20")
        ]
        return self._row((run.name, run.model, run.dataset, state), (str(run.epochs), *metrics))

    def _draw_dataset(self, index: int, _width: int) -> Text:
        data = self._datasets[index]
        density = data.interactions / max(1, data.users * data.items)
        return self._row(
            (data.name,),
            (
                f"{data.users:,}",
                f"{data.items:,}",
                f"{data.interactions:,}",
                f"{density:.2%}",
                f"{data.avg_length:.1f}",
            ),
        )

    def _row(self, texts: tuple[str, ...], numbers: tuple[str, ...], style: str = "") -> Text:
        """Texts share the room that the numbers leave, the first one most."""
        width = self.size.width - 6
        number_width = 13 if len(numbers) > 3 else 8
        room = max(8, width - number_width * len(numbers))
        first = room if len(texts) == 1 else max(10, room * 2 // (len(texts) + 1))
        other = (room - first) // max(1, len(texts) - 1)
        line = Text(" ", style=style, end="")
        for place, text in enumerate(texts):
            line.append_text(column(text, (other if place else first) - 1))
            line.append(" ")
        for number in numbers:
            line.append(f"{number:>{number_width}}")
        return line

    @on(LineList.Chosen, "#runs-lines")
    def _run_chosen(self) -> None:
        self.action_open()

    @on(LineList.Chosen, "#datasets-lines")
    def _dataset_chosen(self, message: LineList.Chosen) -> None:
        name = visible(self._datasets[message.index].name)
        trained = next(
            (i for i, run in enumerate(self._runs)
             if run.dataset == self._datasets[message.index].name),
            None,
        )  # fmt: skip
        if trained is None:
            self.notify(f"No run on {name} yet: sigma-tui train {name}", markup=False)
        else:
            self.app.push_screen(self._explorer(self._runs[trained]))

    def action_open(self) -> None:
        """Explores the run under the cursor."""
        lines = self.query_one("#runs-lines", LineList)
        if not self._runs:
            return
        run = self._runs[lines.cursor]
        if not run.best_epoch:
            self.notify(
                f"{visible(run.name)} has no checkpoint yet: its first epoch has not ended.",
                severity="warning",
                markup=False,
            )
            return
        self.app.push_screen(self._explorer(run))

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
                    self._home, device=self._device, library=ready.library, fresh=ready.fresh
                )
            )

    def _explorer(self, run: "RunSummary") -> "ExplorerScreen":
        from sigma_tui.screens.explorer import ExplorerScreen

        return ExplorerScreen(run.path, self._home.library, device=self._device)


def _import_engine() -> None:
    with lasting():
        import engine.explore.explorer  # noqa: F401  # for its side effect: torch is loaded
        import sigma_tui.screens.explorer  # noqa: F401  # as above
