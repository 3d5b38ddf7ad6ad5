"""What tests of the app share: waiting for threads, and reading the screen."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from engine.home import Home


def home_of(run: Path, library: Path, folder: Path) -> Home:
    """A home with copies of a library and a run, that a test may write to."""
    shutil.copy(library, folder / "library.duckdb")
    shutil.copytree(run, folder / "runs" / run.name)
    return Home.at(folder)


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 60) -> None:
    """Waits for something that happens in another thread or process, and is painted."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not happen in time:\n{text_of(pilot)}"
        await pilot.pause(0.01)
    await pilot.pause()


def text_of(pilot: Pilot[None]) -> str:
    """All that is on the screen, as the terminal would show it."""
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def until_text(pilot: Pilot[None], text: str, seconds: float = 60) -> None:
    """Waits until a text is on the screen; it may be wrapped inside its pane."""

    def words() -> str:
        return " ".join(text_of(pilot).replace("│", " ").split())

    wanted = " ".join(text.split())
    await until(pilot, lambda: text in text_of(pilot) or wanted in words(), seconds)


def place_of(pilot: Pilot[None], text: str) -> tuple[int, int]:
    """Where a text stands on the screen: column and row, for a click."""
    for row, line in enumerate(text_of(pilot).splitlines()):
        if text in line:
            return line.index(text), row
    raise AssertionError(f"{text!r} is not on the screen")
