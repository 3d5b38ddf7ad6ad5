"""Pictures of the import and of a dataset; see test_snapshots."""

import random
from pathlib import Path

import pytest
from app_support import text_of, until, until_text
from camera import AT_SIZES, Studio
from textual.widgets import Input

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.look.looks import DARK
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.screens.import_run import ImportRunScreen
from sigma_tui.widgets.path_field import PathField

WORDS = ("Quiet", "Silver", "七人の", "Last", "[REC]", "Northern", "Hidden", "Paper")
THINGS = ("River", "Station", "侍", "Garden", "Winter", "Lantern", "Harbour", "Letter")
GENRES = ("Drama", "Comedy", "Crime", "Science Fiction", "War")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Made ratings in the working directory, so that no path in a picture is of this machine."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.chdir(tmp_path)
    chance = random.Random(11)
    folder = Path("films")
    folder.mkdir()
    rows = ["userId,movieId,rating,timestamp"]
    for user in range(150):
        for _ in range(3 + int(chance.paretovariate(0.9))):
            item = min(63, int(chance.paretovariate(0.6)))
            when = 1_000_000_000 + chance.randrange(90_000_000)
            rows.append(f"{user + 1},{item},{chance.randrange(2, 11) / 2},{when}")
            if len(rows) > 4_000:
                break
    rows[7] = "3,12,good,1000000000"
    titles = ["movieId,title,genres"]
    titles += [
        f"{item},{WORDS[item % 8]} {THINGS[item // 8]},"
        + "|".join(sorted(chance.sample(GENRES, 1 + item % 3)))
        for item in range(64)
    ]
    (folder / "ratings.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "movies.csv").write_text("\n".join(titles), encoding="utf-8")
    return Home.locate()


@pytest.mark.thorough
@AT_SIZES
async def test_an_import(world: Home, studio: Studio, size) -> None:
    app = SigmaApp(HomeScreen(world, device="cpu"))
    async with studio.open(app, size) as (pilot, camera):
        await until_text(pilot, "No datasets yet")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportScreen))
        screen = app.screen
        assert isinstance(screen, ImportScreen)
        await camera.take("begun", themes=[DARK.name])
        screen.query_one("#path", PathField).input.value = "films/ratings.csv"
        screen.query_one("#min-rating", Input).value = "3.5"
        screen.query_one("#k-core", Input).value = "3"
        await pilot.press("f3")
        await until(pilot, lambda: screen.kept is not None and len(screen.kept.rules) == 3)
        await camera.take("ready")
        if size[0] < 100:
            for key, pane in (("f2", "columns"), ("f4", "rows")):
                await pilot.press(key)
                await camera.take(pane, themes=[DARK.name])
        away = Path("films/ratings.csv").rename("films/elsewhere.csv")
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, ImportRunScreen) and app.screen.ended)
        await camera.take("failed")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen and "no file" in text_of(pilot))
        away.rename("films/ratings.csv")
        screen.query_one("#path", PathField).input.value = "films/"  # read again when it changes
        screen.query_one("#path", PathField).input.value = "films/ratings.csv"
        await pilot.press("f3")
        await until(pilot, lambda: screen.kept is not None and len(screen.kept.rules) == 3)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, ImportRunScreen) and app.screen.ended)
        await camera.take()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DatasetScreen) and app.screen.view)
        await camera.take()
        if size[0] < 100:
            for key, pane in (("2", "detail"), ("3", "items"), ("4", "plots"), ("5", "about")):
                await pilot.press(key)
                await camera.take(pane, themes=[DARK.name])
