"""What tests of the app's screens share: a home of their own, and what a screen shows."""

import asyncio
from pathlib import Path

from textual.pilot import Pilot

from engine.home import Home


def home_at(folder: Path) -> Home:
    return Home(
        library=folder / "library.duckdb",
        runs=folder / "runs",
        state=folder / "state",
        config=folder / "config",
        cache=folder / "cache",
        logs=folder / "logs",
    )


def text_of(pilot: Pilot[None]) -> str:
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def until_text(pilot: Pilot[None], text: str) -> None:
    for _ in range(400):
        if text in text_of(pilot):
            return
        await asyncio.sleep(0.02)
        await pilot.pause()
    raise AssertionError(f"{text!r} never came:\n{text_of(pilot)}")
