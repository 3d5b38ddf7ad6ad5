"""`explore`, `demo`, and the app at its home screen."""

from typing import Annotated, Literal

import typer

from sigma_tui.commands.shared.options import DeviceOption, LibraryOption, RunArgument

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
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Print the log while it is written; a report of a defect quotes the error.",
        ),
    ] = False,
) -> None:
    """Explore what a sequence recommender understood, in the terminal.

    Without a command the app opens at its home screen.
    """
    del version  # its callback has answered
    from engine.home import Home
    from sigma_tui.telling.log import begin_log

    begin_log(Home.locate().logs, context.invoked_subcommand or "home", verbose=verbose)
    if context.invoked_subcommand is not None:
        return
    from sigma_tui.beside.lasting import lasting

    with lasting():
        from sigma_tui.opening import open_app
        from sigma_tui.screens.home import HomeScreen

    home = Home.locate()
    open_app(home, lambda settings, _: HomeScreen(home, device=settings.device), device=device)


def explore(
    run: Annotated[
        str | None,
        typer.Argument(help="Name of a run; see `sigma-tui runs list`. Without, the last one."),
    ] = None,
    user: UserOption = None,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
) -> None:
    """Open the explorer on a run.

    Without a run it goes on where you were: the same run, user and edits.

    Example: sigma-tui explore films-sigma-1 --user 414
    """
    from engine.home import Home
    from engine.training.runs import find_run
    from sigma_tui.kept.going_on import last_screen
    from sigma_tui.opening import open_app
    from sigma_tui.screens.explorer import ExplorerScreen

    home = Home.locate(library)
    if run is None:
        open_app(
            home,
            lambda settings, session: last_screen(home, session, settings.device, user=user),
            device=device,
        )
        return
    path = find_run(home.runs, run).path
    open_app(
        home,
        lambda settings, _: ExplorerScreen(path, home.library, user=user, device=settings.device),
        device=device,
    )


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
    from sigma_tui.opening import open_app
    from sigma_tui.screens.compare import CompareScreen

    home = Home.locate(library)
    first_path, second_path = (find_run(home.runs, run).path for run in (first, second))
    paths = (first_path, second_path)
    open_app(
        home,
        lambda settings, _: CompareScreen(paths, home.library, user=user, device=settings.device),
        device=device,
    )


def demo(
    user: UserOption = None,
    tour: Annotated[
        bool, typer.Option("--tour", help="Be shown around in six steps; esc leaves.")
    ] = False,
    device: DeviceOption = "auto",
) -> None:
    """Open the explorer on the built-in demo.

    Real books, simulated readers; works offline. It begins as it is shipped, whatever you did last
    time; `sigma-tui explore` goes on where you were in it.

    Example: sigma-tui demo --tour
    """
    from engine.home import Home
    from sigma_tui.demo import demo_explorer
    from sigma_tui.opening import open_app

    home = Home.locate()
    beginning: Literal["start", "offer"] = "start" if tour else "offer"
    open_app(
        home,
        lambda settings, _: demo_explorer(home, device=settings.device, user=user, tour=beginning),
        device=device,
    )
