"""The `sigma-tui` executable: registers the command groups and turns our errors into sentences.

Nothing heavy is imported here: `--help` must load neither torch nor Textual nor DuckDB, so every
command imports the engine inside its own body.
"""

import sys

import typer

from engine.errors import SigmaError
from sigma_tui.commands import (
    bench,
    config,
    data,
    doctor,
    explore,
    export,
    keys,
    recommend,
    reproduce,
    runs,
    serve,
    train,
    tune,
)

app = typer.Typer(
    name="sigma-tui",
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its import takes longer than all the rest of --help
    help="Explore what a sequence recommender understood, in the terminal.",
)

for group in (
    explore, data, train, tune, runs, recommend, export, serve, reproduce, bench,
    config, keys, doctor,
):  # fmt: skip
    group.register(app)


def run() -> None:
    """Entry point: exit status 0, 1 (an error the user can mend), 2 (usage), 130 (Ctrl-C)."""
    try:
        app()
    except SigmaError as error:
        from sigma_tui.look.text import visible

        # What a sentence quotes from a file may hold commands to the terminal.
        print(f"error: {visible(str(error))}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
