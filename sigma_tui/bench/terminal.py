"""A program in a terminal of its own, watched until it shows something."""

import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence

from engine.errors import SigmaError

COLUMNS, ROWS = 120, 36
LONGEST = 120.0
"""Seconds after which a program that shows nothing is given up."""


def seconds_until_shown(command: Sequence[str], text: str, environment: Mapping[str, str]) -> float:
    """Wall time from the start of a program to the moment its terminal gets a text.

    text: as the program writes it, without a change of colour within. environment: changes to this
    process's own. Raises SigmaError where there are no pseudo-terminals, or if the program ends or
    takes two minutes without showing the text.
    """
    try:
        import fcntl
        import pty
        import struct
        import termios
    except ImportError:
        raise SigmaError("programs are watched in a Unix terminal, which is not here") from None
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    wanted, shown = text.encode(), b""
    started = time.perf_counter()
    program = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
    )
    os.close(theirs)
    try:
        while wanted not in shown:
            left = started + LONGEST - time.perf_counter()
            ready, _, _ = select.select([ours], [], [], max(0.0, left))
            more = _read(ours) if ready else b""
            if not more:
                raise SigmaError(f"{' '.join(command)} did not show {text!r}")
            shown += more
        return time.perf_counter() - started
    finally:
        program.kill()
        program.wait()
        os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end is closed
        return b""
