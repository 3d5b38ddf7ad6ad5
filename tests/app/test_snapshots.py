"""Pictures of the screens at three sizes and in both looks.

They are compared where they were drawn, with the Textual version below: another version draws other
SVG for the same screen. After a wanted change: ``pytest tests/app/test_snapshots.py
--snapshot-update``, and look at the pictures.
"""

import asyncio
from pathlib import Path

import pytest
import textual
from textual.pilot import Pilot

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.timeline_pane import TimelinePane

DRAWN_WITH = "8.2.8"

pytestmark = pytest.mark.skipif(
    textual.__version__ != DRAWN_WITH, reason=f"the pictures were drawn with Textual {DRAWN_WITH}"
)


@pytest.fixture
def quiet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    return Home.locate()


async def drawn(screen: ExplorerScreen, pilot: Pilot[None]) -> None:
    while screen.shown is None or screen.shown.question.items != screen.journey.now.items:
        await asyncio.sleep(0.01)
        await pilot.pause()
    timeline = screen.query_one(TimelinePane)
    while timeline.timeline.ranks is None:  # the last that is found out about an answer
        await asyncio.sleep(0.01)
        await pilot.pause()
    await pilot.pause(0.2)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "sigma-dark"), ((120, 36), "sigma-light"), ((200, 50), "sigma-dark")],
)
def test_the_explorer_after_an_edit(quiet_home: Home, snap_compare, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def edit(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("home", "d", "J")
        await drawn(screen, pilot)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=edit, terminal_size=size)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "sigma-light"), ((120, 36), "sigma-dark"), ((200, 50), "sigma-light")],
)
def test_the_explorer_steered_and_diversified(quiet_home: Home, snap_compare, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def steer(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        for keys in (("3", "enter"), ("w", "down", "right", "right"), ("w", "y", *["right"] * 9)):
            await pilot.press(*keys)
            await drawn(screen, pilot)
        while not screen.query_one(DiversitySlider)._curve:
            await pilot.pause(0.01)
        await drawn(screen, pilot)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=steer, terminal_size=size)


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "sigma-light"), ((120, 36), "sigma-dark")])
def test_home_when_there_is_nothing_yet(quiet_home: Home, snap_compare, size, theme) -> None:
    async def wait(pilot: Pilot[None]) -> None:
        await pilot.pause(0.5)

    app = SigmaApp(HomeScreen(quiet_home), theme=theme)
    assert snap_compare(app, run_before=wait, terminal_size=size)
