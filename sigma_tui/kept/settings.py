"""Settings: what a person may decide about the app, kept in a TOML file that they may edit.

Light: read before the first picture. A file that is wrong in places is used where it is right, and
each wrong place is told as a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from engine.errors import SettingsError

Device = Literal["auto", "cpu", "cuda", "mps"]
SHORTEST_LIST, LONGEST_LIST = 5, 100
FILE = "settings.toml"


@dataclass(frozen=True)
class Settings:
    """Every setting with its usual value.

    theme: name of a theme. vim: whether vim's keys move about too. k: recommendations in a new
    explorer's list. device: that models run on, where no ``--device`` says otherwise. compact:
    panes without side borders. mouse: whether the app takes the mouse; without it the terminal
    selects text. restore: whether a run opens with the user and the edits it was left with.
    late_frames: whether what holds up the screen is written to a log. keymap: keys by names of
    actions.
    """

    theme: str = "sigma-dark"
    vim: bool = False
    k: int = 10
    device: Device = "auto"
    compact: bool = False
    mouse: bool = True
    restore: bool = True
    late_frames: bool = False
    keymap: Mapping[str, object] = field(default_factory=dict)


MEANINGS: Mapping[str, str] = {
    "theme": "Colours of the app; f6 shows each.",
    "vim": "h j k l, gg, G, ctrl+d and ctrl+u move about too, where no action has the key.",
    "k": f"Recommendations in a new explorer's list, {SHORTEST_LIST} to {LONGEST_LIST}.",
    "device": "What models run on, where no --device says otherwise.",
    "compact": "Panes without borders at their sides, for small terminals.",
    "mouse": "The app takes the mouse; without it the terminal selects text. From the next start.",
    "restore": "A run opens with the user and the edits that it was left with.",
    "late_frames": "What holds up the screen over 16 ms goes to a log. From the next start.",
    "keymap": "Keys of your own, by names of actions: `sigma-tui keys` lists them.",
}
"""A sentence about each setting."""
NAMES = tuple(one.name for one in fields(Settings))


def read_settings(path: Path) -> tuple[Settings, list[str]]:
    """What the file says, and a sentence about everything in it that cannot be used."""
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings(), []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return Settings(), [f"{path} is no TOML ({error}), so the usual settings are used."]
    except OSError as error:
        return Settings(), [
            f"{path} cannot be read ({error.strerror}): the usual settings are used."
        ]
    settings, wrong = Settings(), []
    for name, value in table.items():
        try:
            settings = changed(settings, name, value)
        except SettingsError as error:
            wrong.append(f"{path.name}: {error}")
    return settings, wrong


def changed(settings: Settings, name: str, value: object) -> Settings:
    """Settings with another value. value: as TOML has it, or as a person types it.

    Raises SettingsError if there is no such setting or it cannot have the value.
    """
    if name == "keymap" and isinstance(value, Mapping):
        return replace(settings, keymap=_flat(value))
    scope, dot, action = name.partition(".")
    if scope == "keymap" and dot:
        return replace(settings, keymap={**settings.keymap, action: value})
    if name not in NAMES or name == "keymap":
        near = get_close_matches(name, NAMES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(NAMES)}."
        raise SettingsError(f"there is no setting {name!r}; {hint}")
    fitting: Any = _fitting(name, value)
    return replace(settings, **{name: fitting})


def settings_of(app: object) -> Settings:
    """The settings of an app; the usual ones where it has none."""
    settings = getattr(app, "settings", None)
    return settings if isinstance(settings, Settings) else Settings()


def as_plain(settings: Settings) -> dict[str, Any]:
    """All settings by name, as TOML and JSON have them."""
    return {name: getattr(settings, name) for name in NAMES}


def _fitting(name: str, value: object) -> str | int | bool:
    """The value in the setting's own type. Raises SettingsError."""
    usual = getattr(Settings(), name)
    if isinstance(usual, bool):
        if isinstance(value, bool):
            return value
        known = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
        if isinstance(value, str) and value.casefold() in known:
            return known[value.casefold()]
        raise SettingsError(f"{name} is true or false, not {value!r}.")
    if isinstance(usual, int):
        typed = isinstance(value, str) and value.isascii() and value.isdecimal()
        number = int(str(value)[:9]) if typed else value
        if type(number) is int and SHORTEST_LIST <= number <= LONGEST_LIST:  # true is no number
            return number
        raise SettingsError(
            f"{name} is a number from {SHORTEST_LIST} to {LONGEST_LIST}, not {value!r}."
        )
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{name} is a name, not {value!r}.")
    if name == "device" and value not in get_args(Device):
        raise SettingsError(f"device is one of {', '.join(get_args(Device))}, not {value!r}.")
    return value


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """TOML reads ``explorer.add = "A"`` as a table in a table: names with dots again."""
    flat: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
