"""`train`: a new run, or one that goes on."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sigma_tui.commands.shared.options import (
    DeviceOption,
    JsonOption,
    LibraryOption,
    SetOption,
    changes_of,
)
from sigma_tui.commands.shared.stopping import StopSignals
from sigma_tui.look.text import clock, visible

if TYPE_CHECKING:
    from engine.home import Home
    from engine.training.events import Event
    from engine.training.train import TrainRequest, TrainResult


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(train)


def train(
    dataset: Annotated[
        str | None, typer.Argument(help="Name of a dataset; see `sigma-tui data list`.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the run.")] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="sigma, sasrec, bert4rec, svae, acvae, dt4sr, mind, comirec-dr, comirec-sa, "
            "bprmf or lightgcn.",
        ),
    ] = "sigma",
    preset: Annotated[str, typer.Option("--preset", help="best, paper, fast, or tuned.")] = "best",
    epochs: Annotated[int | None, typer.Option("--epochs", help="Epochs at most.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of weights and order.")] = None,
    set: SetOption = None,
    resume: Annotated[
        str | None, typer.Option("--resume", help="Go on with this run instead.")
    ] = None,
    device: DeviceOption = "auto",
    gpus: Annotated[
        int,
        typer.Option(
            "--gpus",
            min=1,
            help="GPUs to train on together; with --device cpu as many processes.",
        ),
    ] = 1,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Train a model on a dataset.

    Ctrl-C stops after the step under way; --resume goes on to the same result. --preset tuned takes
    the best settings that `sigma-tui tune` found for this dataset and model.

    Example: sigma-tui train films --preset best --epochs 40 --set dropout=0.4
    """
    from engine.home import Home
    from engine.training.presets import TUNED
    from engine.training.runs import find_run
    from engine.training.train import TrainRequest
    from engine.training.train import resume as go_on
    from engine.training.train import train as start

    home = Home.locate(library)
    if (dataset is None) == (resume is None):
        raise typer.BadParameter("name a dataset to train on, or a run with --resume RUN")
    changes = _changes(set or [], epochs, seed)
    if resume is not None and (changes or name):
        raise typer.BadParameter("a resumed run keeps its name and settings")
    if dataset is not None:
        request = TrainRequest(
            library=home.library,
            runs=home.runs,
            dataset=dataset,
            model=model,
            preset=preset,
            name=name,
            settings=changes,
            device=device,
            processes=gpus,
        )
        if preset == TUNED:
            request = _with_tuned(request, home)
    stopping = StopSignals()
    show: Any = _TerminalProgress() if sys.stderr.isatty() else _PlainProgress()
    with stopping, show:
        if resume is not None:
            result = go_on(
                find_run(home.runs, resume).path,
                library=home.library,
                device=device,
                processes=gpus,
                on_event=show.event,
                should_stop=stopping.asked,
            )
        else:
            result = start(request, on_event=show.event, should_stop=stopping.asked)
    if json:
        from json import dumps

        typer.echo(
            dumps(
                {
                    "run": result.run,
                    "finished": result.finished,
                    "best_epoch": result.best_epoch,
                    "epochs": result.epochs,
                    "seconds": result.seconds,
                    "seconds_per_epoch": result.seconds_per_epoch,
                    "valid": result.valid,
                    "interests_alive": result.interests_alive,
                }
            )
        )
    elif result.finished:
        typer.echo(
            f"{visible(result.run)}: best epoch {result.best_epoch} of {result.epochs}, "
            f"validation Recall@20 {result.valid.get('recall@20', 0):.4f}. "
            f"Next: sigma-tui explore {visible(result.run)}"
        )
    _warn_of_dead_interests(result)
    if not result.finished:
        typer.echo(
            f"Stopped; everything is kept. Go on with: sigma-tui train --resume "
            f"{visible(result.run)}",
            err=True,
        )
        raise typer.Exit(130)


def _with_tuned(request: "TrainRequest", home: "Home") -> "TrainRequest":
    """The request with the best settings of the dataset's studies in place of the preset."""
    from engine.tuning.tuned import tuned

    found = tuned(home.tuning, home.library, request.dataset, request.model)
    typer.echo(
        f"Settings of trial {found.trial.number} of study {visible(found.study)}, validation "
        f"Recall@20 {found.trial.recall:.4f}.",
        err=True,
    )
    return found.applied(request)


def _warn_of_dead_interests(result: "TrainResult") -> None:
    """Says so if less than half of the interests of the best epoch live, and what keeps them."""
    from engine.training.advice import advice_on_interests
    from engine.training.runs import summarise

    advice = advice_on_interests(summarise(result.path))
    if advice:
        typer.echo(advice, err=True)


def _changes(texts: list[str], epochs: int | None, seed: int | None) -> dict[str, object]:
    changes = changes_of(texts)
    if epochs is not None:
        changes["epochs"] = epochs
    if seed is not None:
        changes["seed"] = seed
    return changes


def _epoch_line(event: "Event") -> str:
    parts = " · ".join(
        f"{name.replace('_', ' ')} {value:.4g}"
        for name, value in event["losses"].items()
        if name != "loss"
    )
    alive = event["diagnostics"].get("interests_alive")
    living = "" if alive is None else f" · interests alive {alive:.0f}"
    star = " *" if event["best"] else ""
    return (
        f"epoch {event['epoch']:>3}  Recall@20 {event['valid']['recall@20']:.4f}{star}"
        f"  loss {event['losses']['loss']:.3f} ({parts}){living}"
        f"  {event['seconds']:.1f} s"
    )


class _Beginning:
    """Says once that it is being found where items begin, which may take long."""

    def __init__(self) -> None:
        self._said = False

    def line(self, event: "Event") -> str:
        """What to say of an event; empty where that is nothing."""
        from sigma_tui.training.words import FINDING

        if self._said or event["event"] != "begin":
            return ""
        self._said = True
        return f"{FINDING} …"


class _PlainProgress:
    """A line an epoch on stderr, for pipes and logs, and one for what comes before the first."""

    def __init__(self) -> None:
        self._beginning = _Beginning()

    def __enter__(self) -> "_PlainProgress":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def event(self, event: "Event") -> None:
        if event["event"] == "epoch":
            typer.echo(_epoch_line(event), err=True)
        elif line := self._beginning.line(event):
            typer.echo(line, err=True)


class _TerminalProgress:
    """A bar for the epoch under way, with speed and time left, a line for each that ended, and one
    for what comes before the first."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        from engine.training.course import Course

        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("Recall@20 {task.fields[recall]}"),
            TextColumn("{task.fields[speed]} sequences/s"),
            TimeElapsedColumn(),
            TextColumn("left {task.fields[left]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(
            "", total=1, epoch=1, epochs="?", loss="–", recall="–", speed="–", left="–"
        )
        self._course = Course()
        self._beginning = _Beginning()

    def __enter__(self) -> "_TerminalProgress":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def event(self, event: "Event") -> None:
        from rich.text import Text

        update = self._progress.update
        self._course.tell(event)
        if event["event"] == "start":
            update(self._task, epochs=f"{event['epochs']} at most")
        elif event["event"] == "step":
            update(
                self._task,
                total=event["steps"],
                completed=event["step"],
                epoch=event["epoch"],
                loss=f"{event['loss']:.3f}",
                speed=f"{event['sequences_per_second']:,.0f}",
                left=self._left(),
            )
        elif event["event"] == "epoch":
            best = self._course.standing.best["recall@20"]
            update(self._task, completed=0, recall=f"{best:.4f}")
            self._progress.console.print(Text(_epoch_line(event)), soft_wrap=True)
        elif line := self._beginning.line(event):
            self._progress.console.print(Text(line))

    def _left(self) -> str:
        """Time until the last epoch; an early stop may come before it."""
        left = self._course.standing.seconds_left
        return "–" if left is None else f"≤ {clock(left[1])}"
