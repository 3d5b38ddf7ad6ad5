"""`runs pack` and `runs unpack`: a run and its data in one file."""

from pathlib import Path
from typing import Annotated

import typer

from sigma_tui.commands.shared.options import LibraryOption, RunArgument
from sigma_tui.commands.shared.printing import step_display
from sigma_tui.look.text import visible


def pack(
    run: RunArgument,
    output: Annotated[
        Path | None, typer.Option("--output", help="The file to write; NAME.sigma.zip by itself.")
    ] = None,
    library: LibraryOption = None,
) -> None:
    """Pack a run and the data it was trained on into one file, for another machine.

    Whoever gets the file can read all of the data in it.

    Example: sigma-tui runs pack films-sigma-1
    """
    from engine.bundles.manifest import SUFFIX
    from engine.bundles.pack import pack_run
    from engine.home import Home
    from engine.training.runs import find_run

    home = Home.locate(library)
    found = find_run(home.runs, run)
    path = output or Path(f"{found.path.name}{SUFFIX}")
    size = pack_run(found, home.library, path)
    typer.echo(f"Wrote {visible(str(path))}, {size / 2**20:,.1f} MiB, with all data of "
               f"{visible(found.dataset)}.")  # fmt: skip
    typer.echo(f"Next, where it is to be explored: sigma-tui runs unpack {visible(path.name)}")


def unpack(
    bundle: Annotated[Path, typer.Argument(help="A file of `sigma-tui runs pack`.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Another name for the run than it had.")
    ] = None,
    library: LibraryOption = None,
) -> None:
    """Take in a packed run, and its data unless the library has the same.

    Example: sigma-tui runs unpack films-sigma-1.sigma.zip
    """
    from engine.bundles.unpack import unpack_run
    from engine.home import Home

    home = Home.locate(library)
    with step_display("unpacking") as show:
        made = unpack_run(bundle, home.library, home.runs, name, lambda step: show(str(step)))
    data = visible(made.run.dataset)
    typer.echo(f"Its data is the dataset {data} now." if made.imported else
               f"Its data is here already, as the dataset {data}.")  # fmt: skip
    typer.echo(f"Next: sigma-tui explore {visible(made.run.name)}")
