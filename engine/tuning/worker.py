"""One process of several that search together: what ``jobs.py`` starts.

python -m engine.tuning.worker STUDY LIBRARY RUNS DEVICE JOB JOBS LIMIT

It is told of the end through its standard input, which also ends when its parent does.
"""

import os
import sys
import threading
from pathlib import Path

from filelock import FileLock

from engine.errors import SigmaError
from engine.tuning.study import Study
from engine.tuning.trial import Ended, Place, work

BUDGET_OVER = b"budget"
"""What the parent writes when the time is over; without it, an end means that somebody asked."""


class _Parent:
    """What the parent says, read beside the training. words: the file that it writes to."""

    def __init__(self, words: int) -> None:
        self._words = words
        self._said: Ended = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def ended(self) -> Ended:
        return self._said

    def _listen(self) -> None:
        # Not sys.stdin: a thread that waits in its buffer's lock would hold up the exit.
        self._said = "budget" if os.read(self._words, 64).startswith(BUDGET_OVER) else "asked"


def main(path: str, library: str, runs: str, device: str, job: str, jobs: str, limit: str) -> int:
    """Searches until there are enough trials or the parent ends; the exit status is 1 for an
    error, whose sentence goes to stderr."""
    parent = _Parent(0)
    try:
        with FileLock(Path(path) / f"worker-{job}.lock"):
            study = Study(Path(path), job=int(job), jobs=int(jobs))
            work(
                study,
                Place(Path(library), Path(runs), device),
                limit=int(limit) or None,
                ended=parent.ended,
                tick=lambda: None,
            )
    except SigmaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
