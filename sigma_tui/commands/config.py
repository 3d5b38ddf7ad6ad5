"""`config`: the settings from the command line."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import SettingsError
from sigma_tui.commands.shared.options import JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table

EXAMPLE = (
    "Example: sigma-tui config set theme sigma-light\n\n"
    "Example: sigma-tui config set keymap.explorer.add A"
)
commands = typer.Typer(no_args_is_help=True, help="See and change settings.")


def register(app: typer.Typer) -> None:
    """Adds the commands to the executable."""
    app.add_typer(commands, name="config")


def _names(incomplete: str) -> list[str]:
    """Names that begin so, for the shell's completion."""
    from sigma_tui.kept.settings import NAMES
    from sigma_tui.keys.actions import ACTIONS

    keys = [f"keymap.{action.name}" for action in ACTIONS]
    return [name for name in (*NAMES, *keys) if name.startswith(incomplete)]


def _values(context: typer.Context, incomplete: str) -> list[str]:
    """Values of the setting that was named, for the shell's completion."""
    name = context.params.get("name")
    known: dict[str, list[str]] = {"device": ["auto", "cpu", "cuda", "mps"]}
    if name == "theme":
        from sigma_tui.look.looks import theme_names

        known["theme"] = theme_names()
    values = known.get(str(name), ["true", "false"])
    return [value for value in values if value.startswith(incomplete)]


NameArgument = Annotated[
    str, typer.Argument(help="Name of a setting, or keymap.ACTION.", autocompletion=_names)
]


@commands.command()
def path() -> None:
    """Print where the settings file is, or would be.

    Example: sigma-tui config path
    """
    typer.echo(_path())


@commands.command()
def show(json: JsonOption = False) -> None:
    """Print every setting with its value and what it does.

    Example: sigma-tui config show
    """
    from sigma_tui.kept.settings import MEANINGS, Settings, as_plain, read_settings

    settings, wrong = read_settings(_path())
    values = as_plain(settings)
    if json:
        print_json(values)
    else:
        usual = as_plain(Settings())
        print_table(
            "sigma-tui settings",
            [("setting", "left"), ("value", "left"), ("", "left"), ("what it does", "left")],
            [
                (name, _said(value), "" if value == usual[name] else "set", MEANINGS[name])
                for name, value in values.items()
            ],
        )
    _warn([*wrong, *_unusable(settings)])


@commands.command()
def get(name: NameArgument) -> None:
    """Print the value of one setting.

    Example: sigma-tui config get theme
    """
    from sigma_tui.kept.settings import as_plain, changed, read_settings

    settings, wrong = read_settings(_path())
    _warn(wrong)
    scope, dot, action = name.partition(".")
    if scope == "keymap" and dot:
        typer.echo(_key(settings.keymap, action))
        return
    values = as_plain(settings)
    if name not in values:
        changed(settings, name, "")  # raises the error with the nearest name
    typer.echo(_said(values[name]))


@commands.command(name="set", epilog=EXAMPLE)
def set_(
    name: NameArgument,
    value: Annotated[str, typer.Argument(help="Its value.", autocompletion=_values)],
) -> None:
    """Change a setting; comments in the file stay.

    A key is set by the name of its action, which `sigma-tui keys` lists.
    """
    from sigma_tui.kept.settings import as_plain, changed, read_settings
    from sigma_tui.kept.settings_file import SettingsFile

    file = SettingsFile(_path())
    settings, _ = read_settings(file.path)
    new = changed(settings, name, value)
    trouble = [one for one in _unusable(new) if one not in _unusable(settings)]
    if trouble:
        raise SettingsError(trouble[0])
    is_key = name.startswith("keymap.")
    file.write(name, value if is_key else as_plain(new)[name])
    typer.echo(f"{name} = {_said(value if is_key else as_plain(new)[name])}")


@commands.command()
def reset(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of a setting; all without one.", autocompletion=_names),
    ] = None,
) -> None:
    """Give a setting its usual value, or all of them.

    Example: sigma-tui config reset theme
    """
    from sigma_tui.kept.settings import NAMES, changed, read_settings
    from sigma_tui.kept.settings_file import SettingsFile

    if name is not None and name not in NAMES:
        changed(read_settings(_path())[0], name, "")  # raises the error with the nearest name
    SettingsFile(_path()).reset(name)
    typer.echo("All settings are as usual." if name is None else f"{name} is as usual.")


@commands.command()
def edit() -> None:
    """Open the settings file in $VISUAL or $EDITOR.

    Where there is none yet it begins with every setting as a comment.

    Example: sigma-tui config edit
    """
    from sigma_tui.kept.settings import read_settings
    from sigma_tui.kept.settings_file import SettingsFile

    file = SettingsFile(_path())
    file.begin()
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        done = subprocess.run([*shlex.split(editor), str(file.path)], check=False)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the editor {editor!r} cannot be started ({error}): set EDITOR, or edit {file.path}."
        ) from None
    if done.returncode:
        raise SettingsError(f"the editor {editor!r} ended with status {done.returncode}.")
    settings, wrong = read_settings(file.path)
    _warn([*wrong, *_unusable(settings)])


def _path() -> Path:
    from engine.home import Home
    from sigma_tui.kept.settings import FILE

    return Home.locate().config / FILE


def _unusable(settings: Any) -> list[str]:
    """Sentences about values that only the app knows to be wrong: themes and keys."""
    from sigma_tui.keys.keymap import read_keymap
    from sigma_tui.look.looks import theme_names

    wrong = list(read_keymap(settings.keymap)[1])
    if settings.theme not in theme_names():
        wrong.append(f"there is no theme {settings.theme!r}; there are {', '.join(theme_names())}.")
    return wrong


def _key(keymap: Any, action: str) -> str:
    """The key of an action as it is. Raises SettingsError if there is no such action."""
    from sigma_tui.keys.actions import ACTIONS
    from sigma_tui.keys.keymap import read_keymap

    known = {one.name: one for one in ACTIONS}
    if action not in known:
        _, wrong = read_keymap({action: "A"})
        raise SettingsError(wrong[0])
    return read_keymap(keymap)[0].shown(known[action])


def _said(value: object) -> str:
    """A value as a person types it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{name} {key}" for name, key in value.items()) or "usual"
    return str(value)


def _warn(sentences: list[str]) -> None:
    for sentence in sentences:
        typer.echo(f"warning: {sentence}", err=True)
