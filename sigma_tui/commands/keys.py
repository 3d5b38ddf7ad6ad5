"""`keys`: every key of the app, as it is for you; docs/keys.md is made by it."""

from typing import TYPE_CHECKING, Annotated

import typer

from sigma_tui.commands.shared.options import JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table

if TYPE_CHECKING:
    from sigma_tui.keys.keymap import Keymap

HEAD = """# Keys

Made by `sigma-tui keys --usual --markdown > docs/keys.md` from the one registry of actions,
`sigma_tui/keys/actions.py`. Every action is also in the command palette (ctrl+p) by its title, and
in the help (`?`). Names are for the settings: `sigma-tui config set keymap.explorer.add A` gives an
action another key.
"""
VIM_HEAD = """
## vim's keys

`sigma-tui config set vim true` lets these move about too, wherever no action has the key.

| key | as |
|---|---|
"""


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(keys)


def keys(
    usual: Annotated[
        bool, typer.Option("--usual", help="The keys before any of your own.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a page of Markdown.")] = False,
    json: JsonOption = False,
) -> None:
    """List every key of the app, with the name that settings call it by.

    Example: sigma-tui keys
    """
    from engine.home import Home
    from sigma_tui.kept.settings import FILE, read_settings
    from sigma_tui.keys.actions import ACTIONS
    from sigma_tui.keys.keymap import Keymap, read_keymap
    from sigma_tui.keys.scopes import PLACES

    keymap = Keymap()
    wrong: list[str] = []
    if not usual:
        settings, wrong = read_settings(Home.locate().config / FILE)
        keymap, unusable = read_keymap(settings.keymap, vim=settings.vim)
        wrong += unusable
    if markdown:
        typer.echo(keys_page(keymap), nl=False)
    elif json:
        print_json(
            [
                {
                    "name": action.name,
                    "key": keymap.shown(action),
                    "title": action.title,
                    "place": PLACES[action.scope],
                    "help": action.help,
                }
                for action in ACTIONS
            ]
        )
    else:
        print_table(
            "Keys of sigma-tui",
            [("key", "left"), ("name", "left"), ("what it does", "left"), ("works", "left")],
            [
                (keymap.shown(action), action.name, action.help, PLACES[action.scope])
                for action in ACTIONS
            ],
        )
    for sentence in wrong:
        typer.echo(f"warning: {sentence}", err=True)


def keys_page(keymap: "Keymap") -> str:
    """All keys as a page of Markdown, by the place where they work."""
    from sigma_tui.keys.actions import ACTIONS
    from sigma_tui.keys.keymap import VIM
    from sigma_tui.keys.scopes import PLACES

    parts = [HEAD]
    for scope, place in PLACES.items():
        parts.append(
            f"\n## Keys {place}\n\n| key | what it does | title | name |\n|---|---|---|---|\n"
        )
        parts += [
            f"| {_code(keymap.shown(one))} | {one.help} | {one.title} | `{one.name}` |\n"
            for one in ACTIONS
            if one.scope == scope
        ]
    parts.append(VIM_HEAD)
    parts += [f"| `{key}` | {meaning} |\n" for key, meaning in (*VIM.items(), ("gg", "home"))]
    return "".join(parts)


def _code(key: str) -> str:
    return "`` ` ``" if key == "`" else "`" + key.replace("|", "\\|") + "`"
