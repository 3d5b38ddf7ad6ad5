"""`data get`: a known public dataset, downloaded and imported."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sigma_tui.commands.dataset_report import print_report, summary_json
from sigma_tui.commands.shared.options import JsonOption, LibraryOption
from sigma_tui.commands.shared.printing import print_json, print_table

if TYPE_CHECKING:
    from engine.library.known_datasets import KnownDataset
    from engine.library.watch import Progress


def get(
    dataset: Annotated[
        str | None, typer.Argument(help="A known dataset; without it they are listed.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name in the library, if not its own.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a dataset of that name.")
    ] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Download a known public dataset and import it by its rules.

    This command alone uses the network. It loads over HTTPS, checks size and checksum before
    anything is read, and goes on where an earlier download broke off.

    Example: sigma-tui data get ml-1m
    """
    from engine.home import Home
    from engine.library.acquisition import acquire
    from engine.library.known_datasets import KNOWN, known_dataset

    if dataset is None:
        if name is not None or replace:
            raise typer.BadParameter("name the dataset to get, such as ml-1m")
        _list(list(KNOWN.values()), json)
        return
    known = known_dataset(dataset)
    home = Home.locate(library)
    downloads = home.cache / "downloads"
    show: Any = _TerminalProgress(known) if sys.stderr.isatty() else _NoProgress()
    try:
        with show:
            report = acquire(
                known,
                downloads=downloads,
                library=home.library,
                name=name,
                replace=replace,
                received=show.received,
                progress=show.progress,
            )
    except KeyboardInterrupt:
        typer.echo("Stopped; what came is kept, and the same command goes on from it.", err=True)
        raise typer.Exit(130) from None
    if json:
        print_json(summary_json(report.summary))
        return
    typer.echo(f"{known.title}. {known.licence} See {known.remote.page}")
    typer.echo(f"The download stays at {downloads / known.file}.")
    print_report(report)


def _list(known: "list[KnownDataset]", json: bool) -> None:
    if json:
        print_json(
            {
                "datasets": [
                    {
                        "name": one.name,
                        "title": one.title,
                        "interactions": one.rows,
                        "bytes": one.remote.size,
                        "min_rating": one.min_rating,
                        "k_core": one.k_core,
                        "licence": one.licence,
                        "source": one.remote.page,
                        "url": one.remote.url,
                        "sha256": one.remote.sha256,
                    }
                    for one in known
                ]
            }
        )
        return
    from urllib.parse import urlsplit

    print_table(
        "Known datasets",
        [
            ("name", "left"),
            ("what", "left"),
            ("interactions", "right"),
            ("size", "right"),
            ("source", "left"),
        ],
        [
            (
                one.name,
                one.title,
                f"{one.rows:,}",
                _megabytes(one.remote.size),
                urlsplit(one.remote.page).hostname or "",
            )
            for one in known
        ],
    )
    for licence in dict.fromkeys(one.licence for one in known):
        names = ", ".join(one.name for one in known if one.licence == licence)
        typer.echo(f"{names}: {licence}")
    typer.echo("\nGet one: sigma-tui data get NAME")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


class _NoProgress:
    """For pipes and logs."""

    def __enter__(self) -> "_NoProgress":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def received(self, count: int) -> None:
        """Shows nothing."""

    def progress(self, progress: "Progress") -> None:
        """Shows nothing."""


class _TerminalProgress:
    """A bar for the download with its speed, then one for the import."""

    def __init__(self, known: "KnownDataset") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[detail]}"),
            console=Console(stderr=True),
        )
        self._size = known.remote.size
        self._download = self._progress.add_task(
            f"downloading {known.name}", total=self._size, detail=""
        )
        self._import = self._progress.add_task("importing", total=1.0, visible=False, detail="")

    def __enter__(self) -> "_TerminalProgress":
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def received(self, count: int) -> None:
        """Moves the first bar."""
        task = self._progress.tasks[self._download]
        speed = f" · {_megabytes(int(task.speed))}/s" if task.speed else ""
        detail = f"{count / 1e6:,.1f} of {_megabytes(self._size)}{speed}"
        self._progress.update(self._download, completed=count, detail=detail)

    def progress(self, progress: "Progress") -> None:
        """Moves the second bar."""
        self._progress.update(
            self._import, completed=progress.done, visible=True, detail=progress.step
        )
