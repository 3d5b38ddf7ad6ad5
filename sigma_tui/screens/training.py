"""The screen of a training: it is followed while it runs, wherever that is, and seen afterwards."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from engine.errors import SigmaError
from engine.home import Home
from engine.training.course import Point
from engine.training.note import write_note
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.screens.note import NoteScreen
from sigma_tui.training.follower import Follower, Look
from sigma_tui.training.process import start_training
from sigma_tui.training.words import MARKS
from sigma_tui.widgets.curves_pane import CurvesPane, NamedCurve
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.standing_pane import StandingPane

METRICS = {"recall@20": "Recall@20", "ndcg@20": "NDCG@20", "mrr": "MRR"}
ALIVE = ("diagnostics", "interests_alive")
WAITS = "The first point comes when the first epoch has ended."


class TrainingScreen(Screen[None]):
    """Follows one run. run: its directory. device: what is trained and explored on."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("training")]

    class Seen(Message):
        """The run was looked at and something is new."""

        def __init__(self, look: Look) -> None:
            super().__init__()
            self.look = look

    class Refused(Message):
        """Something that was asked for cannot be done."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, home: Home, run: Path, *, device: str = "auto") -> None:
        super().__init__()
        self._home = home
        self._path = run
        self._device = device
        self._look: Look | None = None
        self._follower = Follower(run, self._tell)

    @property
    def look(self) -> Look | None:
        """What is on the screen; None until the run was looked at."""
        return self._look

    def compose(self) -> ComposeResult:
        """Where it stands; validation and loss side by side."""
        yield OneLine(id="header")
        yield StandingPane(id="standing")
        with Horizontal(id="curves"):
            yield CurvesPane(id="valid-curves", title="Validation", empty=WAITS)
            yield CurvesPane(id="loss-curves", title="Loss", empty=WAITS)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begins to look."""
        self._header()
        self._follower.start()

    def on_unmount(self) -> None:
        """Ends looking; the training goes on."""
        self._follower.close()

    def on_screen_resume(self) -> None:
        """Something may have changed under another screen."""
        self._follower.look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What makes no sense now is neither in the footer nor in the palette."""
        phase = None if self._look is None else self._look.phase
        if action == "stop":
            silent = self._look is not None and self._look.silent > 0
            return phase in ("starting", "training") or (phase == "stopping" and silent)
        if action == "go_on":
            return phase in ("stopped", "failed", "killed")
        if action == "explore_run":
            return self._look is not None and self._look.explorable and phase != "gone"
        if action in ("train_again", "note"):
            return phase not in (None, "gone")
        return super().check_action(action, parameters)

    def _tell(self, look: Look) -> None:
        """Called from the thread that follows."""
        self.post_message(self.Seen(look))

    @on(Seen)
    def _show(self, message: Seen) -> None:
        before, look = self._look, message.look
        self._look = look
        self._header()
        self.query_one(StandingPane).show_look(look)
        curves, best = look.standing.curves, look.standing.best_epoch
        valid = [
            NamedCurve(METRICS.get(name, name), points)
            for (part, name), points in curves.items()
            if part == "valid"
        ]
        if ALIVE in curves and look.run is not None and look.run.interests:
            count = look.run.interests
            valid.append(NamedCurve(f"interests alive of {count}", curves[ALIVE], float(count)))
        losses = _losses(
            {name: points for (part, name), points in curves.items() if part == "losses"}
        )
        self.query_one("#valid-curves", CurvesPane).show_curves(valid, best)
        self.query_one("#loss-curves", CurvesPane).show_curves(losses, best)
        if before is None or _offered(before) != _offered(look):
            self.refresh_bindings()

    def _header(self) -> None:
        line = Text(" sigma-tui ", style="bold", no_wrap=True, overflow="ellipsis", end="")
        line.append(f"  {visible(self._path.name)}", "bold")
        if self._look is not None:
            line.append(f"   {MARKS[self._look.phase]}")
            run = self._look.run
            if run is not None:
                line.append(f"   {visible(run.model)} on {visible(run.dataset)}")
                line.append(f" · preset {visible(run.preset)}", "dim")
        self.query_one("#header", OneLine).say(line)

    @on(Refused)
    def _refuse(self, message: Refused) -> None:
        self.notify(visible(message.why), severity="error", markup=False, timeout=12)

    def action_stop(self) -> None:
        """Asks the training to stop; again to end one that does not answer."""
        self._follower.stop_training()

    def action_go_on(self) -> None:
        """Starts a process that goes on with the run."""
        self._start()

    @work(thread=True, exclusive=True, group="start", exit_on_error=False)
    def _start(self) -> None:
        try:
            start_training(self._path, self._home.library, self._device)
        except SigmaError as error:
            self.post_message(self.Refused(str(error)))
        self._follower.look()

    def action_explore_run(self) -> None:
        """Explores the best epoch so far."""
        from sigma_tui.screens.explorer import ExplorerScreen

        look = self._look
        if look is None or not look.explorable:
            return
        under_way = look.phase in ("training", "stopping")
        note = f"epoch {look.standing.best_epoch}, best so far" if under_way else ""
        self.app.push_screen(
            ExplorerScreen(self._path, self._home.library, device=self._device, note=note)
        )

    def action_train_again(self) -> None:
        """The same choices, to be changed."""
        from sigma_tui.screens.train import TrainScreen

        if self._look is not None and self._look.run is not None:
            self.app.push_screen(TrainScreen(self._home, like=self._look.run, device=self._device))

    def action_note(self) -> None:
        """Asks for the note."""
        note = "" if self._look is None else self._look.note

        def keep(text: str | None) -> None:
            if text is not None:
                self._keep_note(text)

        self.app.push_screen(NoteScreen(note), keep)

    @work(thread=True, group="note", exit_on_error=False)
    def _keep_note(self, text: str) -> None:
        try:
            write_note(self._path, text)
        except SigmaError as error:
            self.post_message(self.Refused(str(error)))
        self._follower.look()


def _losses(curves: Mapping[str, tuple[Point, ...]]) -> list[NamedCurve]:
    """The loss and its parts; one curve where the loss has one part alone and is that."""
    named = [
        NamedCurve(name.replace("_", " ").replace("kl", "KL"), points)
        for name, points in curves.items()
    ]
    if len(named) == 2 and named[0].points == named[1].points:
        whole, part = named
        return [NamedCurve(f"{whole.name}: {part.name}", whole.points)]
    return named


def _offered(look: Look) -> tuple[object, ...]:
    """What the keys that make sense depend on."""
    return look.phase, look.explorable, look.silent > 0
