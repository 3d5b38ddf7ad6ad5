"""Trainings as processes of their own, which outlive the app.

They are not started by asyncio: its transport kills the process when it is closed or collected,
that is when the app ends. Nobody needs to hold on to them: what they do is in the run's directory.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import RunError
from engine.own_files import check_plain
from engine.training.events import events_size
from engine.training.lost import lost_device
from engine.training.runs import SAID, is_training, process_of, trained_by

NICENESS = 5
"""The screen goes before the training where both want the processor."""
LAST_SAID = 4_000
"""Bytes of what a process said that are read."""


@dataclass(frozen=True)
class Started:
    """A process that this app started. told_before: bytes of the run's events at that moment."""

    process: "subprocess.Popen[bytes]"
    told_before: int

    @property
    def alive(self) -> bool:
        """Whether it runs still."""
        return self.process.poll() is None


_STARTED: dict[Path, Started] = {}
_one_at_a_time = threading.Lock()


def start_training(run: Path, library: Path, device: str) -> None:
    """Starts the installed command in a session of its own, without a terminal, on a run that
    exists; it begins or goes on. Takes some milliseconds: call it beside the screen.

    A second start while the first has not told anything yet changes nothing. Raises RunError if the
    process cannot be started, or another one trains the run.
    """
    with _one_at_a_time:
        before = _STARTED.get(run)
        if before is not None and before.alive and events_size(run) <= before.told_before:
            return
        if is_training(run):
            raise RunError(f"run {run.name!r} is being trained already.")
        _STARTED[run] = _started(run, library, device)


def _started(run: Path, library: Path, device: str) -> Started:
    try:
        told_before = events_size(run)
        check_plain(run / SAID)
        with (run / SAID).open("wb") as said:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "sigma_tui", "train", "--resume", run.name),
                    *("--library", str(library.absolute()), "--device", device),
                ],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
    except OSError as error:
        raise RunError(f"the training of run {run.name!r} cannot be started: {error}.") from None
    with suppress(OSError, AttributeError):  # Windows has none
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    return Started(process, told_before)


def end_training(run: Path) -> None:
    """Ends the process that trains a run at once, as one that does not answer; what it kept is
    whole. Raises RunError if it is not known to be one of ours on this machine."""
    ours = _STARTED.get(run)
    if ours is not None and ours.alive:
        ours.process.kill()
        return
    process = process_of(run)
    try:
        if process is None or b"sigma" not in Path(f"/proc/{process}/cmdline").read_bytes():
            raise OSError
        os.kill(process, signal.SIGKILL)
    except OSError:
        raise RunError(
            f"{trained_by(run)} does not answer, and cannot be ended from here. End it yourself; "
            "what it kept is whole."
        ) from None


def started(run: Path) -> Started | None:
    """The process that this app started last on a run."""
    return _STARTED.get(run)


def running() -> list[str]:
    """Names of the runs whose processes this app started and which run still."""
    return [run.name for run, one in _STARTED.items() if one.alive]


def last_words(run: Path) -> str:
    """The error that the process of a run said last, without our mark; empty if none."""
    try:
        with (run / SAID).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_SAID))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    lines = [line.strip() for line in lines if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if errors:
        return errors[-1]
    if lost := lost_device("\n".join(lines), run.name):
        return lost
    # A traceback ends with the exception; anything else that was said is progress.
    return lines[-1] if lines and re.match(r"[\w.]+(Error|Exception|Exit)\b", lines[-1]) else ""


def how_it_ended(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"it ended with status {code}"
    try:
        return f"it was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was killed by signal {-code}"
