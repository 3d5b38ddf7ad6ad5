"""Several processes that search side by side: one a GPU, or sharing the processor's cores."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.errors import TrainingError
from engine.training.device import choose_device, threads_each
from engine.tuning.study import SECONDS_TO_END, Study
from engine.tuning.trial import Ended, Place
from engine.tuning.worker import BUDGET_OVER

SECONDS_BETWEEN_LOOKS = 0.2
ERROR_LINES = 3


@dataclass
class _Job:
    """A process, and the file with what it said."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def end(self, why: Ended) -> None:
        """Tells it that the time is over, or that somebody asked; it finishes its step."""
        told = self.process.stdin
        assert told is not None
        try:
            if why == "budget":
                told.write(BUDGET_OVER)
            told.close()
        except OSError:  # it has ended by itself
            return

    def reason(self) -> str:
        """Why it failed."""
        code = self.process.returncode
        if code < 0:
            return f"it was killed by {signal.Signals(-code).name}."
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines()]
        told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return " ".join(told or lines[-ERROR_LINES:])


def work_together(
    study: Study,
    place: Place,
    *,
    jobs: int,
    limit: int | None,
    ended: Callable[[], Ended],
    tick: Callable[[], None],
) -> None:
    """As ``work`` in so many processes.

    Raises TrainingError if one of them fails; then the others stop and their trials go on later.
    """
    with ExitStack() as stack:
        started = [
            stack.enter_context(_started(study, place, job, jobs, limit)) for job in range(jobs)
        ]
        told = False
        while None in (codes := [job.process.poll() for job in started]):
            why = ended() or ("asked" if any(codes) else "")
            if why and not told:
                told = True
                for job in started:
                    job.end(why)
            tick()
            time.sleep(SECONDS_BETWEEN_LOOKS)
        for job in started:
            if job.process.returncode:
                raise TrainingError(
                    f"a process of the {jobs} that searched ended: {job.reason()} Everything that "
                    "ended before is kept; the same command goes on."
                )


@contextmanager
def _started(study: Study, place: Place, job: int, jobs: int, limit: int | None) -> Iterator[_Job]:
    log = study.path / f"worker-{job}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "engine.tuning.worker"),
                *(str(study.path), str(place.library), str(place.runs)),
                *(_device_of(job, place.device), str(job), str(jobs), str(limit or 0)),
            ],
            env={"OMP_NUM_THREADS": str(threads_each(jobs)), **os.environ},
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            start_new_session=True,  # a Ctrl-C is ours to pass on
        )
    started = _Job(process, log)
    try:
        yield started
    finally:
        if process.poll() is None:
            started.end("asked")
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def _device_of(job: int, device: str) -> str:
    """GPUs are dealt out in turn; where there are more jobs than GPUs, some share one."""
    chosen = choose_device(device)
    if chosen.type == "cuda" and chosen.index is None:
        return f"cuda:{job % torch.cuda.device_count()}"
    return str(chosen)
