"""Home: the datasets and runs that there are, or how to get the first ones."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message

from engine.errors import SigmaError
from sigma_tui.kept.going_on import last_screen
from sigma_tui.kept.session import session_of
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.screens.confirm import ConfirmScreen
from sigma_tui.screens.home_lists import HomeLists
from sigma_tui.screens.removal import dataset_question, run_question
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.training.runs import RunSummary
    from sigma_tui.screens.explorer import ExplorerScreen

PATIENCE = 2.0
"""Seconds that a removal waits for who has the library open, such as a list that is being read."""


class HomeScreen(HomeLists):
    """Opens, trains, imports, removes and compares what is listed."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("home")]

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

    @on(LineList.Chosen, "#runs-lines")
    def _run_chosen(self) -> None:
        self.action_open()

    @on(LineList.Chosen, "#datasets-lines")
    def _dataset_chosen(self) -> None:
        self.action_open()

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
            self._say_where()
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
                with Library.open(self._home.library, write=True, patience=PATIENCE) as library:
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

    def _say_where(self) -> None:
        self.notify("Put the cursor on a run first.", markup=False)

    def action_mark_run(self) -> None:
        """Marks the run under the cursor for a comparison, or no longer."""
        run = self._run
        if run is None:
            self._say_where()
        else:
            self._marked = None if run.path == self._marked else run.path
            self.query_one("#runs-lines", LineList).refresh()

    def action_compare_runs(self) -> None:
        """Compares the run under the cursor with the marked one, or with one that is chosen."""
        run = self._run
        if run is None:
            self._say_where()
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
