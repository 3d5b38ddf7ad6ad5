"""`data`: import, list, show and remove datasets."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from sigma_tui.options import DatasetArgument, JsonOption, LibraryOption, YesOption
from sigma_tui.printing import print_json, print_table, step_display
from sigma_tui.text import visible

if TYPE_CHECKING:
    from engine.library.importing import ImportReport
    from engine.library.library import Counts, DatasetSummary, Reject
    from engine.library.recognition import Format
    from engine.library.roles import Role

data = typer.Typer(help="Datasets in the library.", no_args_is_help=True)


class FormatChoice(StrEnum):
    """What a source may be taken for."""

    AUTO = "auto"
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    DUCKDB = "duckdb"
    MOVIELENS = "movielens"
    RECBOLE = "recbole"
    SEQUENCES = "sequences"


class DuplicatesChoice(StrEnum):
    """What happens to a second interaction of one user with one item."""

    KEEP = "keep"
    FIRST = "first"
    LAST = "last"


def register(app: typer.Typer) -> None:
    """Adds the group to the executable."""
    app.add_typer(data, name="data")


@data.command(name="import")
def import_(
    source: Annotated[Path, typer.Argument(help="File with the interactions.")],
    name: Annotated[str, typer.Option("--name", help="Name of the dataset in the library.")],
    format: Annotated[
        FormatChoice, typer.Option("--format", help="What the file is; told by content by default.")
    ] = FormatChoice.AUTO,
    items: Annotated[
        Path | None, typer.Option("--items", help="File with titles and categories of items.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Column of the user.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="Column of the item.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of the time.")] = None,
    rating: Annotated[str | None, typer.Option("--rating", help="Column of the rating.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="Column of the title.")] = None,
    categories: Annotated[
        str | None, typer.Option("--categories", help="Column of the categories.")
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help="Table of a DuckDB file.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="SELECT on a DuckDB file.")] = None,
    min_rating: Annotated[
        float | None, typer.Option("--min-rating", help="Keep ratings of at least this.")
    ] = None,
    k_core: Annotated[
        int | None,
        typer.Option("--k-core", help="Keep users and items with this many interactions."),
    ] = None,
    duplicates: Annotated[
        DuplicatesChoice, typer.Option("--duplicates", help="Repeats of an item by a user.")
    ] = DuplicatesChoice.KEEP,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a dataset of that name.")
    ] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Import interactions from a file.

    Example: sigma-tui data import ratings.csv --name films --min-rating 4 --k-core 5
    """
    from engine.home import Home
    from engine.library.importing import ImportRequest, import_source

    named: dict[Role, str | None] = {
        "user": user,
        "item": item,
        "time": time,
        "rating": rating,
        "title": title,
        "categories": categories,
    }
    request = ImportRequest(
        source=source,
        name=name,
        format=None if format is FormatChoice.AUTO else cast("Format", format.value),
        items=items,
        roles={role: column for role, column in named.items() if column},
        table=table,
        query=query,
        min_rating=min_rating,
        k_core=k_core,
        duplicates=duplicates.value,
        replace=replace,
    )
    with step_display("importing") as show:
        report = import_source(
            Home.locate(library).library, request, lambda progress: show(str(progress))
        )
    if json:
        print_json(_summary_json(report.summary))
        return
    _print_report(report)


@data.command(name="list")
def list_(library: LibraryOption = None, json: JsonOption = False) -> None:
    """List the datasets in the library.

    Example: sigma-tui data list
    """
    from engine.home import Home
    from engine.library.library import Library

    with Library.open(Home.locate(library).library) as opened:
        datasets = opened.datasets()
    if json:
        print_json({"datasets": [_summary_json(dataset) for dataset in datasets]})
        return
    if not datasets:
        typer.echo("The library is empty. Import a file: sigma-tui data import FILE --name NAME")
        return
    print_table(
        "Datasets",
        [
            ("name", "left"),
            ("users", "right"),
            ("items", "right"),
            ("interactions", "right"),
            ("mean length", "right"),
            ("imported", "left"),
        ],
        [
            (
                dataset.name,
                f"{dataset.users:,}",
                f"{dataset.items:,}",
                f"{dataset.interactions:,}",
                f"{dataset.avg_length:.1f}",
                dataset.imported_at[:10],
            )
            for dataset in datasets
        ],
    )


@data.command()
def show(name: DatasetArgument, library: LibraryOption = None, json: JsonOption = False) -> None:
    """Show what is known of a dataset.

    Counts, period, how it was imported, and the rows that could not be read.

    Example: sigma-tui data show films
    """
    from engine.home import Home
    from engine.library.library import Library

    with Library.open(Home.locate(library).library) as opened:
        summary = opened.summary(name)
        rejects = opened.rejects(name, limit=10)
    if json:
        print_json(_summary_json(summary))
        return
    print_table(summary.name, [("", "left"), ("", "left")], _facts(summary))
    _print_rules(summary)
    _print_rejects(summary, rejects)


@data.command()
def remove(name: DatasetArgument, yes: YesOption = False, library: LibraryOption = None) -> None:
    """Remove a dataset from the library. Runs trained on it stay.

    Example: sigma-tui data remove films
    """
    from engine.home import Home
    from engine.library.library import Library

    path = Home.locate(library).library
    with Library.open(path) as opened:
        summary = opened.summary(name)
    if not yes:
        size = f"{summary.interactions:,} interactions of {summary.users:,} users"
        typer.confirm(f"Remove {visible(name)!r} with {size}?", abort=True)
    with Library.open(path, write=True) as opened:
        opened.remove(name)
    typer.echo(f"Removed {visible(name)}.")


def _summary_json(summary: "DatasetSummary") -> dict[str, Any]:
    return {
        "name": summary.name,
        "users": summary.users,
        "items": summary.items,
        "interactions": summary.interactions,
        "avg_length": summary.avg_length,
        "max_length": summary.max_length,
        "first": summary.first,
        "last": summary.last,
        "rejected": summary.rejected,
        "options": summary.options,
        "rules": [
            {"rule": rule.text, "before": vars(rule.before), "after": vars(rule.after)}
            for rule in summary.rules
        ],
        "fingerprint": summary.fingerprint,
        "imported_at": summary.imported_at,
    }


def _facts(summary: "DatasetSummary") -> list[tuple[str, str]]:
    roles = ", ".join(f"{role} = {column}" for role, column in summary.options["roles"].items())
    facts = [
        ("users", f"{summary.users:,}"),
        ("items", f"{summary.items:,}"),
        ("interactions", f"{summary.interactions:,}"),
        ("mean length", f"{summary.avg_length:.1f} (longest {summary.max_length:,})"),
        ("density", f"{summary.interactions / max(1, summary.users * summary.items):.4%}"),
        ("period", f"{summary.first} to {summary.last}" if summary.first else "no times"),
        ("source", f"{summary.options['source']} ({summary.options['format']})"),
        ("columns", roles),
        ("order", summary.options["order"]),
        ("rejected", f"{summary.rejected:,} rows"),
    ]
    if summary.options.get("items"):
        facts.insert(8, ("titles from", summary.options["items"]))
    return facts


def _print_report(report: "ImportReport") -> None:
    found = report.recognition
    typer.echo(f"Read as {found.format}: {found.reason}.")
    if report.items_recognition is not None:
        typer.echo(f"Titles and categories from {visible(str(report.items_recognition.path))}.")
    print_table(
        f"Imported {report.summary.name}", [("", "left"), ("", "left")], _facts(report.summary)
    )
    _print_rules(report.summary)
    _print_rejects(report.summary, report.rejects)
    typer.echo(f"\nNext: sigma-tui train {visible(report.summary.name)}")


def _print_rules(summary: "DatasetSummary") -> None:
    print_table(
        "Rules",
        [("rule", "left"), ("users", "right"), ("items", "right"), ("interactions", "right")],
        [
            (
                rule.text,
                *(
                    _change(before, after)
                    for before, after in zip(_counts(rule.before), _counts(rule.after), strict=True)
                ),
            )
            for rule in summary.rules
        ],
    )


def _counts(counts: "Counts") -> tuple[int, int, int]:
    return counts.users, counts.items, counts.interactions


def _change(before: int, after: int) -> str:
    return f"{before:,}" if before == after else f"{before:,} → {after:,}"


def _print_rejects(summary: "DatasetSummary", rejects: "list[Reject] | tuple[Reject, ...]") -> None:
    if not summary.rejected:
        return
    print_table(
        f"{summary.rejected:,} rows could not be read",
        [("file", "left"), ("line", "right"), ("reason", "left"), ("text", "left")],
        [
            (reject.source, str(reject.line or ""), reject.reason, (reject.text or "")[:60])
            for reject in rejects
        ],
        note="" if summary.rejected <= len(rejects) else f"The first {len(rejects)} are shown.",
    )
