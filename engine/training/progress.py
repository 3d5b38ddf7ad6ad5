"""What a training tells of itself while it runs, and the files it tells it to."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.own_files import check_plain
from engine.training.events import EVENTS, Event

Listener = Callable[[Event], None]

SECONDS_BETWEEN_STEPS = 0.5
"""Step events come at most this often."""


class EventLog:
    """The append-only events.jsonl of a run, and whoever listens beside it."""

    def __init__(self, run: Path, listener: Listener | None) -> None:
        check_plain(run / EVENTS)
        self._file = (run / EVENTS).open("ab+")
        self._listener = listener
        self._end_torn_line()

    def _end_torn_line(self) -> None:
        """After a crash the last line may lack its end; a new event must not join it."""
        size = self._file.seek(0, os.SEEK_END)
        if size:
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def tell(self, event: Event) -> None:
        """Writes one event and passes it on."""
        self._file.write(json.dumps(event).encode() + b"\n")
        self._file.flush()
        if self._listener is not None:
            self._listener(event)

    def close(self) -> None:
        """Closes the file."""
        with suppress(OSError):  # of an event that ``tell`` could not write, and raised
            self._file.close()


@dataclass
class EpochLog:
    """Running sums over one epoch: of the parts of the loss, and of what was trained on.

    steps: of the epoch that are summed. counted: of them, those of this process. finite: of these,
    those up to which the summed loss is a number.

    Sums stay on the device until they are read, so that steps need not wait for each other.
    """

    sums: dict[str, Any]
    steps: int = 0
    seconds: float = 0.0
    counted: int = 0
    finite: Any = None

    def means(self) -> dict[str, float]:
        """Mean of each part of the loss."""
        return {name: float(total) / max(1, self.steps) for name, total in self.sums.items()}
