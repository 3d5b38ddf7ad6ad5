"""`train` before its first step, while it is found where items begin: told, stopped, killed.

With ``-m slow`` on a catalogue as large as it is done for.
"""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from killing import SLOW, Nursery
from terminal import Terminal
from typer.testing import CliRunner

from engine.library.importing import ImportRequest, import_source
from engine.training.events import read_events
from engine.training.runs import find_run
from sigma_tui.commands import train as command
from sigma_tui.main import app

TINY = ("--device", "cpu", "--epochs", "1", "--set", "dim=16", "--set", "interest_negatives=16")
SAID = "finding where items begin …"


def test_it_is_said_once_and_ctrl_c_is_heard_meanwhile(small, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    ours = ("--library", str(small.library))
    whole = CliRunner().invoke(app, ["train", "small", "--name", "whole", *TINY, *ours])
    assert whole.exit_code == 0 and whole.stderr.splitlines()[0] == SAID
    assert whole.stderr.count(SAID) == 1
    hear = command._PlainProgress.event

    def press(self, event) -> None:
        hear(self, event)
        if event["event"] == "begin":
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(command._PlainProgress, "event", press)
        stopped = CliRunner().invoke(app, ["train", "small", "--name", "one", *TINY, *ours])
    assert stopped.exit_code == 130
    assert stopped.stderr.splitlines()[0] == SAID and "train --resume one" in stopped.stderr
    run = find_run(tmp_path / "runs", "one")
    assert (run.state, run.epochs) == ("stopped", 0)
    went_on = CliRunner().invoke(app, ["train", "--resume", "one", "--device", "cpu", *ours])
    assert went_on.exit_code == 0
    assert find_run(tmp_path / "runs", "one").valid == find_run(tmp_path / "runs", "whole").valid


DIES = """
import os, signal, sys
from engine.training import progress
from sigma_tui.main import run

tell = progress.EventLog.tell

def dying(log, event):
    tell(log, event)
    if event["event"] == "begin":
        os.kill(os.getpid(), signal.SIGKILL)

progress.EventLog.tell = dying
sys.argv = ["sigma-tui", *{words!r}]
run()
"""


def test_a_run_that_was_killed_meanwhile_is_shown_and_goes_on(
    nursery: Nursery, small, tmp_path
) -> None:
    words = ["train", "small", "--name", "one", *TINY, "--library", str(small.library)]
    assert nursery.run(tmp_path, code=DIES.format(words=words)).killed
    shown = json.loads(nursery.well(tmp_path, "runs", "show", "one", "--json").said)
    assert (shown["state"], shown["epochs"]) == ("stopped", 0)
    assert "stopped" in nursery.well(tmp_path, "runs", "list").said
    assert [event["event"] for event in read_events(tmp_path / "runs" / "one")] == [
        "start", "begin",
    ]  # fmt: skip
    resume = ("train", "--resume", "one", "--device", "cpu", "--library", str(small.library))
    assert SAID in nursery.well(tmp_path, *resume).said
    assert find_run(tmp_path / "runs", "one").state == "done"


def catalogue(folder: Path, items: int, users: int, length: int) -> None:
    """Many items, and users who read of them at random, the first ones more."""
    chance = random.Random(0)
    with (folder / "r.csv").open("w") as file:
        file.write("user,item,time\n")
        file.writelines(f"u{item % users},i{item},0\n" for item in range(items))
        file.writelines(
            f"u{user},i{int(items * chance.random() ** 2)},{time}\n"
            for user in range(users)
            for time in range(1, length)
        )
    import_source(folder / "library.duckdb", ImportRequest(folder / "r.csv", "many"))


@pytest.mark.parametrize(
    ("items", "users", "length", "processes", "moments"),
    [
        pytest.param(5_000, 3_000, 20, 1, [0.0, 0.3], marks=pytest.mark.thorough),
        pytest.param(5_000, 3_000, 20, 2, [0.0], marks=pytest.mark.thorough),
        pytest.param(99_999, 12_000, 80, 1, [0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 25.0], marks=SLOW),
    ],
)
def test_ctrl_c_in_a_terminal_is_heard_within_about_a_second(
    tmp_path, items: int, users: int, length: int, processes: int, moments: list[float]
) -> None:
    """processes: that train together; one of them finds it. moments: seconds after it was said that
    it is being found; on a fast machine it may be found before the last of them."""
    catalogue(tmp_path, items, users, length)
    run, heard = tmp_path / "runs" / "one", []
    how = ["--device", "cpu", "--gpus", str(processes)]
    words = ["train", "many", "--name", "one", *how]
    for number, moment in enumerate(moments):
        terminal = Terminal(tmp_path, *words)
        try:
            terminal.until_shown(SAID)
            terminal.read_on(moment)
            terminal.type("\x03")
            heard.append(seconds_until_the_end_of(run, number + 1, terminal))
            terminal.until_ended(60)
        finally:
            terminal.end()
        assert terminal.process.returncode == 130
        assert b"--resume one" in terminal.shown and b"Traceback" not in terminal.shown
        last, end = read_events(run)[-2:]
        assert end["state"] == "stopped"
        if number > 1 and (last["event"] != "begin" or last["found"]):
            heard.pop()
            break
        assert (last["event"], last["found"]) == ("begin", False)
        words = ["train", "--resume", "one", *how]
    print("seconds until a stop was heard:", [round(seconds, 2) for seconds in heard])
    assert max(heard) < 4  # on a busy machine


def seconds_until_the_end_of(run: Path, number: int, terminal: Terminal) -> float:
    """Waits for the event ``end`` of so many starts."""
    asked = time.monotonic()
    while sum(event["event"] == "end" for event in read_events(run)) < number:
        assert time.monotonic() < asked + 120
        terminal.read(0.02)
    return time.monotonic() - asked
