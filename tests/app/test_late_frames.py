"""What holds up the screen is in the log, with the handler that did it."""

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from sigma_tui.app import SigmaApp
from sigma_tui.look.late_frames import LateFrames, LateFramesLog
from sigma_tui.widgets.line_list import LineList


class Slow(Screen[None]):
    """A key of it takes long, another one does not."""

    BINDINGS: ClassVar[list[BindingType]] = [("x", "hold_up", "x"), ("y", "nothing", "y")]

    def compose(self) -> ComposeResult:
        yield LineList()

    def on_mount(self) -> None:
        self.query_one(LineList).show(5, lambda _index, _width: Text("line"))

    def action_hold_up(self) -> None:
        end = time.perf_counter() + 0.15
        while time.perf_counter() < end:
            pass

    def action_nothing(self) -> None:
        pass


async def test_a_slow_handler_is_named_with_its_time(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "late-frames.log"
    app = SigmaApp(Slow())
    async with app.run_test() as pilot:
        await pilot.pause()
        original = asyncio.events.Handle._run
        with LateFrames(LateFramesLog(log)):
            await pilot.press("y", "x")
            await pilot.pause()
        assert asyncio.events.Handle._run is original
    lines = [line for line in log.read_text("utf-8").splitlines() if "hold_up" in line]
    assert len(lines) == 1
    assert 150 <= float(lines[0].split()[1]) < 2000
    assert "Key" in lines[0] and "test_late_frames.py" in lines[0]


async def test_a_loop_that_wakes_late_is_in_the_log_too(tmp_path: Path) -> None:
    log = tmp_path / "late-frames.log"
    late = LateFrames(LateFramesLog(log))
    with late:
        loop = asyncio.get_running_loop()
        handle = loop.call_at(loop.time() - 0.05, lambda: None)
        late._idle_since = 0.0
        handle._run()
        await asyncio.sleep(0)
    assert "woke late" in log.read_text("utf-8")


async def test_a_log_that_cannot_be_written_does_not_end_the_app(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where a directory should be")
    with LateFrames(LateFramesLog(tmp_path / "logs" / "late-frames.log")):
        time.sleep(0.03)  # this is what it is to see
        await asyncio.sleep(0)
        time.sleep(0.03)  # as above
        await asyncio.sleep(0)
