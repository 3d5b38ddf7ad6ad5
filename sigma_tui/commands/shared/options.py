"""Options that several commands share, so that they are spelled and explained alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import SettingsError

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
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Another setting, KEY=VALUE; repeatable.")
]


def changes_of(texts: Sequence[str] | None) -> dict[str, object]:
    """Settings given as KEY=VALUE. Raises SettingsError where the = is missing."""
    changes: dict[str, object] = {}
    for text in texts or ():
        key, separator, value = text.partition("=")
        if not separator:
            raise SettingsError(f"{text!r} is not KEY=VALUE, such as dropout=0.4.")
        changes[key.strip()] = value.strip()
    return changes
