"""Pictures of the explorer and of what opens from it, at three sizes and in both themes.

After a wanted change: ``pytest tests/app -m "not slow and not gpu" --snapshot-update``, and look at
the pictures.
"""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
import torch
from app_support import until, until_text
from atlased import is_charted
from camera import AT_SIZES, THEMES, Studio
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen

from engine.explore.smallest_change import _Search
from engine.home import Home
from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.training.checkpoint import load_model, save_checkpoint
from engine.training.runs import MODEL, RUN
from sigma_tui.app import SigmaApp
from sigma_tui.demo import FIRST_READER, demo_explorer, demo_library, demo_run
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.choose import ChooseScreen
from sigma_tui.screens.compare import CompareScreen
from sigma_tui.screens.compare_scenarios import CompareScenariosScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.jump import JumpScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.screens.naming import NamingScreen
from sigma_tui.screens.other_run import OtherRunScreen
from sigma_tui.screens.scenarios import ScenariosScreen
from sigma_tui.screens.search import SearchScreen
from sigma_tui.screens.smallest_change import SmallestChangeScreen
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.timeline_pane import TimelinePane


async def drawn(screen: ExplorerScreen | CompareScreen, pilot: Pilot[None]) -> None:
    """Waits until all that is found out about the newest answer is on the screen."""
    while screen.shown is None or screen.shown.question.items != screen.journey.now.items:
        await asyncio.sleep(0.01)
        await pilot.pause()
    for timeline in screen.query(TimelinePane):
        while timeline.timeline.ranks is None:  # the last that is found out about an answer
            await asyncio.sleep(0.01)
            await pilot.pause()
    while isinstance(screen, ExplorerScreen) and screen._charts and not is_charted(screen):
        await asyncio.sleep(0.01)
        await pilot.pause()
    await pilot.pause()


async def opened(pilot: Pilot[None], kind: type[Screen], what: str = "") -> None:
    """Waits until a screen is on top. what: of it, that has to be there."""
    await until(
        pilot,
        lambda: (
            isinstance(pilot.app.screen, kind) and (not what or getattr(pilot.app.screen, what))
        ),
    )


@AT_SIZES
async def test_the_explorer_after_an_edit(quiet_home: Home, studio: Studio, size) -> None:
    library = demo_library(quiet_home)
    screen = ExplorerScreen(demo_run(), library, user=FIRST_READER, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        await pilot.press("home", "d", "J")
        await drawn(screen, pilot)
        await camera.take("edited")


@pytest.mark.thorough
@AT_SIZES
async def test_what_opens_over_the_explorer(quiet_home: Home, studio: Studio, size) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        if size[0] < 100:
            for key, pane in (("3", "interests"), ("4", "recommendations")):
                await pilot.press(key)
                await camera.take(pane)
        await pilot.press("1")
        await camera.take("users")
        await pilot.press("s")
        await opened(pilot, ChooseScreen)
        await camera.take()
        await pilot.press("escape", "a", *"dum")
        await opened(pilot, SearchScreen)
        await until_text(pilot, "Dumas")
        await camera.take()
        await pilot.press("escape", "3", "semicolon")
        await opened(pilot, JumpScreen)
        await camera.take()
        await pilot.press("escape", "question_mark")
        await opened(pilot, HelpScreen)
        await camera.take()
        await pilot.press("escape")
        for theme in THEMES:  # it has the colours that it was opened in
            pilot.app.use_theme(theme)
            await pilot.press("ctrl+p")
            await opened(pilot, CommandPalette)
            await until_text(pilot, "alone (f)")
            await camera.take(themes=[theme])
            await pilot.press("escape")
        await pilot.press("z")
        await opened(pilot, ExplorerScreen)
        await camera.take("full-screen")


@pytest.mark.thorough
@AT_SIZES
async def test_scenarios(quiet_home: Home, studio: Studio, size) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        await pilot.press("home", "d", "S")
        await opened(pilot, ScenariosScreen, "choices")
        await pilot.press(*"one gone", "enter")
        await drawn(screen, pilot)
        await pilot.press("d", "S")
        await opened(pilot, ScenariosScreen, "choices")
        await camera.take()
        await pilot.press("down", "end", "v")
        await opened(pilot, CompareScenariosScreen, "answers")
        await camera.take()


@pytest.mark.thorough
@AT_SIZES
async def test_the_smallest_change(quiet_home: Home, studio: Studio, monkeypatch, size) -> None:
    monkeypatch.setattr(_Search, "_seconds", 1.5)
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        await pilot.press("4", "end", "c")
        await opened(pilot, SmallestChangeScreen, "searched")
        await until(pilot, lambda: pilot.app.screen.searched.ended)
        await camera.take()


def untrained(home: Home) -> None:
    """A run on the demo's data of a model that has learnt nothing."""
    other = Path(shutil.copytree(demo_run(), home.runs / "untrained"))
    described = json.loads((other / RUN).read_text())
    (other / RUN).write_text(json.dumps({**described, "model": "sasrec"}))
    loaded = load_model(demo_run(), device="cpu")
    torch.manual_seed(1)
    settings = SASRecSettings(dim=16, heads=2)
    save_checkpoint(
        other / MODEL, SASRec(loaded.model.items, settings), model_name="sasrec",
        settings=settings, item_labels=loaded.item_labels, dataset=loaded.dataset,
        fingerprint=loaded.fingerprint, metrics={}, epoch=1,
    )  # fmt: skip


@pytest.mark.thorough
@AT_SIZES
async def test_two_runs(quiet_home: Home, studio: Studio, size) -> None:
    untrained(quiet_home)
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        await pilot.press("home", "d")
        await drawn(screen, pilot)
        await pilot.press("v")
        await opened(pilot, OtherRunScreen)
        await until_text(pilot, "untrained")
        await camera.take()
        await pilot.press("enter")
        await opened(pilot, CompareScreen)
        compared = pilot.app.screen
        assert isinstance(compared, CompareScreen)
        await drawn(compared, pilot)
        await camera.take()
        if size[0] < 100:
            for key, pane in (("3", "first"), ("5", "agreement"), ("6", "metrics")):
                await pilot.press(key)
                await camera.take(pane)
        await pilot.press("6", "m")
        await until(pilot, lambda: compared.rows is not None)
        await camera.take("measured")


@pytest.mark.thorough
@AT_SIZES
async def test_the_explorer_steered_and_diversified(quiet_home: Home, studio: Studio, size) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        for keys in (("3", "enter"), ("w", "down", "right", "right"), ("w", "y", *["right"] * 9)):
            await pilot.press(*keys)
            await drawn(screen, pilot)
        await until(pilot, lambda: screen.query_one(DiversitySlider)._curve)
        await drawn(screen, pilot)
        await camera.take("steered")


@pytest.mark.thorough
@AT_SIZES
async def test_the_screens_of_the_atlas(quiet_home: Home, studio: Studio, size) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await drawn(screen, pilot)
        await pilot.press("C")
        await opened(pilot, CategoriesScreen, "overview")
        await camera.take()
        await pilot.press("r")
        await opened(pilot, NamingScreen)
        await camera.take()
        await pilot.press("escape", "escape", "M")
        await opened(pilot, MapScreen)
        await until(pilot, lambda: pilot.app.screen.view.picture and pilot.app.screen.view.drawn)
        await camera.take()
        await pilot.press("escape")
        await opened(pilot, ExplorerScreen)
        screen.open_item(screen.shown.answer.recommendations[2].item)
        await opened(pilot, ItemScreen, "portrait")
        await camera.take()
