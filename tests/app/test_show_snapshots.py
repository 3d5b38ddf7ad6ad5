"""Pictures of the export dialog and of the tour, as test_snapshots.py compares them."""

from pathlib import Path

import pytest
from test_snapshots import drawn
from textual.pilot import Pilot
from tour_recording import settled

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.screens.export import ExportScreen
from sigma_tui.sharing.source import Source

SIZES = [((80, 24), "sigma-dark"), ((120, 36), "sigma-light"), ((200, 50), "sigma-dark")]


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), SIZES)
def test_the_export_dialog(quiet_home: Home, snap_compare, monkeypatch, size, theme) -> None:
    monkeypatch.setattr(Source, "path", lambda *_: Path("/home/me/Documents/sigma-tui-books.csv"))
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def open_it(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("e", "right", "tab", "right")
        dialog = pilot.app.screen
        assert isinstance(dialog, ExportScreen)
        while not dialog.ready:
            await pilot.pause(0.02)
        await pilot.pause(0.2)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=open_it, terminal_size=size)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), SIZES)
def test_the_tours_fourth_step(quiet_home: Home, snap_compare, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None, tour="offer")

    async def step(pilot: Pilot[None]) -> None:
        await settled(screen, pilot, "New here?")
        await pilot.press("g", "right", "right", "right")
        await settled(screen, pilot, "Now with one item more")

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=step, terminal_size=size)
