"""Work that tells how far it is and can be cancelled while DuckDB is busy.

Statements run in a thread of their own; the caller's thread waits for them, tells the progress a
few times a second and passes a cancellation or Ctrl-C on to DuckDB as an interrupt.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import duckdb

Rows = list[tuple[Any, ...]]

TICK_SECONDS = 0.1
"""Between two looks at a running statement; also the longest wait of a cancellation."""


@dataclass(frozen=True)
class Progress:
    """Where the work is.

    step: in a few words. done: fraction of the whole work in 0..1, by a rough estimate; it never
    falls.
    """

    step: str
    done: float

    def __str__(self) -> str:
        return f"{self.step} · {self.done:.0%}"


class Watch:
    """Runs statements one step after the other. Use as a context manager.

    tell: called with the progress in the caller's thread. cancelled: asked a few times a second.
    """

    def __init__(self, tell: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
        self._tell = tell
        self._cancelled = cancelled
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="statement")
        self._step = ""
        self._before = 0.0  # fraction that was done when this step began
        self._share = 0.0  # fraction that this step makes
        self._done = 0.0

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()

    def step(self, text: str, share: float) -> None:
        """Begins a step that is ``share`` (0..1) of the whole work. Raises CancelledError."""
        self._before += self._share
        self._step, self._share = text, share
        self.tick()

    def tick(self, part: float = 0.0) -> None:
        """Tells that ``part`` (0..1) of the step is done. Raises CancelledError."""
        if self._cancelled():
            raise CancelledError
        self._done = max(self._done, min(1.0, self._before + self._share * part))
        self._tell(Progress(self._step, self._done))

    def run(self, connection: duckdb.DuckDBPyConnection, sql: str, values: Any = None) -> Rows:
        """Runs a statement to its end and returns its rows.

        Raises CancelledError, with the statement interrupted, and whatever DuckDB raises.
        """
        running = self._start(connection, sql, values)
        try:
            while not wait([running], TICK_SECONDS).done:
                self.tick(max(0.0, connection.query_progress()) / 100)
        except BaseException:
            _stop(connection, running)
            raise
        return _rows(running)

    @contextmanager
    def alongside(self, connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[None]:
        """Runs a statement while the body works in this thread, and waits for it at the end.

        The body must use another connection.
        """
        running = self._start(connection, sql, None)
        try:
            yield
            while not wait([running], TICK_SECONDS).done:
                self.tick()
        except BaseException:
            _stop(connection, running)
            raise
        _rows(running)

    def _start(
        self, connection: duckdb.DuckDBPyConnection, sql: str, values: Any
    ) -> "Future[Rows]":
        return self._pool.submit(lambda: connection.execute(sql, values).fetchall())


def _rows(finished: "Future[Rows]") -> Rows:
    try:
        return finished.result()
    except duckdb.InterruptException:
        raise CancelledError from None


def _stop(connection: duckdb.DuckDBPyConnection, running: "Future[Rows]") -> None:
    """Interrupts until the statement has ended: an interrupt that comes before it is lost."""
    while not running.done():
        connection.interrupt()
        wait([running], 0.01)
