"""The executable in a terminal of its own, as a person has it."""

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path


class Terminal:
    """A process that shows itself. home: folder of its data. folder: where it works, if not here.
    first: Python that is run before. shown: what it wrote."""

    def __init__(
        self, home: Path, *words: str, first: str = "", folder: Path | None = None
    ) -> None:
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (36, 120))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", LEADER.format(first=first), *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            cwd=folder,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "SIGMA_TUI_HOME": str(home),
                "TEXTUAL_ANIMATIONS": "none",
            },
        )

    def type(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def read(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.ours], [], [], left)[0]:
                return
            try:
                more = os.read(self.ours, 1 << 16)
            except OSError:
                return
            if not more:
                return
            self.shown += more

    def read_on(self, seconds: float) -> None:
        """Reads for so long, and does not stop where nothing comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(min(left, 0.05))

    def until(self, holds, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end and self.process.poll() is None, self.shown[-2000:]
            self.read(0.05)

    def until_ended(self, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.shown[-2000:]
            self.read(0.05)
        self.read(0.2)

    def until_shown(self, text: str) -> None:
        self.until(lambda: text.encode() in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", self.shown))

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self.ours, self.theirs):
            with contextlib.suppress(OSError):
                os.close(descriptor)


LEADER = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
{first}
from sigma_tui.main import run
run()
"""
"""first: what is done before. The terminal becomes the process's own: closing it sends SIGHUP."""
