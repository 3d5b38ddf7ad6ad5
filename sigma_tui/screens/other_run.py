"""Chooses a run to compare with: those on the same data."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.keys.keymap import shown_key
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column
from sigma_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from engine.training.runs import RunSummary


class OtherRunScreen(ModalScreen[Path | None]):
    """Returns the directory of the other run, or None.

    run: directory of the one. dataset, fingerprint: of its data.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    class Found(Message):
        """The runs there are, or why they cannot be read."""

        def __init__(self, runs: "list[RunSummary]", trouble: str = "") -> None:
            super().__init__()
            self.runs, self.trouble = runs, trouble

    def __init__(self, run: Path, dataset: str, fingerprint: str) -> None:
        super().__init__()
        self._run, self._dataset, self._fingerprint = run, dataset, fingerprint
        self._runs: list[RunSummary] = []

    def compose(self) -> ComposeResult:
        """One list."""
        with Vertical(id="other-run-box") as box:
            box.border_title = "Compare with"
            box.border_subtitle = "enter compares · [@click=screen.dismiss(None)]esc leaves[/]"
            yield LineList(id="other-run-lines", empty="…")

    def on_mount(self) -> None:
        """Runs are read beside the screen."""
        self._read()

    @work(thread=True, exit_on_error=False)
    def _read(self) -> None:
        from engine.training.runs import list_runs

        try:
            # Runs of experiments lie beside each other in a folder of their own.
            folders = dict.fromkeys((self._run.parent.resolve(), Home.locate().runs.resolve()))
            runs = [run for folder in folders for run in list_runs(folder)]
            found = self.Found([run for run in runs if self._may_be_compared(run)])
        except (SigmaError, OSError) as error:
            found = self.Found([], visible(str(error)))
        self.post_message(found)

    def _may_be_compared(self, run: "RunSummary") -> bool:
        other = run.path.resolve() != self._run.resolve()
        return other and run.fingerprint == self._fingerprint and run.best_epoch > 0

    @on(Found)
    def _show(self, found: Found) -> None:
        self._runs = found.runs
        lines = self.query_one(LineList)
        name = visible(self._dataset)
        where = f"There is no other run on {name}"
        scenarios = f"{shown_key(self.app, 'explorer.scenarios')} in the explorer"
        if self._run.parent.resolve() == Home.locate().runs.resolve():
            command = f"sigma-tui train {name} --model sasrec"
            said = (
                f"{where} yet. Train one, such as the baseline sasrec: press "
                f"{shown_key(self.app, 'home.train')} on the home screen (on a command line: "
                f"{command}). Two scenarios of this run can be compared too: {scenarios}."
            )
        else:  # such as the demo's
            said = f"{where}. Two scenarios of this one can be compared: {scenarios}."
        lines.empty = found.trouble or said
        lines.show(len(found.runs), self._draw)

    def _draw(self, index: int, width: int) -> Text:
        run = self._runs[index]
        recall = run.valid.get("recall@20")
        numbers = f" {run.model:<11} R@20 "
        numbers += "  –" if recall is None else f"{recall:.3f}".replace("0.", ".", 1)
        line = Text(" ")
        line.append_text(column(run.name, width - len(numbers) - 3))
        line.append(visible(numbers), "dim")
        return line

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        self.dismiss(self._runs[message.index].path)
