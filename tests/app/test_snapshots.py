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
from textual.screen import Screen

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen

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


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "sigma-light"), ((120, 36), "sigma-dark")])
def test_home_when_there_is_nothing_yet(quiet_home: Home, snap_compare, size, theme) -> None:
    async def wait(pilot: Pilot[None]) -> None:
        await pilot.pause(0.5)

    app = SigmaApp(HomeScreen(quiet_home), theme=theme)
    assert snap_compare(app, run_before=wait, terminal_size=size)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "sigma-light"), ((120, 36), "sigma-dark"), ((200, 50), "sigma-light")],
)
@pytest.mark.parametrize("shown", ["categories", "map", "item"])
def test_the_screens_of_the_atlas(quiet_home: Home, snap_compare, shown, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def open_it(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        if shown == "categories":
            await pilot.press("C")
        elif shown == "map":
            await pilot.press("M")
        else:
            screen.open_item(screen.shown.answer.recommendations[2].item)
        await pilot.pause()
        while not is_there(pilot.app.screen):
            await asyncio.sleep(0.01)
            await pilot.pause()
        await pilot.pause(0.2)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=open_it, terminal_size=size)


def is_there(screen: Screen[None]) -> bool:
    """Whether what was asked for is shown."""
    if isinstance(screen, MapScreen):
        picture = screen.view.picture
        return picture is not None and picture.wanted.view == screen.view.view
    if isinstance(screen, CategoriesScreen):
        return screen.overview is not None
    return isinstance(screen, ItemScreen) and screen.portrait is not None
