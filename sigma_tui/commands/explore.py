"""`explore`, `demo`, and the app at its home screen."""

from typing import Annotated, Literal

import typer

from sigma_tui.options import DeviceOption, LibraryOption, RunArgument

UserOption = Annotated[str | None, typer.Option("--user", help="The user to begin with.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the executable."""
    app.command()(explore)
    app.command()(compare)
    app.command()(demo)
    app.callback(invoke_without_command=True)(open_home)


def _print_version(wanted: bool) -> None:
    if wanted:
        from sigma_tui import __version__

        typer.echo(f"sigma-tui {__version__}")
        raise typer.Exit


def open_home(
    context: typer.Context,
    device: DeviceOption = "auto",
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Explore what a sequence recommender understood, in the terminal.

    Without a command the app opens at its home screen.
    """
    del version  # its callback has answered
    if context.invoked_subcommand is not None:
        return
    from sigma_tui.lasting import lasting

    with lasting():
        from engine.home import Home
        from sigma_tui.app import SigmaApp
        from sigma_tui.screens.home import HomeScreen

    SigmaApp(HomeScreen(Home.locate(), device=device)).run()


def explore(
    run: RunArgument,
    user: UserOption = None,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
) -> None:
    """Open the explorer on a run.

    Example: sigma-tui explore films-sigma-1 --user 414
    """
    from engine.home import Home
    from engine.training.runs import find_run
    from sigma_tui.app import SigmaApp
    from sigma_tui.screens.explorer import ExplorerScreen

    home = Home.locate(library)
    path = find_run(home.runs, run).path
    SigmaApp(ExplorerScreen(path, home.library, user=user, device=device)).run()


def compare(
    first: RunArgument,
    second: RunArgument,
    user: UserOption = None,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
) -> None:
    """Compare two runs on the same data, side by side.

    Example: sigma-tui compare films-sigma-1 films-sasrec-1 --user 414
    """
    from engine.home import Home
    from engine.training.runs import find_run
    from sigma_tui.app import SigmaApp
    from sigma_tui.screens.compare import CompareScreen

    home = Home.locate(library)
    first_path, second_path = (find_run(home.runs, run).path for run in (first, second))
    SigmaApp(CompareScreen((first_path, second_path), home.library, user=user, device=device)).run()


def demo(
    user: UserOption = None,
    tour: Annotated[
        bool, typer.Option("--tour", help="Be shown around in six steps; esc leaves.")
    ] = False,
    device: DeviceOption = "auto",
) -> None:
    """Open the explorer on the built-in demo.

    Real books, simulated readers; works offline.

    Example: sigma-tui demo --tour
    """
    from engine.home import Home
    from sigma_tui.app import SigmaApp
    from sigma_tui.demo import demo_explorer

    beginning: Literal["start", "offer"] = "start" if tour else "offer"
    SigmaApp(demo_explorer(Home.locate(), device=device, user=user, tour=beginning)).run()
