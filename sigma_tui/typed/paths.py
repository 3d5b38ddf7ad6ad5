"""Paths as people type, paste or drop them into a terminal, and how they may go on."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from sigma_tui.look.text import visible

MOST = 200
"""Completions that are told."""
LOOKED_AT = 20_000
"""Entries of a directory that are looked at."""


@dataclass(frozen=True)
class Completion:
    """How a typed path may go on. text: the whole of it. name: its last part, a directory's with a
    slash. size: bytes of a file, None for a directory."""

    text: str
    name: str
    size: int | None


def typed_path(text: str) -> Path | None:
    """The path that somebody means: ~ is the home directory, and what a terminal puts around a
    file that is dropped on it is taken off. None for nothing. Looks at no file."""
    text = undressed(text.strip())
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError:  # no such ~user
        return Path(text)


def undressed(text: str) -> str:
    """A path without what a terminal or a file manager puts around it: quotes, also those that are
    not closed yet, a backslash before a space, file://."""
    text = text.lstrip()
    if text[:1] in ("'", '"'):
        text = text[1:].rstrip().removesuffix(text[0])
    if text.startswith("file://"):
        text = unquote(text.removeprefix("file://"))
    return text.replace("\\ ", " ")


def completions(text: str, outdated: Callable[[], bool]) -> list[Completion]:
    """What the directory of a typed or pasted path holds that begins like it: directories, then
    files.

    Hidden entries only if a dot is typed; capitals do not matter. Names with control characters are
    left out. outdated: asked now and then whether to give up, and nothing is told.
    """
    text = undressed(text)
    folder, _, start = text.rpartition("/")
    written = f"{folder}/" if "/" in text else ""
    wanted = start.casefold()
    found: list[Completion] = []
    try:
        with os.scandir(Path(written or ".").expanduser()) as entries:
            for number, entry in enumerate(entries):
                if number >= LOOKED_AT or outdated():
                    break
                if not entry.name.casefold().startswith(wanted):
                    continue
                if entry.name.startswith(".") and not start.startswith("."):
                    continue
                if visible(entry.name) != entry.name:
                    continue  # as text in a field it would act on the terminal
                found.append(_completion(written, entry))
    except (OSError, ValueError, RuntimeError):  # no such directory, a zero byte, no such ~user
        return []
    found.sort(key=lambda one: (one.size is not None, one.name.casefold(), one.name))
    return [] if outdated() else found[:MOST]


def common_start(found: list[Completion]) -> str:
    """As far as all completions go on alike."""
    first, last = min(one.text for one in found), max(one.text for one in found)
    alike = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[:alike]


def _completion(written: str, entry: "os.DirEntry[str]") -> Completion:
    try:
        if entry.is_dir():
            return Completion(f"{written}{entry.name}/", f"{entry.name}/", None)
        return Completion(written + entry.name, entry.name, entry.stat().st_size)
    except OSError:  # vanished, or a link to nothing
        return Completion(written + entry.name, entry.name, 0)
