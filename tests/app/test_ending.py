"""The app in a terminal of its own ends in order when it is told to, and a kill loses nothing."""

import json
import os
import random
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest
from app_support import home_of
from terminal import Terminal

from engine.home import Home


@pytest.fixture
def home(small, tmp_path: Path) -> Home:
    return home_of(small.run, small.library, tmp_path)


def kept_edits(home: Home) -> list[int]:
    """How many versions each kept file has."""
    found = []
    for path in (home.state / "edits-1").rglob("*.json"):
        try:
            found.append(len(json.loads(path.read_text("utf-8"))["versions"]))
        except ValueError:
            raise AssertionError(f"{path} is not whole") from None
    return found


@pytest.fixture
def terminal(home: Home):
    opened = []

    def open_one(*words: str, first: str = "") -> Terminal:
        opened.append(Terminal(home.library.parent, *words, first=first))
        return opened[-1]

    yield open_one
    for one in opened:
        one.end()


def test_edits_come_back_after_a_kill(home: Home, terminal) -> None:
    killed = terminal("explore", "tiny", "--user", "u03", "--device", "cpu")
    killed.until_shown(" ms")  # answered
    killed.type("dd")
    killed.until_shown("2 edits")
    killed.until(lambda: kept_edits(home) == [3], seconds=10)
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait(10)
    again = terminal("explore", "--device", "cpu")
    again.until_shown("2 edits")
    again.until_shown("u03")


@pytest.mark.thorough
def test_a_signal_keeps_the_edits_and_leaves_the_terminal_clean(home: Home, terminal) -> None:
    app = terminal("explore", "tiny", "--user", "u03", "--device", "cpu")
    app.until_shown(" ms")  # answered
    assert termios.tcgetattr(app.theirs) != app.before
    app.type("d")
    app.until_shown("1 edit")
    app.shown = b""
    app.process.send_signal(signal.SIGTERM)  # before the edit is written
    app.until_ended()
    assert app.process.returncode == 128 + signal.SIGTERM
    assert b"\x1b[?1049l" in app.shown and b"\x1b[?25h" in app.shown  # screen and cursor are back
    assert b"\x1b[?1000l" in app.shown  # and the mouse
    assert b"Traceback" not in app.shown
    assert termios.tcgetattr(app.theirs) == app.before
    assert kept_edits(home) == [2]


@pytest.mark.thorough
def test_a_closed_terminal_ends_the_app_and_keeps_the_edits(home: Home, terminal) -> None:
    app = terminal("explore", "tiny", "--user", "u03", "--device", "cpu")
    app.until_shown(" ms")  # answered
    app.type("d")
    app.until_shown("1 edit")
    os.close(app.theirs)
    os.close(app.ours)
    app.process.wait(20)
    assert kept_edits(home) == [2]


@pytest.mark.thorough
@pytest.mark.parametrize("stuck", ["while True: pass", "os.read(os.pipe()[0], 1)"])
def test_a_signal_ends_an_app_that_does_nothing_any_more(
    home: Home, terminal, tmp_path: Path, stuck: str
) -> None:
    """The thread that draws counts for ever, or reads what never comes."""
    stands = tmp_path / "stands"
    app = terminal(
        *("explore", "tiny", "--user", "u03", "--device", "cpu"),
        first="import os, pathlib\nfrom sigma_tui.app import SigmaApp\n"
        f"def stands(self):\n  pathlib.Path({str(stands)!r}).touch()\n  {stuck}\n"
        "SigmaApp.action_help = stands",
    )
    app.until_shown(" ms")  # answered
    app.type("d")
    app.until_shown("1 edit")
    app.type("?")
    app.until(stands.exists)
    app.shown = b""
    for _ in range(400):  # more than the loop, which reads nothing, has room for
        app.process.send_signal(signal.SIGWINCH)
        time.sleep(0.001)
    app.process.send_signal(signal.SIGTERM)
    app.until_ended()
    assert app.process.returncode == 128 + signal.SIGTERM
    assert b"\x1b[?1049l" in app.shown and b"\x1b[?25h" in app.shown
    assert b"\x1b[?1000l" in app.shown and b"\x1b[?2004l" in app.shown
    assert termios.tcgetattr(app.theirs) == app.before
    assert kept_edits(home) == [2]


def test_a_defect_ends_the_app_with_a_sentence_a_report_and_a_clean_terminal(
    terminal, home: Home
) -> None:
    one = terminal(
        first="from sigma_tui.screens.home import HomeScreen\n"
        "def broken(self): title = 'Their diary'; raise KeyError(title)\n"
        "HomeScreen.action_refresh = broken"
    )
    one.until(lambda: b"KeyError" in one.shown)
    assert one.process.wait(timeout=60) == 70
    one.read(0.5)
    assert b"Their diary" not in one.shown and b"Traceback" not in one.shown
    assert one.shown.rindex(b"\x1b[?1049l") < one.shown.index(b"That is a defect of sigma-tui")
    assert termios.tcgetattr(one.theirs) == one.before
    (written,) = home.logs.glob("defect-*.txt")
    text = written.read_text("utf-8")
    assert "KeyError" in text and " broken: " in text and "Their diary" not in text


@pytest.mark.thorough
def test_suspended_and_back_the_terminal_is_the_shells_and_then_the_apps(
    home: Home, terminal
) -> None:
    app = terminal("explore", "tiny", "--user", "u03", "--device", "cpu")
    app.until_shown(" ms")  # answered
    app.type("d")
    app.until_shown("1 edit")
    for _ in range(2):
        app.shown = b""
        app.process.send_signal(signal.SIGTSTP)
        app.until(lambda: state_of(app.process.pid) == "T", seconds=20)
        app.read(0.2)
        assert b"\x1b[?1049l" in app.shown and b"\x1b[?25h" in app.shown
        assert b"\x1b[?1000l" in app.shown  # the mouse is the shell's
        assert termios.tcgetattr(app.theirs) == app.before
        app.shown = b""
        app.process.send_signal(signal.SIGCONT)
        app.until(lambda: b"\x1b[?1049h" in app.shown, seconds=20)
        app.until_shown("1 edit")  # painted anew
        assert termios.tcgetattr(app.theirs) != app.before
    app.type("d")
    app.until_shown("2 edits")
    app.until(lambda: kept_edits(home) == [3], seconds=10)


def state_of(process: int) -> str:
    """One letter: T for a process that is stopped."""
    said = subprocess.run(
        ["ps", "-o", "state=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return said.stdout.strip()[:1]


@pytest.mark.thorough
def test_a_storm_of_resizes_leaves_the_app_at_work_and_the_terminal_clean(
    home: Home, terminal
) -> None:
    app = terminal("explore", "tiny", "--user", "u03", "--device", "cpu")
    app.until_shown(" ms")  # answered
    chance = random.Random(4)
    for number in range(200):
        size = (5, 20) if number % 10 == 0 else (chance.randint(5, 60), chance.randint(20, 220))
        termios.tcsetwinsize(app.theirs, size)  # the system sends SIGWINCH
        if number % 25 == 0:
            app.type("d")
        app.read(0.005)
        assert app.process.poll() is None, app.shown[-2000:]
    termios.tcsetwinsize(app.theirs, (36, 120))
    app.until_shown("8 edits")
    app.shown = b""
    termios.tcsetwinsize(app.theirs, (5, 20))
    app.until(lambda: b"\x1b[5;" in app.shown)  # painted down to its last line
    app.type("u")
    app.until(lambda: kept_edits(home) == [9], seconds=10)
    app.shown = b""
    app.type("q")
    app.until_ended()
    assert app.process.returncode == 0
    assert b"\x1b[?1049l" in app.shown and b"\x1b[?25h" in app.shown
    assert b"Traceback" not in app.shown and b"defect" not in app.shown
    assert termios.tcgetattr(app.theirs) == app.before
