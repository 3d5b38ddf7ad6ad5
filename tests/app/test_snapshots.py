"""Pictures of the screens at three sizes and in both looks.

After a wanted change: ``pytest tests/app/test_snapshots.py --snapshot-update``, and look at the
pictures.
"""

import asyncio

import pytest
import torch
from atlased import is_charted
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from engine.explore.smallest_change import _Search
from engine.home import Home
from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.training.checkpoint import load_model, save_checkpoint
from engine.training.runs import MODEL
from sigma_tui.app import SigmaApp
from sigma_tui.assets import assets
from sigma_tui.demo import demo_explorer, demo_library
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.compare import CompareScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.timeline_pane import TimelinePane


async def drawn(screen: ExplorerScreen | CompareScreen, pilot: Pilot[None]) -> None:
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


LOOKS = [((80, 24), "sigma-dark"), ((120, 36), "sigma-light"), ((200, 50), "sigma-dark")]


async def arrived(pilot: Pilot[None], what: str) -> None:
    """Waits until the screen on top has what it shows, and is drawn."""
    while not getattr(pilot.app.screen, what, None):
        await asyncio.sleep(0.01)
        await pilot.pause()
    await pilot.pause(0.2)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_two_scenarios(quiet_home: Home, snap_compare, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def compare(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("home", "d", "d", "S")
        await arrived(pilot, "choices")
        await pilot.press(*"two gone", "enter")
        await drawn(screen, pilot)
        await pilot.press("S")
        await arrived(pilot, "choices")
        await pilot.press("end", "v")
        await arrived(pilot, "answers")

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=compare, terminal_size=size)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_scenarios_of_a_user(quiet_home: Home, snap_compare, size, theme) -> None:
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def open_them(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("home", "d", "S")
        await arrived(pilot, "choices")
        await pilot.press(*"one gone", "enter")
        await drawn(screen, pilot)
        await pilot.press("d", "S")
        await arrived(pilot, "choices")
        pilot.app.screen.query_one(Input).cursor_blink = False
        await pilot.pause()

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=open_them, terminal_size=size)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_smallest_change(quiet_home: Home, snap_compare, monkeypatch, size, theme) -> None:
    monkeypatch.setattr(_Search, "_seconds", 1.5)
    screen = demo_explorer(quiet_home, device="cpu", clock=None)

    async def search(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("4", "end", "c")
        await arrived(pilot, "searched")
        while not pilot.app.screen.searched.ended:
            await asyncio.sleep(0.01)
        await pilot.pause(0.2)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=search, terminal_size=size)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_two_runs(quiet_home: Home, snap_compare, size, theme) -> None:
    """The demo beside a model that has learnt nothing."""
    demo, library = assets() / "demo" / "demo", demo_library(quiet_home)
    loaded = load_model(demo, device="cpu")
    torch.manual_seed(1)
    settings = SASRecSettings(dim=16, heads=2)
    other = quiet_home.runs / "untrained"
    other.mkdir(parents=True)
    save_checkpoint(
        other / MODEL, SASRec(loaded.model.items, settings), model_name="sasrec",
        settings=settings, item_labels=loaded.item_labels, dataset=loaded.dataset,
        fingerprint=loaded.fingerprint, metrics={}, epoch=1,
    )  # fmt: skip
    screen = CompareScreen((demo, other), library, user="reader 0042", device="cpu")

    async def edit(pilot: Pilot[None]) -> None:
        await drawn(screen, pilot)
        await pilot.press("home", "d")
        await drawn(screen, pilot)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=edit, terminal_size=size)


@pytest.mark.thorough
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


@pytest.mark.thorough
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
