"""The log: one JSON object a line in the user's log directory, kept small by rotation.

It says which command ran, how it ended and what was done in between: never arguments, titles,
labels or paths, so that it can be given to anybody.
"""

import contextlib
import json
import logging
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from engine.events import LOG, event
from engine.own_files import make_private
from sigma_tui import __version__

FILE = "sigma-tui.log"
LARGEST = 1 << 20
"""Bytes of a file before the next one is begun."""
OLDER = 3
"""Files that are kept beside the present one."""


class AsJson(logging.Formatter):
    """A record as one line of JSON in ASCII: nothing in it can break the line or a terminal."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def format(self, record: logging.LogRecord) -> str:
        """When, in which process, seconds after its start; then the event and its facts."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": when, "process": record.process}
        line |= {"command": self._command, "seconds": round(record.relativeCreated / 1000, 3)}
        line |= {"event": record.getMessage(), **getattr(record, "facts", {})}
        return json.dumps(line)


def begin_log(folder: Path, command: str, *, verbose: bool) -> None:
    """Keeps a log of this process from now on. verbose: on stderr, too.

    A log that cannot be written is not worth failing for: then there is none.
    """
    handlers: list[logging.Handler] = []
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    with contextlib.suppress(OSError):
        make_private(folder)
        file = folder / FILE
        handlers.append(
            RotatingFileHandler(file, maxBytes=LARGEST, backupCount=OLDER, encoding="ascii")
        )
        file.chmod(0o600)
    for handler in handlers:
        handler.setFormatter(AsJson(command))
    LOG.handlers[:] = handlers
    LOG.setLevel(logging.DEBUG if verbose else logging.INFO)
    LOG.propagate = False
    logging.raiseExceptions = False  # a full disk must not write into the picture of the app
    event("begun", version=__version__)


def is_verbose() -> bool:
    """Whether a person asked for ``--verbose``."""
    return LOG.isEnabledFor(logging.DEBUG)
