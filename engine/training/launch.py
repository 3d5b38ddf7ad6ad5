"""Training in several processes: starts them by torchrun, follows what the leader writes.

The processes meet over the loopback address of this machine alone.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.errors import TrainingError
from engine.training.device import threads_each
from engine.training.events import Event, events_since, events_size
from engine.training.progress import Listener

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_TO_END = 60.0
"""A process that was asked to stop finishes its step and saves; this long is waited for it."""
ERROR_LINES = 3


def train_together(
    run: Path,
    *,
    library: Path,
    device: str,
    processes: int,
    on_event: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """Trains a run that exists, from its saved state if it has one, until its end or a stop.

    device: cpu, or cuda for one GPU a process. on_event, should_stop: as of ``train``.
    Raises TrainingError if a process fails; what was saved by then is kept.
    """
    seen = events_size(run)
    with tempfile.TemporaryFile() as said, _started(run, library, device, processes, said) as group:
        ended, stopping = None, False
        while True:
            code = group.poll()
            events, seen = events_since(run, seen)
            for event in events:
                if event.get("event") == "end":
                    ended = event
                if on_event is not None:
                    on_event(event)
            if code is not None:
                break
            if not stopping and should_stop is not None and should_stop():
                stopping = True
                group.terminate()
            try:
                group.wait(SECONDS_BETWEEN_LOOKS)
            except subprocess.TimeoutExpired:
                continue
        if ended is not None and ended["state"] in ("done", "stopped"):
            return
        raise TrainingError(
            f"a process of the {processes} that trained run {run.name!r} ended: "
            f"{_reason(ended, said)} Everything up to the last whole epoch is kept. Go on with: "
            f"sigma-tui train --resume {run.name} --gpus {processes}"
        )


@contextmanager
def _started(
    run: Path, library: Path, device: str, processes: int, said: IO[bytes]
) -> Iterator["subprocess.Popen[bytes]"]:
    group = subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", str(processes), "--module", "engine.training.worker"),
            *(str(run), str(library), device),
        ],
        env={"OMP_NUM_THREADS": str(threads_each(processes)), **os.environ},
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        start_new_session=True,  # a Ctrl-C is ours to pass on, once
    )
    try:
        yield group
    finally:
        if group.poll() is None:
            group.terminate()
            try:
                group.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                group.kill()


def _reason(ended: Event | None, said: IO[bytes]) -> str:
    """The signal that killed a process, else the leader's reason, else what was said last."""
    said.seek(0)
    lines = said.read().decode("utf-8", "replace")
    # The others are sent SIGTERM when one is gone: that is no reason.
    killed = [name for name in re.findall(r"Signal \d+ \((\w+)\)", lines) if name != "SIGTERM"]
    if killed:
        return f"it was killed by {killed[0]}."
    if ended is not None and ended.get("reason"):
        return str(ended["reason"])
    told = [line.strip() for line in lines.splitlines() if line.startswith("error:")]
    return " ".join(told or [line.strip() for line in lines.splitlines()[-ERROR_LINES:]])
