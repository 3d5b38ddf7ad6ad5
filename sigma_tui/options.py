"""Options that several commands share, so that they are spelled and explained alike."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON with stable keys.")]
LibraryOption = Annotated[
    Path | None, typer.Option("--library", help="Another library file than the usual one.")
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
RunArgument = Annotated[str, typer.Argument(help="Name of a run; see `sigma-tui runs list`.")]
DatasetArgument = Annotated[
    str, typer.Argument(help="Name of a dataset; see `sigma-tui data list`.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
