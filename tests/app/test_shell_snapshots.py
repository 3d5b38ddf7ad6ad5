"""Pictures of what surrounds the screens: settings, themes, jump mode, help, full screen."""

import pytest
from app_support import until_text
from test_snapshots import drawn
from textual.pilot import Pilot

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.screens.home import HomeScreen

LOOKS = [((80, 24), "sigma-light"), ((120, 36), "sigma-dark"), ((200, 50), "sigma-light")]


@pytest.mark.parametrize(("size", "theme"), LOOKS)
@pytest.mark.parametrize("key", ["comma", "f6"])
def test_settings_and_themes(quiet_home: Home, snap_compare, key, size, theme) -> None:
    async def open_it(pilot: Pilot[None]) -> None:
        await until_text(pilot, "No datasets yet")
        await pilot.press(key, "down")
        await pilot.pause(0.2)

    app = SigmaApp(HomeScreen(quiet_home), theme=theme)
    assert snap_compare(app, run_before=open_it, terminal_size=size)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), LOOKS)
@pytest.mark.parametrize("key", ["semicolon", "question_mark", "z"])
def test_jump_help_and_full_screen(quiet_home: Home, snap_compare, key, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def open_it(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("3")
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause(0.2)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=open_it, terminal_size=size)
