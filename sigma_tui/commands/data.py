"""`data`: get, import, list, show and remove datasets."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from sigma_tui.commands.data_get import get
from sigma_tui.commands.dataset_report import (
    facts,
    print_rejects,
    print_report,
    print_rules,
    summary_json,
)
from sigma_tui.commands.shared.options import DatasetArgument, JsonOption, LibraryOption, YesOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display
from sigma_tui.look.text import visible

if TYPE_CHECKING:
    from engine.library.recognition import Format
    from engine.library.roles import Role

data = typer.Typer(help="Datasets in the library.", no_args_is_help=True)
data.command("get")(get)


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


class OrderChoice(StrEnum):
    """What a user's interactions are sorted by."""

    TIME = "time"
    FILE = "file"


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
    order: Annotated[
        OrderChoice,
        typer.Option("--order", help="Of a user's interactions: by time or as in the file."),
    ] = OrderChoice.TIME,
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
        order=order.value,
        replace=replace,
    )
    with step_display("importing") as show:
        report = import_source(
            Home.locate(library).library, request, lambda progress: show(str(progress))
        )
    if json:
        print_json(summary_json(report.summary))
        return
    print_report(report)


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
        print_json({"datasets": [summary_json(dataset) for dataset in datasets]})
        return
    if not datasets:
        typer.echo(
            "The library is empty. Import a file: sigma-tui data import FILE --name NAME, or get a "
            "public dataset: sigma-tui data get ml-1m"
        )
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
        print_json(summary_json(summary))
        return
    print_table(summary.name, [("", "left"), ("", "left")], facts(summary))
    print_rules(summary)
    print_rejects(summary, rejects)


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
