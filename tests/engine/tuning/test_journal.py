"""The file that trials are kept in."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal._base import BaseJournalSnapshot

from engine.tuning.journal import Journal

ROOT = Path(__file__).parents[3]

HOLDER = """
import sys, time
from pathlib import Path
from engine.tuning.journal import Journal
with Journal(Path(sys.argv[1]))._turn:
    print("held", flush=True)
    time.sleep(60)
"""


def values(path: Path) -> list[float]:
    return [trial.value for trial in study(path).trials]


def study(path: Path) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(
        storage=JournalStorage(Journal(path)), study_name="it", load_if_exists=True
    )


def test_it_is_json_and_optuna_keeps_no_pickle_of_it(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    assert not isinstance(Journal(path), BaseJournalSnapshot)  # else Optuna would pickle into it
    opened = study(path)
    for number in range(120):  # Optuna takes a snapshot every hundred trials, where it can
        opened.tell(opened.ask(), number / 2)
    assert values(path) == [number / 2 for number in range(120)]
    assert all(isinstance(json.loads(line), dict) for line in path.read_text().splitlines())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["journal.jsonl",
                                                                "journal.jsonl.lock"]  # fmt: skip


def test_half_a_line_of_a_killed_process_spoils_nothing(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    opened = study(path)
    opened.tell(opened.ask(), 1.0)
    with path.open("ab") as file:
        file.write(b'{"op_code":6,"worker_id":"x","tri')
    assert values(path) == [1.0]
    again = study(path)
    again.tell(again.ask(), 2.0)
    again.tell(again.ask(), 3.0)
    assert values(path) == [1.0, 2.0, 3.0]


def test_a_killed_process_leaves_no_lock_behind(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    study(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    started = time.monotonic()
    opened = study(path)
    opened.tell(opened.ask(), 1.0)
    assert time.monotonic() - started < 10  # Optuna's own lock would wait for thirty
