"""A process that writes nowhere but in its folder."""

import os
import sys
from pathlib import Path
from typing import Any

CHANGING = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}


def keep_inside(folder: Path) -> None:
    """A path that the monkey types leads nowhere else: writing there is denied from now on."""
    inside = (os.path.realpath(folder) + os.sep, "/dev/null", "/proc/self")

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        if not written and event not in CHANGING:
            return
        path = arguments[0]
        if isinstance(path, str | bytes) and not os.path.realpath(os.fsdecode(path)).startswith(
            inside
        ):
            raise PermissionError(13, "Permission denied", os.fsdecode(path))

    sys.addaudithook(look)
