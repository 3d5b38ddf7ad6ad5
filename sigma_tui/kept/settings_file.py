"""The settings file as a person left it: changed in one place, with all comments kept."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from engine.errors import SettingsError
from engine.own_files import make_private
from engine.scratch import written_whole
from sigma_tui.kept.settings import MEANINGS, NAMES, Settings

_HEAD = "Settings of sigma-tui. A line without # is in force; the values here are the usual ones."


class SettingsFile:
    """Changes the file at a path; every change is on disk when the method returns.

    All methods raise SettingsError if the file is no TOML or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, value: object) -> None:
        """Puts a setting into the file. name: as ``settings.changed`` takes it, and checked by it:
        ``keymap.explorer.add`` is a key."""
        document = self._document()
        scope, dot, action = name.partition(".")
        if scope == "keymap" and dot:
            self._forget_key(document, action)
            document.setdefault("keymap", tomlkit.table())[action] = value
        else:
            document[name] = value
        self._replace(document)

    def reset(self, name: str | None = None) -> None:
        """Takes a setting out of the file, or all of them."""
        if not self.path.exists():
            return
        document = self._document()
        scope, dot, action = (name or "").partition(".")
        if name is None:
            for known in NAMES:
                document.pop(known, None)
        elif scope == "keymap" and dot:
            self._forget_key(document, action)
        else:
            document.pop(name, None)
        self._replace(document)

    def begin(self) -> None:
        """Makes a file to edit where there is none: every setting as a comment."""
        if self.path.exists():
            return
        document = tomlkit.document()
        document.add(tomlkit.comment(_HEAD))
        for name in NAMES:
            document.add(tomlkit.nl())
            document.add(tomlkit.comment(MEANINGS[name]))
            if name == "keymap":
                document.add(tomlkit.comment("[keymap]"))
                document.add(tomlkit.comment('"explorer.add" = "A"'))
            else:
                usual = tomlkit.item(getattr(Settings(), name))
                document.add(tomlkit.comment(f"{name} = {usual.as_string()}"))
        self._replace(document)

    def _forget_key(self, document: MutableMapping[str, Any], action: str) -> None:
        """Takes the key of an action out, whichever way it was written."""
        table = document.get("keymap")
        if not isinstance(table, MutableMapping):
            document.pop("keymap", None)
            return
        table.pop(action, None)
        scope, _, title = action.partition(".")
        inner = table.get(scope)
        if isinstance(inner, MutableMapping):
            inner.pop(title, None)

    def _document(self) -> tomlkit.TOMLDocument:
        try:
            return tomlkit.parse(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return tomlkit.document()
        except (TOMLKitError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{self.path} is no TOML ({error}), so it is left as it is. "
                "`sigma-tui config edit` opens it."
            ) from None
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be read: {error.strerror}.") from None

    def _replace(self, document: tomlkit.TOMLDocument) -> None:
        try:
            make_private(self.path.parent)
            with written_whole(self.path) as file:
                file.write(tomlkit.dumps(document).encode())
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be written: {error.strerror}.") from None
