"""Draws the README's picture with the app: ``python tests/picture.py assets/explorer.svg``."""

import asyncio
import os
import sys
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer

EDITS = (*"a", *"sign of the four", "enter")


async def draw(target: Path) -> None:
    """One edit by reader 0042 at 120x36."""
    screen = demo_explorer(Home.locate(), clock=None)
    app = SigmaApp(screen)
    async with app.run_test(size=(120, 36)) as pilot:
        for key in (None, *EDITS):
            if key is not None:
                await pilot.press("space" if key == " " else key)
            while screen.shown is None or screen.shown.question.items != screen.journey.now.items:
                await pilot.pause(0.02)
        await pilot.pause(0.3)
        target.write_text(app.export_screenshot(title="sigma-tui demo"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
