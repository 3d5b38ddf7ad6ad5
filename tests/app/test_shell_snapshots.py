"""Pictures of home with nothing in it, and of what can be opened everywhere; see test_snapshots."""

import pytest
from app_support import until_text
from camera import AT_SIZES, THEMES, Studio

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.screens.home import HomeScreen


@AT_SIZES
async def test_home_when_there_is_nothing_yet(quiet_home: Home, studio: Studio, size) -> None:
    async with studio.open(SigmaApp(HomeScreen(quiet_home)), size) as (pilot, camera):
        await until_text(pilot, "No datasets yet")
        await camera.take("empty")


@pytest.mark.thorough
@AT_SIZES
async def test_settings_and_themes(quiet_home: Home, studio: Studio, size) -> None:
    async with studio.open(SigmaApp(HomeScreen(quiet_home)), size) as (pilot, camera):
        await until_text(pilot, "No datasets yet")
        await pilot.press("comma", "down")
        await until_text(pilot, "ctrl+u move about")
        await camera.take()
        await pilot.press("escape", "f6")
        await until_text(pilot, "esc leaves")
        for theme in THEMES:  # which one the cursor is on
            await camera.take(themes=[theme])
            await pilot.press("down")
