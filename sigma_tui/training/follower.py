"""Follows a training by what lies in its run's directory, beside the screen.

It makes no difference who trains: this app, one that was closed since, or the command line.
"""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import RunError
from engine.training.course import Course, Standing
from engine.training.events import events_since, events_size
from engine.training.note import read_note
from engine.training.runs import (
    MODEL,
    RUN,
    STATE,
    RunSummary,
    ask_to_stop,
    is_asked_to_stop,
    is_training,
    summarise,
)
from sigma_tui.training.process import Started, end_training, how_it_ended, last_words, started

Phase = Literal["starting", "training", "stopping", "done", "stopped", "failed", "killed", "gone"]
"""``killed``: the process ended without a word. ``gone``: the run's directory cannot be read."""

SECONDS_BETWEEN_LOOKS = 0.5
QUIET = 4.0
"""Seconds without a word after which it is said; a step is told twice a second."""
FULL_DISK = 1 << 20
"""Bytes: with less room than this a disk is called full."""


@dataclass(frozen=True)
class Look:
    """What was seen of a run.

    run: as it was described at its start; None while it cannot be read. why: of ``failed``,
    ``killed`` and ``gone``, and of ``stopping`` where that cannot be. kept: whether there is a
    state to go on from. explorable: whether there is a best epoch to explore. silent: seconds since
    anything was heard of a process that is ``training`` or ``stopping``; 0 while that is usual.
    """

    run: RunSummary | None
    phase: Phase
    standing: Standing
    why: str = ""
    note: str = ""
    kept: bool = False
    explorable: bool = False
    silent: int = 0


class Follower:
    """Looks at a run again and again in a thread, and tells what is new.

    run: its directory. tell: called from the thread.
    """

    def __init__(self, run: Path, tell: Callable[[Look], None]) -> None:
        self._path = run
        self._tell = tell
        self._run: RunSummary | None = None
        self._course = Course()
        self._read = 0
        self._told: Look | None = None
        self._heard = time.monotonic()
        self._refusal = ""
        self._stop_wanted = False
        self._wake = threading.Event()
        self._closed = False

    def start(self) -> None:
        """Begins; a daemon does not hold up leaving the app."""
        threading.Thread(target=self._serve, name="follower", daemon=True).start()

    def look(self) -> None:
        """Looks at once."""
        self._wake.set()

    def stop_training(self) -> None:
        """Asks the training to stop, as soon as it can be asked; ends a process that was asked and
        does not answer."""
        self._stop_wanted = True
        self._wake.set()

    def close(self) -> None:
        """Ends the thread; nothing is told any more."""
        self._closed = True
        self._wake.set()

    def _serve(self) -> None:
        while not self._closed:
            self._wake.clear()
            self.look_once()
            self._wake.wait(SECONDS_BETWEEN_LOOKS)

    def look_once(self) -> None:
        """Looks now, in the caller's thread, and tells if there is anything new."""
        look = self._look()
        if look != self._told and not self._closed:
            self._told = look
            self._tell(look)

    def _look(self) -> Look:
        try:
            if not (self._path / RUN).is_file():
                raise RunError(f"the run {self._path.name!r} has been removed.")
            if self._run is None:
                self._run = summarise(self._path)
            phase, why = self._phase()
        except (RunError, OSError) as error:
            return Look(self._run, "gone", self._course.standing, str(error))
        return Look(
            self._run,
            phase,
            self._course.standing,
            why,
            read_note(self._path),
            (self._path / STATE).is_file(),
            (self._path / MODEL).is_file(),
            self._silence() if phase in ("training", "stopping") else 0,
        )

    def _phase(self) -> tuple[Phase, str]:
        self._read_events()
        # The lock is held from before the first event until after the last one. So if it is free
        # and nothing came since, the events tell the whole story.
        while not (training := is_training(self._path)):
            if not self._read_events():
                break
        if training:
            if self._stop_wanted:
                self._refusal = self._stop()
            return ("stopping" if is_asked_to_stop(self._path) else "training"), self._refusal
        ours = started(self._path)
        if ours is not None and events_size(self._path) <= ours.told_before:
            if ours.alive:
                return "starting", ""
            return "failed", self._silent(ours)
        self._stop_wanted = False
        standing = self._course.standing
        if standing.broken_off:
            return "killed", self._silent(ours)
        if standing.state == "done":
            return "done", ""
        if standing.state == "failed":
            return "failed", standing.reason
        said = "" if standing.begins else last_words(self._path)
        return ("failed", said) if said else ("stopped", "")

    def _stop(self) -> str:
        """Asks to stop, or ends what does not answer; returns why that cannot be."""
        self._stop_wanted = False
        if not (self._silence() and is_asked_to_stop(self._path)):
            ask_to_stop(self._path)
            return ""
        try:
            end_training(self._path)
        except RunError as error:
            return str(error)
        return ""

    def _silence(self) -> int:
        """See ``Look``."""
        silent = time.monotonic() - self._heard
        return int(silent) if silent >= QUIET else 0

    def _silent(self, ours: Started | None) -> str:
        """Why a process ended that did not tell it in the events; ours: if this app started it."""
        if shutil.disk_usage(self._path).free < FULL_DISK:
            return "the disk is full."
        said = last_words(self._path)
        code = None if ours is None else ours.process.poll()
        if said or code is None:
            return said or "it was killed, or the machine went down."
        return f"{how_it_ended(code)}."

    def _read_events(self) -> bool:
        """Reads what came since; True if there was anything."""
        before = self._read
        if events_size(self._path) < self._read:  # another run of the same name
            self._course, self._read, self._run = Course(), 0, summarise(self._path)
        while True:
            events, end = events_since(self._path, self._read, steps=False)
            if end == self._read:
                return self._read != before
            self._read, self._heard, self._refusal = end, time.monotonic(), ""
            for event in events:
                self._course.tell(event)
