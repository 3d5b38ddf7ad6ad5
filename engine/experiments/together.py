"""Cells side by side in several processes, each on its share of the cores.

On a CPU two trainings of one thread get more done than one of two threads: small matrices do not
split well. The processes share nothing but the directory of kept runs, where each takes the next
cell that nobody has.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import IO

from engine.errors import TrainingError
from engine.experiments.plan import Cell
from engine.experiments.runner import Outcome, Place, State
from engine.training.events import Event
from engine.training.progress import Listener

SECONDS_BETWEEN_LOOKS = 0.2
ERROR_LINES = 3

_SURER: Sequence[State] = ("finished", "kept", "failed", "stopped", "busy")
"""Of what several processes say of a cell, the first of these is true."""


def run_together(
    cells: Sequence[Cell],
    place: Place,
    processes: int,
    *,
    budget: float | None = None,
    tell: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Outcome]:
    """Runs cells as ``run_cells`` does, so many at a time; arguments are its own.

    Raises TrainingError if a process ends otherwise than at its end; what is kept stays kept.
    """
    spec = json.dumps(
        {
            "cells": [asdict(cell) for cell in cells],
            "library": str(place.library),
            "root": str(place.root),
            "device": place.device,
            "command": place.command,
            "budget": budget,
        }
    )
    told: queue.SimpleQueue[Event | None] = queue.SimpleQueue()  # None: a process has ended
    found: dict[int, Outcome] = {}
    with ExitStack() as stack:
        workers = []
        for _ in range(processes):
            said = stack.enter_context(tempfile.TemporaryFile("w+"))
            workers.append(_Worker(stack, spec, processes, said, told))
        running = len(workers)
        while running:
            if should_stop is not None and should_stop():
                for worker in workers:
                    worker.stop()
            try:
                event = told.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                continue
            if event is None:
                running -= 1
            elif event["event"] == "outcome":
                _note(found, cells, event)
            elif tell is not None:
                left = event.get("left")
                tell({**event, "left": None if left is None else left / processes})
        for worker in workers:
            worker.check(processes)
    return [found.get(number, Outcome(cell, "", "stopped")) for number, cell in enumerate(cells)]


def _note(found: dict[int, Outcome], cells: Sequence[Cell], event: Event) -> None:
    number = event["cell"]
    outcome = Outcome(cells[number], event["run"], event["state"], event["reason"])
    before = found.get(number)
    if before is None or _SURER.index(outcome.state) < _SURER.index(before.state):
        found[number] = outcome


class _Worker:
    """One process; it is asked to stop, at the latest, when the stack ends."""

    def __init__(
        self,
        stack: ExitStack,
        spec: str,
        processes: int,
        said: IO[str],
        told: "queue.SimpleQueue[Event | None]",
    ) -> None:
        threads = str(max(1, (os.cpu_count() or 1) // processes))
        self._said = said
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine.experiments.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,  # Ctrl-C is for the process that started it
            env={"OMP_NUM_THREADS": threads, **os.environ},
        )
        stack.enter_context(self._process)  # waits for its end
        stack.callback(self.stop)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input: IO[str] = self._process.stdin
        self._input.write(spec + "\n")
        self._input.flush()
        lines = self._process.stdout
        threading.Thread(target=self._listen, args=(lines, told), daemon=True).start()

    def stop(self) -> None:
        """Asks it to keep what it has and end."""
        if not self._input.closed:
            self._input.close()

    def check(self, processes: int) -> None:
        """Raises TrainingError, with its reason, unless it ended well."""
        code = self._process.wait()
        if code == 0:
            return
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().splitlines() if line.strip()]
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error:")]
        reason = " ".join(errors or lines[-ERROR_LINES:]) or f"exit status {code}"
        raise TrainingError(
            f"one of {processes} processes ended: {reason} Whatever was trained is kept; the same "
            "command goes on."
        )

    def _listen(self, lines: IO[str], told: "queue.SimpleQueue[Event | None]") -> None:
        for line in lines:
            told.put(json.loads(line))
        told.put(None)
