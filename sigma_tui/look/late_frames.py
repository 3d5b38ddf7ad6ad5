"""What held up the screen: everything that kept its thread for more than 16 ms.

Each callback of the event loop is timed. Another thread looks at the stack of a callback that is
late already, so that one learns the handler and the line at which the time went. Where the loop
had nothing to do and woke late all the same, another thread held the interpreter, or another
program the processor.
"""

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from engine.own_files import check_plain, make_private

LATE = 0.016
"""Seconds: a frame at sixty a second."""
LOOK = 0.004
"""Seconds between two looks of the other thread."""
PUMP = ("MessagePump.", "Timer.", "invoke", "_invoke")
"""What carries a message or a timer's tick to its handler."""


@dataclass(frozen=True)
class LateFrame:
    """seconds: that the thread was held up. worked: seconds of them in which it had the processor,
    none where it had nothing to do and woke late. told: the handler, and at which lines it was seen
    how often."""

    seconds: float
    worked: float
    told: str


class LateFrames:
    """Watches while it is entered; only one may be at a time. tell: gets each late frame."""

    def __init__(self, tell: Callable[[LateFrame], object]) -> None:
        self._tell = tell
        self._began: float | None = None
        self._seen: Counter[str] = Counter()
        self._done = threading.Event()
        self._thread = threading.get_ident()
        self._idle_since = 0.0
        self._original: Any = None

    def __enter__(self) -> Self:
        self._thread = threading.get_ident()
        original = self._original = asyncio.events.Handle._run  # what the loop calls for each

        def timed(handle: asyncio.Handle) -> None:
            if threading.get_ident() != self._thread:
                original(handle)
                return
            self._wake(handle)
            began, worked = time.perf_counter(), time.thread_time()
            self._began = began
            try:
                original(handle)
            finally:
                self._began = None
                spent = time.perf_counter() - began, time.thread_time() - worked
                self._end(handle, *spent)
                self._idle_since = time.monotonic()

        setattr(asyncio.events.Handle, "_run", timed)  # noqa: B010  # mypy knows no such method
        threading.Thread(target=self._look, name="late frames", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        setattr(asyncio.events.Handle, "_run", self._original)  # noqa: B010  # as above

    def _look(self) -> None:
        """In the other thread."""
        while not self._done.wait(LOOK):
            began = self._began
            if began is not None and time.perf_counter() - began > LATE / 2:
                frame = sys._current_frames().get(self._thread)
                if frame is not None and self._began == began:
                    self._seen[_described(frame)] += 1

    def _wake(self, handle: asyncio.Handle) -> None:
        """A timer that is late although the loop had nothing else to do."""
        if isinstance(handle, asyncio.TimerHandle) and handle.when() > self._idle_since:
            late = time.monotonic() - handle.when()
            if late > LATE:
                self._tell(LateFrame(late, 0.0, "the loop was idle and woke late"))

    def _end(self, handle: asyncio.Handle, seconds: float, worked: float) -> None:
        seen, self._seen = self._seen, Counter()
        if seconds > LATE:
            where = [f"{place} ({count})" for place, count in seen.most_common(3)]
            told = "; ".join(where) or f"never seen at work: {handle!r}"[:200]
            self._tell(LateFrame(seconds, worked, told))


class LateFramesLog:
    """Writes late frames to a file, a line each: time of day, milliseconds, how many of them the
    thread had the processor, and what it did.

    path: the file; made with its directory at the first line.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lost = path, False

    def __call__(self, frame: LateFrame) -> None:
        """Writes one; nothing more once that has failed."""
        if self._lost:
            return
        clock = time.strftime("%H:%M:%S")
        try:
            make_private(self._path.parent)
            check_plain(self._path)
            with self._path.open("a", encoding="utf-8") as file:
                took, worked = frame.seconds * 1000, frame.worked * 1000
                file.write(f"{clock} {took:6.1f} ms  {worked:6.1f} at work  {frame.told}\n")
        except OSError:
            self._lost = True  # a log that cannot be written must not end the app


def _described(innermost: FrameType) -> str:
    """The handler that runs, the line of ours that it is at, and the innermost line."""
    message, entry, line = "", "", ""
    frame: FrameType | None = innermost
    while frame is not None and frame.f_code.co_filename != __file__:
        code = frame.f_code
        if not line and "sigma_tui" in code.co_filename:
            line = _place(frame)
        if not message and code.co_name == "_dispatch_message":
            sent, to = frame.f_locals.get("message"), frame.f_locals.get("self")
            message = f"{type(to).__name__} ← {type(sent).__name__}"
        if "asyncio" not in code.co_filename and not code.co_qualname.startswith(PUMP):
            entry = code.co_qualname  # the outermost one in the end
        frame = frame.f_back
    return " · ".join(part for part in (message or entry, line, _place(innermost)) if part)


def _place(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_qualname}"
