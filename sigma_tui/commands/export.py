"""`export`: what the explorer shows of one sequence as a file for others."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from engine.errors import QuestionError, SourceError
from sigma_tui.commands.one_sequence import (
    AppendOption,
    DiversifyOption,
    EditOption,
    HideOption,
    ItemsOption,
    LengthOption,
    OnlyOption,
    Opened,
    SteerOption,
    UserOption,
    WholeOption,
    WithoutOption,
    open_sequence,
)
from sigma_tui.commands.shared.options import DeviceOption, LibraryOption, RunArgument

if TYPE_CHECKING:
    from engine.explore.versions import Version
    from sigma_tui.sharing.formats import Format

LARGEST_SCENARIOS = 4 << 20
"""Bytes of a file of scenarios that are read at most."""


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(export)


def export(
    run: RunArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output", help="The file: its ending, .html, .md, .csv or .json, is the format."
        ),
    ],
    user: UserOption = None,
    items: ItemsOption = None,
    k: LengthOption = 10,
    append: AppendOption = None,
    without: WithoutOption = None,
    edit: EditOption = None,
    steer: SteerOption = None,
    diversify: DiversifyOption = 0.0,
    hide: HideOption = None,
    only: OnlyOption = None,
    whole: WholeOption = False,
    part: Annotated[
        Literal["everything", "sequence", "interests", "timeline", "recommendations"],
        typer.Option("--part", help="One part alone; the HTML report is of everything."),
    ] = "everything",
    scenarios: Annotated[
        Path | None,
        typer.Option("--scenarios", help="JSON with named edits to set beside: an earlier export."),
    ] = None,
    kept: Annotated[
        bool, typer.Option("--kept", help="Set the user's scenarios kept in the app beside it.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a file of that name.")
    ] = False,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
) -> None:
    """Write what the explorer shows of one sequence into a file for others.

    Sequence with its edits, interests, timeline, recommendations, scenarios, run and data. An HTML
    report is one file that needs nothing else and runs nothing.

    Example: sigma-tui export my-run --user 414 --edit remove=3 --output report.html
    """
    from sigma_tui.look.text import visible
    from sigma_tui.sharing.analyse import analyse, facts_of
    from sigma_tui.sharing.formats import analysis_text
    from sigma_tui.sharing.save import TakenError, save

    format = _format(output, part)
    opened = open_sequence(
        run, library, device, user=user, items=items, append=append, without=without, edits=edit,
        whole=whole, k=k, steer=steer, diversify=diversify, hide=hide,
        only=only,
    )  # fmt: skip
    named = (*(_kept(opened) if kept else ()), *(_named(scenarios, opened) if scenarios else ()))
    subject = dataclasses.replace(opened.subject, scenarios=named)
    analysis = analyse(opened.explorer, subject, facts_of(opened.explorer, opened.path))
    try:
        save(output, analysis_text(analysis, part, format), replace=replace)
    except TakenError as error:
        raise TakenError(f"{error} --replace writes over it.") from None
    typer.echo(f"Wrote {visible(str(output))}.")


def _format(output: Path, part: str) -> "Format":
    from sigma_tui.sharing.formats import SUFFIXES, Shared, format_of, formats_of

    format = format_of(output)
    possible = formats_of(cast(Shared, part))
    if format not in possible:
        endings = ", ".join(SUFFIXES[one] for one in possible)
        raise typer.BadParameter(f"a file of {part} ends in one of {endings}")
    return format


def _kept(opened: Opened) -> "tuple[tuple[str, Version], ...]":
    """What was kept in the app under a name."""
    from engine.explore.scenarios import KeptScenarios
    from engine.home import Home

    asked = opened.subject.asked
    found = KeptScenarios(
        Home.locate().scenarios,
        opened.explorer.interactions,
        asked.user,
        asked.version.original,
    )
    return tuple((one.name, one.version) for one in found.read())


def _named(path: Path, opened: Opened) -> "tuple[tuple[str, Version], ...]":
    """Named versions of the sequence, as an export in JSON holds them."""
    import json

    from engine.explore.versions import Version
    from sigma_tui.typed.asking import edited

    try:
        with path.open("rb") as file:
            described: Any = json.loads(file.read(LARGEST_SCENARIOS + 1))
        found = [
            (str(one["name"]), [str(edit) for edit in one["edits"]])
            for one in described["scenarios"]
        ]
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceError(
            f'{path} holds no scenarios. Wanted is JSON: {{"scenarios": [{{"name": "no horror", '
            '"edits": ["remove=3"]}]}'
        ) from None
    original = opened.subject.asked.version.original
    versions = []
    for name, edits in found:
        try:
            versions.append((name, edited(Version.of(original), edits, opened.explorer)))
        except QuestionError as error:
            raise QuestionError(f"scenario {name!r}: {error}") from None
    return tuple(versions)
