"""`serve`: the app in a browser on this machine."""

from typing import Annotated

import typer

from engine.errors import SettingsError

MISSING = (
    "serving the app in a browser needs textual-serve, which is not installed. Install it into the "
    'environment of sigma-tui: pip install "textual-serve>=1.1.3,<2"'
)


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(serve)


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Open the built-in demo, with its tour.")
    ] = False,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")
    ] = 8008,
    expose: Annotated[
        bool,
        typer.Option(
            "--expose", help="Let other machines in; goes with a --host that they can reach."
        ),
    ] = False,
) -> None:
    """Open the app in a browser on this machine.

    The address that is printed holds a secret: whoever has it uses the app as you, and can read and
    write your files with it. One browser at a time.

    Example: sigma-tui serve --demo
    """
    try:
        import textual_serve  # noqa: F401  # whether it is there
    except ImportError:
        raise SettingsError(MISSING) from None
    from sigma_tui.serving.address import Address
    from sigma_tui.serving.server import run_server

    run_server(Address.chosen(host, port, expose=expose), ["demo"] if demo else [])
