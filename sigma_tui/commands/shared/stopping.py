"""Ctrl-C for commands that run long: they finish the step under way and keep everything."""

import signal
from typing import Any


class StopSignals:
    """While it is entered, Ctrl-C and SIGTERM ask for a stop; a second Ctrl-C ends at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def asked(self) -> bool:
        """Whether somebody asked for a stop."""
        return self._asked

    def _ask(self, number: int, _frame: object) -> None:
        if self._asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._asked = True

    def __enter__(self) -> "StopSignals":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
