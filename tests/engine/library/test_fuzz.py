"""Thousands of damaged files: each is imported or refused in a sentence; none crashes or hangs.

The large run takes hours: ``pytest -m slow tests/engine/library/test_fuzz.py``. A file that fails
is made again by its number: ``mutated_files.mutated``, or ``python fuzz_worker.py N N+1 1``.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutated_files import CORPUS
from tests_support import ROOT

from engine.library.importing import ImportRequest, import_source

WORKER = Path(__file__).with_name("fuzz_worker.py")
PATIENCE = 10.0
"""Seconds for one file; a longer one hangs."""
STARTING = 120.0
"""Seconds for the first word of a process: a busy machine takes long to start one."""


def worker(folder: Path, first: int, last: int, step: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(first), str(last), str(step)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lines_of(process: "subprocess.Popen[str]") -> Iterator[str | None]:
    """What it says, line by line; None where it said nothing for too long."""
    said: queue.Queue[str | None] = queue.Queue()
    assert process.stdout is not None

    def read() -> None:
        for line in process.stdout:  # type: ignore[union-attr]
            said.put(line.rstrip("\n"))
        said.put("")

    threading.Thread(target=read, daemon=True).start()
    patience = STARTING
    while True:
        try:
            line = said.get(timeout=patience)
        except queue.Empty:
            yield None
            return
        if line == "":
            return
        yield line
        patience = PATIENCE


def hunt(folder: Path, first: int, last: int, step: int = 1) -> tuple[Counter[str], list[str]]:
    """Goes through the files of some numbers; returns outcomes, and what is to be mended.

    What hangs is tried once more: a machine with much else to do may leave a process alone for
    long.
    """
    outcomes: Counter[str] = Counter()
    found: list[str] = []
    again: set[int] = set()
    while first < last:
        process = worker(folder, first, last, step)
        number, rest = first, "it never began"
        try:
            for line in lines_of(process):
                if line is None:
                    rest = f"hung for {PATIENCE:.0f} s"
                    break
                if line.isdigit():
                    number, rest = int(line), "crashed"
                elif line in ("kept", "refused"):
                    outcomes[line] += 1
                    number, rest = number + step, "crashed between files"
                elif line.startswith("failed "):
                    found.append(f"file {number}: {json.loads(line[7:])}")
                    number += step
                elif line.startswith("left "):
                    found += [f"left behind: {name}" for name in json.loads(line[5:])]
                    number, rest = last, ""
                else:
                    rest += f": {line}"
        finally:
            process.kill()
            code = process.wait()
        if rest.startswith("hung") and number not in again:
            again.add(number)
            first = number
            continue
        if rest:
            found.append(f"file {number}: {rest} (status {code})")
        first = number + step if rest else number
    return outcomes, found


@pytest.mark.thorough
def test_the_corpus_itself_is_understood(tmp_path: Path) -> None:
    """Or else its children would be refused for no merit of the mutator."""
    for path in sorted(CORPUS.iterdir()):
        if path.suffix == ".item":
            continue
        report = import_source(tmp_path / "library.duckdb", ImportRequest(path, path.stem[:9],
                                                                         replace=True))  # fmt: skip
        assert report.summary.interactions >= (1 if path.name == "hostile.csv" else 8), path.name
        assert report.summary.rejected <= (5 if path.name == "hostile.csv" else 0), path.name


@pytest.mark.thorough
def test_damaged_files_are_imported_or_refused_in_a_sentence(tmp_path: Path) -> None:
    outcomes, found = hunt(tmp_path, 0, 80)
    assert not found, "\n".join(found)
    assert outcomes["kept"] > 15 and outcomes["refused"] > 15, outcomes


def test_the_hunt_tells_of_hangs_and_crashes(tmp_path: Path, monkeypatch) -> None:
    """A worker that hangs at file 1, dies at 2, and fails at 3."""
    program = """
import os, sys, time, json
for n in range(*map(int, sys.argv[1:])):
    print(n, flush=True)
    if n == 1: time.sleep(60)
    if n == 2: os.abort()
    print("failed " + json.dumps("why") if n == 3 else "kept", flush=True)
print("left [\\"pwned\\"]")
"""
    script = tmp_path / "worker.py"
    script.write_text(program)
    monkeypatch.setattr(sys.modules[__name__], "WORKER", script)
    monkeypatch.setattr(sys.modules[__name__], "PATIENCE", 0.5)
    outcomes, found = hunt(tmp_path, 0, 6)
    assert outcomes == {"kept": 3}
    assert [text.split(" (")[0] for text in found] == [
        "file 1: hung for 0 s", "file 2: crashed", "file 3: why", "left behind: pwned"
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_a_hundred_thousand_damaged_files(tmp_path: Path) -> None:
    """SIGMA_TUI_FUZZ=FIRST-LAST takes other numbers, so that a run can be shared out."""
    first, last = map(int, os.environ.get("SIGMA_TUI_FUZZ", "0-100000").split("-"))
    outcomes, found = hunt(tmp_path, first, last)
    print(dict(outcomes))
    assert not found, "\n".join(found)
