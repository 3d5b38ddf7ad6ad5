"""Pictures of the export dialog and of the tour; see test_snapshots."""

from pathlib import Path

import pytest
from app_support import until
from camera import AT_SIZES, Studio
from test_snapshots import drawn
from tour_recording import settled

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.screens.export import ExportScreen
from sigma_tui.sharing.source import Source


@pytest.mark.thorough
@AT_SIZES
async def test_the_export_dialog(quiet_home: Home, studio: Studio, monkeypatch, size) -> None:
    monkeypatch.setattr(Source, "path", lambda *_: Path("/home/me/Documents/sigma-tui-books.csv"))
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        await pilot.press("e", "right", "tab", "right")
        dialog = pilot.app.screen
        assert isinstance(dialog, ExportScreen)
        await until(pilot, lambda: dialog.ready)
        await camera.take()


@pytest.mark.thorough
@AT_SIZES
async def test_the_tours_fourth_step(quiet_home: Home, studio: Studio, size) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None, tour="offer")
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await settled(screen, pilot, "New here?")
        await camera.take("offer")
        await pilot.press("g", "right", "right", "right")
        await settled(screen, pilot, "Now with one item more")
        await camera.take("step-4")
