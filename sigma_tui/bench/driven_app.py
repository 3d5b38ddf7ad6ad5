"""The app on a terminal that takes nothing but the time, driven by key presses."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from textual import events
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

from engine.errors import SigmaError

Told = Callable[[str], object]
"""Told in a few words what is being measured; never while a time is taken."""
SIZE = (120, 36)
LONGEST = 300.0
"""Seconds after which something that was to be shown is given up; a million items take a while."""
NOTHING_SHOWN = "the app ended or stood still before it showed what was waited for"
BEAT = 0.002
"""Seconds between two looks at whether the screen stands still."""


class TimedTerminal(HeadlessDriver):
    """Gets all that a real terminal gets, and tells when a picture is complete."""

    painted: Callable[[], None] | None = None

    @property
    def is_headless(self) -> bool:
        """A headless app would leave out to turn pictures into what is written."""
        return False

    def flush(self) -> None:
        """Textual's last call for every picture."""
        if self.painted is not None:
            self.painted()


class DrivenApp:
    """A running app; use as an asynchronous context manager.

    longest_stall: seconds that the screen stood still at most, since it was last set to zero.
    """

    def __init__(self, app: App[Any], size: tuple[int, int] = SIZE) -> None:
        self.app, self._size = app, size
        self.longest_stall = 0.0
        self._running: asyncio.Task[Any] | None = None
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.app.driver_class = TimedTerminal
        self._running = asyncio.create_task(self.app.run_async(size=self._size))
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._running is not None and self._beating is not None
        self._beating.cancel()
        if not self._running.done():
            self.app.exit()
        await self._running

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for something that need not be timed. Raises as ``picture_with``."""
        assert self._running is not None
        end = time.perf_counter() + LONGEST
        while not holds():
            if self._running.done() or time.perf_counter() > end:
                raise SigmaError(NOTHING_SHOWN)
            await asyncio.sleep(BEAT)

    async def picture_with(self, shown: Callable[[], bool]) -> float:
        """Waits for a picture at whose end something holds; the time (``perf_counter``) of it.

        Raises SigmaError if the app ends or the picture does not come in five minutes.
        """
        assert self._running is not None
        complete: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def painted() -> None:
            if not complete.done() and shown():
                complete.set_result(time.perf_counter())

        await self.until(lambda: self.app._driver is not None)
        self.terminal.painted = painted
        waiting: set[asyncio.Future[Any]] = {complete, self._running}
        await asyncio.wait(waiting, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
        if not complete.done():
            raise SigmaError(NOTHING_SHOWN)
        return complete.result()

    async def press(self, key: str, shown: Callable[[], bool]) -> float:
        """Presses a key; seconds until a picture is complete at whose end something holds.

        key: a character, or a key as Textual names it. Raises as ``picture_with``.
        """
        started = time.perf_counter()
        self.send(key)
        return await self.picture_with(shown) - started

    def send(self, key: str) -> None:
        """Presses a key, as the terminal's driver does, and waits for nothing. key: as above."""
        character = " " if key == "space" else key if len(key) == 1 else None
        self.app.post_message(events.Key(key, character))

    @property
    def terminal(self) -> TimedTerminal:
        """Of the running app."""
        assert isinstance(self.app._driver, TimedTerminal)
        return self.app._driver

    async def rest(self, number: int) -> None:
        """The moment between two presses: never the same, as Textual paints to a beat."""
        await asyncio.sleep(0.06 + 0.004 * (number % 9))

    async def _beat(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(BEAT)
            stall = time.perf_counter() - before - BEAT
            self.longest_stall = max(self.longest_stall, stall)
