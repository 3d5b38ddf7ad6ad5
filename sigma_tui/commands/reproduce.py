"""`reproduce`: the paper's experiments, run and set beside its numbers."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import SettingsError
from sigma_tui.commands.shared.cell_progress import cell_progress
from sigma_tui.commands.shared.options import DeviceOption, JsonOption, LibraryOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display
from sigma_tui.commands.shared.stopping import StopSignals
from sigma_tui.look.text import visible

if TYPE_CHECKING:
    from engine.experiments.runner import Outcome
    from engine.experiments.table import Table


class ExperimentChoice(StrEnum):
    """What of the paper is run."""

    TABLE2 = "table2"
    TABLE3 = "table3"
    TABLE4 = "table4"
    TABLE5 = "table5"
    TABLE6 = "table6"
    FIGURE2 = "figure2"
    REPORT = "report"


class ProtocolChoice(StrEnum):
    """Whose settings the models are trained with."""

    PAPER = "paper"
    FAIR = "fair"
    BOTH = "both"


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(reproduce)


def reproduce(
    experiment: Annotated[
        ExperimentChoice, typer.Argument(help="A table or figure of the paper, or a report of all.")
    ],
    protocol: Annotated[
        ProtocolChoice,
        typer.Option("--protocol", help="paper: each model as its own paper; fair: all at best."),
    ] = ProtocolChoice.BOTH,
    datasets: Annotated[
        str | None, typer.Option("--datasets", help="office,beauty,toys,ml-1m or others you have.")
    ] = None,
    models: Annotated[
        str | None, typer.Option("--models", help="Some of the models, by commas.")
    ] = None,
    seeds: Annotated[str, typer.Option("--seeds", help="Seeds, by commas.")] = "0,1,2",
    budget: Annotated[
        float | None,
        typer.Option("--budget", min=0.0, help="Minutes at most; 0 shows what is kept."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder from which missing datasets are imported."),
    ] = None,
    processes: Annotated[
        int,
        typer.Option("--processes", min=1, help="Trainings side by side, each on some cores."),
    ] = 1,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a line a number.")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="File that figure2 or table6 is drawn into.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="File that the report is written into.")
    ] = None,
) -> None:
    """Run an experiment of the paper, and print its numbers beside ours.

    Every training is kept, as the run experiments/NAME, and not run again; the command goes on
    where it was stopped, by Ctrl-C or by the budget. `report` runs nothing: it writes Markdown
    about all that is kept.

    Example: sigma-tui reproduce table2 --datasets office --models sigma,sasrec --budget 60
    """
    from engine.experiments.datasets import datasets_in, import_missing
    from engine.experiments.kept import kept_results
    from engine.experiments.plan import EXPERIMENTS, PROTOCOLS
    from engine.experiments.runner import Place, run_cells
    from engine.experiments.table import tables_of
    from engine.experiments.together import run_together
    from engine.home import Home
    from engine.training.runs import EXPERIMENTS as FOLDER

    if sum((json, markdown, csv)) > 1:
        raise typer.BadParameter("choose one of --json, --markdown and --csv")
    if svg is not None and experiment not in (ExperimentChoice.FIGURE2, ExperimentChoice.TABLE6):
        raise typer.BadParameter("--svg draws figure2 and table6 alone")
    home = Home.locate(library)
    if experiment is ExperimentChoice.REPORT:
        if any(option is not None for option in (datasets, models, budget, data)):
            raise typer.BadParameter("the report is of all that is kept; it takes --output alone")
        _report(home.runs / FOLDER, output)
        return
    if output is not None:
        raise typer.BadParameter("--output is of the report alone")
    wanted = EXPERIMENTS[experiment.value]
    protocols = list(PROTOCOLS) if protocol is ProtocolChoice.BOTH else [protocol.value]
    chosen_models = _parts(models)
    chosen_seeds = _numbers(seeds)
    keys = _parts(datasets)
    wanted.rows_of(chosen_models)
    outcomes: list[Outcome] = []
    stopping = StopSignals()
    if budget != 0:
        asked = keys or wanted.datasets
        if data is not None:
            with step_display("importing") as show:
                import_missing(home.library, data, asked, lambda step: show(str(step)))
        found = datasets_in(home.library, asked)
        keys = list(found)
        place = Place(
            home.library,
            home.runs / FOLDER,
            device,
            _said(experiment, protocol, datasets, models, seeds),
        )
        cells = wanted.cells(protocols, found, chosen_models, chosen_seeds)
        seconds = None if budget is None else 60 * budget
        with stopping, cell_progress() as tell:
            if processes > 1:
                outcomes = run_together(
                    cells, place, processes, budget=seconds, tell=tell, should_stop=stopping.asked
                )
            else:
                outcomes = run_cells(
                    cells, found, place, budget=seconds, tell=tell, should_stop=stopping.asked
                )
    results = kept_results(home.runs / FOLDER)
    tables = tables_of(
        wanted,
        results,
        protocols=protocols,
        datasets=keys,
        models=chosen_models,
        seeds=chosen_seeds,
    )
    if svg is not None:
        _write(svg, _drawn(experiment.value, tables))
    if json:
        from engine.experiments.texts import records

        print_json({"experiment": wanted.name, "cells": _states(outcomes),
                    "numbers": records(tables)})  # fmt: skip
    elif markdown:
        from engine.experiments.texts import markdown as as_markdown
        from engine.experiments.texts import title

        for table in tables:
            typer.echo(f"## {title(table)}\n\n{as_markdown(table)}\n")
    elif csv:
        from engine.experiments.texts import as_csv

        typer.echo(as_csv(tables), nl=False)
    else:
        for table in tables:
            _print(table)
            if experiment is ExperimentChoice.FIGURE2:
                _plot(table)
    _end(outcomes, stopping.asked())


def _parts(text: str | None) -> list[str] | None:
    """Names by commas; None where nothing was said."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise SettingsError(f"{text!r} names nothing; write names by commas.")
    return parts


def _numbers(text: str) -> list[int]:
    try:
        return list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise SettingsError(f"--seeds {text!r} is not a list of numbers such as 0,1,2.") from None


def _said(
    experiment: str, protocol: str, datasets: str | None, models: str | None, seeds: str
) -> str:
    """The command for the record, without what is of this machine alone."""
    words = ["sigma-tui", "reproduce", experiment, "--protocol", protocol]
    for option, value in (("--datasets", datasets), ("--models", models), ("--seeds", seeds)):
        if value is not None:
            words += [option, value]
    return " ".join(words)


def _print(table: "Table") -> None:
    from engine.experiments.texts import heading, ours, papers, seeds, standing_in, title

    metrics = table.experiment.metrics
    rows: list[Sequence[str]] = []
    for line in table.lines:
        entries = [line.entries[metric] for metric in metrics]
        rows.append([line.row.label, seeds(line), *(ours(line, metric) for metric in metrics)])
        if any(entry.paper is not None for entry in entries):
            rows.append(["", "paper", *map(papers, entries)])
    print_table(
        title(table),
        [("", "left"), ("seeds", "right"), *((heading(metric), "right") for metric in metrics)],
        rows,
        note=standing_in(table)
        or "Test split: mean ± s.d. over seeds. paper: its number and ours minus it.",
    )


def _plot(table: "Table") -> None:
    from engine.experiments.figure import plot
    from engine.experiments.texts import heading

    if table.was_run:
        for metric in table.experiment.metrics:
            typer.echo("\n".join([heading(metric), *plot(table, metric)]) + "\n")


def _drawn(experiment: str, tables: "Sequence[Table]") -> str:
    """The picture of an experiment that has one."""
    from engine.experiments import figure, trade_off

    return trade_off.svg(tables) if experiment == "table6" else figure.svg(tables)


def _report(root: Path, output: Path | None) -> None:
    """Writes the report, and its pictures beside it; without a file it is printed."""
    from engine.experiments.kept import kept_results
    from engine.experiments.plan import EXPERIMENTS
    from engine.experiments.report import report
    from engine.experiments.table import tables_of

    results = kept_results(root)
    if output is None:
        typer.echo(report(results, root), nl=False)
        return
    figures = {}
    for name in ("figure2", "table6"):
        tables = tables_of(EXPERIMENTS[name], results)
        if any(table.was_run for table in tables):
            path = output.with_name(f"{output.stem}-{name}.svg")
            _write(path, _drawn(name, tables))
            figures[name] = path.name
    _write(output, report(results, root, figures=figures))
    typer.echo(f"Wrote {visible(str(output))} from {len(results)} kept runs.")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error.strerror}.") from None


def _states(outcomes: "Sequence[Outcome]") -> list[dict[str, Any]]:
    return [
        {"run": outcome.run, "state": outcome.state, "reason": outcome.reason}
        for outcome in outcomes
    ]


def _end(outcomes: "Sequence[Outcome]", asked: bool) -> None:
    """What is left to say and the exit status."""
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    left = sum(outcome.state in ("stopped", "busy") for outcome in outcomes)
    for outcome in failed:
        typer.echo(f"error: {visible(outcome.run)}: {visible(outcome.reason)}", err=True)
    if left:
        typer.echo(
            f"{left} of {len(outcomes)} trainings are left; everything is kept. The same command "
            "goes on.",
            err=True,
        )
    if asked:
        raise typer.Exit(130)
    if failed:
        raise typer.Exit(1)
