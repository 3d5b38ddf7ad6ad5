"""Optuna's journal of a study: a file of JSON lines that several processes append to.

Optuna pickles snapshots of a journal where the backend can keep them; a file cannot, so nothing is
pickled or unpickled here.
"""

import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock
from optuna.storages.journal import JournalFileBackend


class Journal(JournalFileBackend):
    """Optuna's file of lines, made safe against processes that are killed while they write.

    Optuna's own locks stay behind with a killed process, and half a line would spoil the next one;
    here the system ends the lock, and half a line is cut off before anything is written behind it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._path = path
        self._turn = FileLock(path.with_name(f"{path.name}.lock"))

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Appends whole lines and returns when they are on the disk."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self._turn, self._path.open("rb+") as file:
            _cut_half_a_line(file)
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())


def _cut_half_a_line(file: BinaryIO) -> None:
    """Truncates a file behind its last whole line, where it is left."""
    end = file.seek(0, os.SEEK_END)
    while end and file.seek(end - 1) >= 0 and file.read(1) != b"\n":
        end -= 1
    file.seek(end)
    file.truncate()
