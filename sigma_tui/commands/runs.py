"""`runs`: list, show and remove training runs; and `evaluate` one."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import QuestionError
from sigma_tui.commands.runs_packing import pack, unpack
from sigma_tui.commands.shared.options import (
    DeviceOption,
    JsonOption,
    LibraryOption,
    RunArgument,
    YesOption,
)
from sigma_tui.commands.shared.printing import print_json, print_table
from sigma_tui.look.text import visible

if TYPE_CHECKING:
    from engine.training.runs import RunSummary


class SplitChoice(StrEnum):
    """Which held-out items are to be found."""

    TEST = "test"
    VALID = "valid"


runs = typer.Typer(help="Training runs and their checkpoints.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the group to the executable."""
    runs.command()(pack)
    runs.command()(unpack)
    app.add_typer(runs, name="runs")
    app.command()(evaluate)


@runs.command(name="list")
def list_(
    all_: Annotated[
        bool, typer.Option("--all", help="Also trials of a search that have no epoch yet.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List all runs, newest first.

    Trials that `sigma-tui tune` has begun, and that have no epoch yet, are counted only.

    Example: sigma-tui runs list
    """
    from engine.home import Home
    from engine.training.runs import list_runs
    from engine.tuning.trial_names import of_use

    home = Home.locate()
    there = list_runs(home.runs)
    found = there if all_ else of_use(home.tuning, there)
    left_out = len(there) - len(found)
    told = (
        f"Left out: {left_out} of a search's trials, without an epoch; the same `sigma-tui tune` "
        "goes on with them. `sigma-tui runs list --all` has them too."
        if left_out
        else ""
    )
    if json:
        print_json({"runs": [_as_json(run) for run in found], "left_out": left_out})
        return
    if not found:
        typer.echo("There are no runs yet. Train one: sigma-tui train DATASET")
        if told:
            typer.echo(told)
        return
    print_table(
        "Runs",
        [
            ("name", "left"),
            ("model", "left"),
            ("data", "left"),
            ("state", "left"),
            ("epochs", "right"),
            ("R@20", "right"),
            ("N@20", "right"),
            ("alive", "right"),
        ],
        [
            (
                run.name,
                run.model,
                run.dataset,
                run.state,
                str(run.epochs),
                _metric(run, "recall@20"),
                _metric(run, "ndcg@20"),
                "" if run.interests_alive is None else str(run.interests_alive),
            )
            for run in found
        ],
        note="R@20, N@20: Recall and NDCG on the validation split. alive: interests that live.",
    )
    if told:
        typer.echo(told)


@runs.command()
def show(run: RunArgument, json: JsonOption = False) -> None:
    """Show a run: what it was trained on, how, and how well it did.

    Example: sigma-tui runs show films-sigma-1
    """
    from engine.home import Home
    from engine.training.note import read_note
    from engine.training.runs import find_run

    found = find_run(Home.locate().runs, run)
    if json:
        print_json({**_as_json(found), "note": read_note(found.path)})
        return
    facts = [
        ("model", f"{found.model}, preset {found.preset}"),
        ("dataset", found.dataset),
        ("state", found.state),
        ("created", found.created),
        ("epochs", f"{found.epochs}, the best is {found.best_epoch or 'not known yet'}"),
        *((f"validation {name}", f"{value:.4f}") for name, value in found.valid.items()),
        ("directory", str(found.path)),
    ]
    kept = read_note(found.path)
    if kept:
        facts.append(("note", kept))
    if found.interests_alive is not None:
        facts.insert(5, ("interests alive", str(found.interests_alive)))
    settings = {**found.settings["model"], **found.settings["training"]}
    print_table(found.name, [("", "left"), ("", "left")], facts)
    print_table(
        "Settings", [("", "left"), ("", "left")], [(key, str(settings[key])) for key in settings]
    )


@runs.command()
def stop(run: RunArgument) -> None:
    """Stop a training that runs elsewhere, such as in the app.

    It finishes the step under way and keeps everything; `sigma-tui train --resume` goes on with it.

    Example: sigma-tui runs stop films-sigma-1
    """
    from engine.home import Home
    from engine.training.runs import ask_to_stop, find_run

    ask_to_stop(find_run(Home.locate().runs, run).path)
    typer.echo(f"{visible(run)} will stop after the step under way.")


@runs.command()
def note(
    run: RunArgument,
    text: Annotated[
        str | None, typer.Argument(help="The note; without it the present one is printed.")
    ] = None,
) -> None:
    """Keep a note with a run, or print it. An empty one removes it.

    Example: sigma-tui runs note films-sigma-1 "before the genres were cleaned"
    """
    from engine.home import Home
    from engine.training.note import read_note, write_note
    from engine.training.runs import find_run

    path = find_run(Home.locate().runs, run).path
    if text is None:
        typer.echo(visible(read_note(path)))
    else:
        write_note(path, text)


@runs.command()
def remove(run: RunArgument, yes: YesOption = False) -> None:
    """Remove a run with its checkpoint.

    Example: sigma-tui runs remove films-sigma-1
    """
    from engine.home import Home
    from engine.training.runs import find_run, remove_run

    home = Home.locate()
    found = find_run(home.runs, run)
    if not yes:
        typer.confirm(
            f"Remove run {visible(run)!r} ({found.model} on {visible(found.dataset)}, "
            f"{found.epochs} epochs)?",
            abort=True,
        )
    remove_run(home.runs, run)
    typer.echo(f"Removed {visible(run)}.")


def evaluate(
    run: RunArgument,
    split: Annotated[
        SplitChoice,
        typer.Option(
            "--split",
            help="Which item is held out: test, each user's last; valid, the one before it.",
        ),
    ] = SplitChoice.TEST,
    k: Annotated[str, typer.Option("--k", help="Lengths of lists, by commas.")] = "10,20,40",
    diversify: Annotated[
        float, typer.Option("--diversify", min=0.0, help="Weight of diversity in the order.")
    ] = 0.0,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Evaluate a run on held-out items.

    Every item is ranked for every user, items of the history excluded.

    Example: sigma-tui evaluate films-sigma-1 --split test --k 10,20,40
    """
    try:
        ks = [int(part) for part in k.split(",")]
    except ValueError:
        raise QuestionError(f"--k {k!r} is not a list of numbers such as 10,20,40.") from None
    from engine.evaluation.evaluate import evaluate as evaluate_model
    from engine.explore.explorer import Explorer
    from engine.home import Home
    from engine.sequences.sequence_set import SequenceSet
    from engine.training.runs import find_run

    home = Home.locate(library)
    explorer = Explorer.load(find_run(home.runs, run).path, home.library, device=device)
    sequences = SequenceSet.of(explorer.interactions, next(explorer.model.parameters()).device)
    with _Bar() as bar:
        report = evaluate_model(
            explorer.model,
            sequences,
            explorer.catalogue,
            split.value,
            ks=ks,
            diversity_weight=diversify,
            progress=bar.show,
        )
    if json:
        print_json(
            {
                "run": run,
                "dataset": explorer.interactions.name,
                "split": split.value,
                "users": report.users,
                "missed_by_history": report.missed_by_history,
                "without_categories": report.without_categories,
                "diversify": diversify,
                "seconds": report.seconds,
                "metrics": report.metrics,
            }
        )
        return
    names = dict.fromkeys(name.split("@")[0] for name in report.metrics if "@" in name)
    print_table(
        f"{run} on {explorer.interactions.name}, {split.value} split, {report.users:,} users",
        [("metric", "left"), *((f"@{length}", "right") for length in ks)],
        [
            (name, *(_number(report.metrics.get(f"{name}@{length}")) for length in ks))
            for name in names
        ],
        note=f"MRR {report.metrics['mrr']:.4f} · {report.seconds:.1f} s"
        + (
            f" · {report.missed_by_history:,} targets are in the user's history and can only miss"
            if report.missed_by_history
            else ""
        )
        + (
            f" · {report.without_categories:.1%} of recommended items have no category"
            if report.without_categories
            else ""
        ),
    )


class _Bar:
    """A progress bar on a terminal, nothing else."""

    def __enter__(self) -> "_Bar":
        import sys

        self._progress: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._task = self._progress.add_task("ranking users", total=None)
            self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, done: int, users: int) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=users)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if value < 100 else f"{value:,.1f}"


def _metric(run: "RunSummary", name: str) -> str:
    return f"{run.valid[name]:.4f}" if name in run.valid else "–"


def _as_json(run: "RunSummary") -> dict[str, Any]:
    return {
        "name": run.name,
        "model": run.model,
        "dataset": run.dataset,
        "fingerprint": run.fingerprint,
        "preset": run.preset,
        "state": run.state,
        "created": run.created,
        "best_epoch": run.best_epoch,
        "epochs": run.epochs,
        "valid": run.valid,
        "interests_alive": run.interests_alive,
        "settings": run.settings,
        "path": str(run.path),
    }
