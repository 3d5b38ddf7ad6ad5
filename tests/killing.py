"""Kills the program at random moments, as often as asked, and leaves it to tests what must hold."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SLOW = [pytest.mark.slow, pytest.mark.timeout(7200)]
"""Marks of the same test with two hundred kills."""


@dataclass(frozen=True)
class Ended:
    """How a process ended. status: negative if a signal ended it. operations: file operations that
    it made, 0 if it was killed. said: what it printed."""

    pid: int
    status: int
    seconds: float
    operations: int
    said: str

    @property
    def is_refusal(self) -> bool:
        """Whether it ended with status 1 and a sentence that is no programmer's."""
        return (
            self.status == 1
            and [line[:7] for line in self.said.splitlines()].count("error: ") == 1
            and self.said.rstrip().endswith((".", "`"))
        )

    @property
    def killed(self) -> bool:
        """Whether it was killed, rather than through before its moment came."""
        return self.status == -signal.SIGKILL


class Nursery:
    """Runs commands in processes of their own, see ``nursery.py``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "nursery.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def close(self) -> None:
        """Ends it."""
        self._process.communicate()

    def run(self, home: Path, *words: str, **how: Any) -> Ended:
        """Runs the command with its data in a folder. how: ``code`` in place of words, and what
        else a job says in ``nursery.py``."""
        return self.together(home, [{"words": words, **how}])[0]

    def together(self, home: Path, jobs: list[dict[str, Any]]) -> list[Ended]:
        """Runs several at once."""
        assert self._process.stdin is not None and self._process.stdout is not None
        told = [{**job, "env": {"SIGMA_TUI_HOME": str(home)} | job.get("env", {})} for job in jobs]
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        ended = [Ended(**one) for one in json.loads(self._process.stdout.readline())]
        for one in ended:
            assert "Traceback" not in one.said, one.said
        return ended

    def well(self, home: Path, *words: str, **how: Any) -> Ended:
        """Runs the command to its end, which must be a good one."""
        ended = self.run(home, *words, **how)
        assert ended.status == 0, ended.said
        return ended


def moments(whole: Ended, kills: int, seed: int) -> Iterator[dict[str, float]]:
    """When to kill a command, given a run of it to its end: half of the moments at any time, half
    right before any of its file operations, between which a state may be a half one."""
    chance = random.Random(seed)
    for number in range(kills):
        if number % 2:
            yield {"kill_at": chance.randint(1, whole.operations)}
        else:
            yield {"kill_after": chance.uniform(0, whole.seconds)}


def rests(folder: Path) -> list[str]:
    """Hidden files and folders anywhere in a folder: what was begun and not ended."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob(".*") if path.name != ".lock"
    )
