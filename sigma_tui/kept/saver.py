"""Files that are written beside the screen, shortly after what they say has changed."""

import threading
from collections.abc import Callable, Hashable

from engine.errors import SigmaError

SOON = 0.2
"""Seconds after the first change, in which further ones are waited for: a key that is held down
changes something thirty times a second."""


class Saver:
    """Does one job a key in a thread of its own; a newer job takes the place of one that waits.

    tell: called from the thread with a sentence when a job fails, once a sentence.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._change = threading.Condition()
        self._jobs: dict[Hashable, Callable[[], None]] = {}
        self._closing = False
        # A daemon: a disk that does not answer must not keep the app from ending.
        self._thread = threading.Thread(target=self._serve, name="saver", daemon=True)
        self._thread.start()

    def save(self, key: Hashable, job: Callable[[], None]) -> None:
        """Has a job done soon."""
        with self._change:
            self._jobs[key] = job
            self._change.notify_all()

    def close(self, seconds: float = 3.0) -> None:
        """Does what waits, at once, and ends the thread; gives up after some seconds."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        self._thread.join(seconds)

    def _serve(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._jobs or self._closing)
                self._change.wait_for(lambda: self._closing, timeout=SOON)
                jobs, self._jobs = self._jobs, {}
            for job in jobs.values():
                self._do(job)
            if self._closing and not self._jobs:
                return

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except (SigmaError, OSError) as error:
            sentence = str(error)
            if sentence not in self._told:
                self._told.add(sentence)
                self._tell(sentence)
