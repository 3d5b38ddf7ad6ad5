"""`tune`: searches the settings that validate best on a dataset."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sigma_tui.commands.shared.options import (
    DatasetArgument,
    DeviceOption,
    JsonOption,
    LibraryOption,
    changes_of,
)
from sigma_tui.commands.shared.printing import print_json, print_table
from sigma_tui.commands.shared.stopping import StopSignals
from sigma_tui.commands.tune_progress import PlainProgress, TerminalProgress, settings_line
from sigma_tui.look.text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from engine.tuning.summary import TrialSummary
    from engine.tuning.tune import TuneResult

SHOWN = 10
"""Trials in the table at the end."""


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(tune)


def tune(
    dataset: DatasetArgument,
    budget: Annotated[
        float | None,
        typer.Option("--budget", min=0.0, help="Minutes of the whole search, breaks not counted."),
    ] = None,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Trials in all.")] = None,
    model: Annotated[str, typer.Option("--model", help="As of `sigma-tui train`.")] = "sigma",
    preset: Annotated[
        str, typer.Option("--preset", help="The first trial, which the others vary.")
    ] = "best",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the search and trainings.")] = 0,
    set: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting that is not searched, KEY=VALUE; repeatable."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, help="Trials side by side: one a GPU, or on the CPU.")
    ] = 1,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Search the settings with the best validation Recall@20.

    The first trial is the preset, so the search never ends below it. Trials worse than half of the
    others at the same epoch are stopped, and one whose interests have collapsed is never the best.
    The test split is not read. Ctrl-C keeps everything: the same command goes on, and a larger
    --budget goes on further. Then `sigma-tui train DATASET --preset tuned` uses what was found.

    Example: sigma-tui tune films --budget 60
    """
    if budget is None and trials is None:
        raise typer.BadParameter("say when to end: --budget MINUTES, --trials N, or both")
    from engine.home import Home
    from engine.tuning.tune import TuneRequest
    from engine.tuning.tune import tune as search

    home = Home.locate(library)
    request = TuneRequest(
        library=home.library,
        runs=home.runs,
        studies=home.tuning,
        dataset=dataset,
        model=model,
        preset=preset,
        settings=changes_of(set),
        device=device,
        jobs=jobs,
        budget=None if budget is None else 60 * budget,
        trials=trials,
        seed=seed,
    )
    stopping = StopSignals()
    show: Any = TerminalProgress() if sys.stderr.isatty() else PlainProgress()
    with stopping, show:
        result = search(request, on_progress=show.show, should_stop=stopping.asked)
    if json:
        print_json(_as_json(result, home.runs))
    else:
        _print(result)
    if not result.finished:
        typer.echo("Stopped; everything is kept. The same command goes on.", err=True)
        raise typer.Exit(130)


def _print(result: "TuneResult") -> None:
    best = result.best(SHOWN)
    plan = result.plan
    print_table(
        f"{plan.model} on {plan.dataset}: the best of {len(result.trials)} trials",
        [
            ("trial", "right"),
            ("R@20", "right"),
            ("N@20", "right"),
            ("epochs", "right"),
            ("alive", "right"),
            (f"changes to {_start(result)}", "left"),
        ],
        [
            (
                str(trial.number),
                f"{trial.recall:.4f}",
                f"{trial.ndcg:.4f}",
                str(trial.epochs),
                "" if trial.alive is None else str(trial.alive),
                "none: the preset itself" if trial.preset else settings_line(trial.changes),
            )
            for trial in best
        ],
        note=_counts(result),
    )
    if result.importances:
        print_table(
            "What made trials good",
            [("setting", "left"), ("share", "right")],
            [(name, f"{share:.0%}") for name, share in result.importances.items()],
        )
    if best:
        typer.echo(f"Explore it: sigma-tui explore {visible(best[0].run)}")
        typer.echo(f"Train it anew: {visible(plan.command(best[0].drawn))}")
        typer.echo(
            f"The same in short: sigma-tui train {visible(plan.quoted_dataset)} "
            f"--model {plan.model} --preset tuned"
        )
    elif any(trial.state == "done" for trial in result.trials):
        typer.echo("No trial kept half of its interests alive, so none is the best.", err=True)
    elif result.finished:
        typer.echo("No epoch ended within the budget. A larger --budget goes on.", err=True)


def _start(result: "TuneResult") -> str:
    """What all trials vary."""
    plan = result.plan
    return f"{plan.preset} with {settings_line(plan.decided)}" if plan.decided else plan.preset


def _counts(result: "TuneResult") -> str:
    """How many trials ended how, and how long all took."""
    states = [trial.state for trial in result.trials]
    counts = " · ".join(
        f"{states.count(state)} {state}"
        for state in ("done", "pruned", "failed", "interrupted")
        if state in states
    )
    return (
        f"{counts or 'no trial has ended'} · {result.seconds / 60:.1f} minutes. "
        "R@20, N@20: Recall and NDCG on the validation split. alive: interests that live."
    )


def _as_json(result: "TuneResult", runs: "Path") -> dict[str, Any]:
    best = result.best(SHOWN)
    plan = result.plan
    return {
        "study": plan.name,
        "dataset": plan.dataset,
        "model": plan.model,
        "preset": plan.preset,
        "fixed": plan.decided,
        "finished": result.finished,
        "seconds": result.seconds,
        "best": _trial_as_json(best[0], runs) if best else None,
        "command": plan.command(best[0].drawn) if best else None,
        "trials": [_trial_as_json(trial, runs) for trial in result.trials],
        "importances": result.importances,
    }


def _trial_as_json(trial: "TrialSummary", runs: "Path") -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state,
        "eligible": trial.eligible,
        "run": trial.run if trial.run and (runs / trial.run).is_dir() else None,
        "valid": {"recall@20": trial.recall, "ndcg@20": trial.ndcg},
        "best_epoch": trial.best_epoch,
        "epochs": trial.epochs,
        "seconds": trial.seconds,
        "interests_alive": trial.alive,
        "changes": trial.changes,
        "reason": trial.reason,
    }
