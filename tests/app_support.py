"""What tests of the app share: waiting for threads, and reading the screen."""

import time
from collections.abc import Callable

from textual.pilot import Pilot


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 20) -> None:
    """Waits for something that happens in another thread."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await pilot.pause(0.01)


def text_of(pilot: Pilot[None]) -> str:
    """All that is on the screen, as the terminal would show it."""
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def place_of(pilot: Pilot[None], text: str) -> tuple[int, int]:
    """Where a text stands on the screen: column and row, for a click."""
    for row, line in enumerate(text_of(pilot).splitlines()):
        if text in line:
            return line.index(text), row
    raise AssertionError(f"{text!r} is not on the screen")
