"""Names that a person gave to the categories of a run, kept in its directory.

The file may come with a run from somebody else: whatever it holds, it can be no more than short
texts for categories that there are.
"""

import json
from pathlib import Path
from typing import Any

from engine.errors import RunError
from engine.training.runs import write_json

NAMES = "names.json"
VERSION = 1
LONGEST_NAME = 60
"""Characters of a name."""
LARGEST = 1 << 16
"""Bytes of a file of names at most."""


class OwnNames:
    """The names of one run's categories, by number.

    path: of the file; None for a model that is from no directory. categories: K.
    names: those that are given. trouble: why a file that is there was not read, or "".
    """

    def __init__(self, path: Path | None, categories: int) -> None:
        self._path, self._categories = path, categories
        self.names: dict[int, str] = {}
        self.trouble = ""
        try:
            self.names = self._read()
        except RunError as error:
            self.trouble = str(error)

    def give(self, category: int, name: str) -> None:
        """Gives a category a name and writes the file; an empty one takes its own name away.

        Raises RunError if the file cannot be written, or holds what is not ours to overwrite.
        """
        if self._path is None:
            raise RunError("this model is from no run directory, so no name can be kept.")
        names = self._read()  # another app may have named something meanwhile
        names.pop(category, None)
        if tidy(name):
            names[category] = tidy(name)
        try:
            write_json(
                self._path,
                {"version": VERSION, "names": {str(k): names[k] for k in sorted(names)}},
            )
        except OSError as error:
            reason = error.strerror or error
            raise RunError(f"the name cannot be kept in {self._path}: {reason}.") from None
        self.names, self.trouble = names, ""

    def _read(self) -> dict[int, str]:
        path = self._path
        try:
            if path is None or not path.is_file():
                return {}
            with path.open("rb") as file:
                text = file.read(LARGEST + 1)
            kept: Any = json.loads(text) if len(text) <= LARGEST else None
            version = kept["version"]
            names = {str(key): str(name) for key, name in kept["names"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise RunError(
                f"{path} is no whole file of names. Remove it to name categories anew."
            ) from None
        if version != VERSION:
            raise RunError(
                f"{path} has format {str(version)[:20]}, this program reads format {VERSION}. "
                "Update sigma-tui."
            )
        known = {str(category): category for category in range(self._categories)}
        return {
            known[key]: tidy(name) for key, name in names.items() if key in known and tidy(name)
        }


def tidy(name: str) -> str:
    """A name on one line, not too long, of characters that can be written."""
    whole = name.encode("utf-8", "ignore").decode("utf-8")
    return " ".join(whole.split())[:LONGEST_NAME].strip()
