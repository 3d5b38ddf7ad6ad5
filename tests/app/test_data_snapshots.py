"""Pictures of the import and of a dataset; see test_snapshots."""

import asyncio
import random
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.home import Home
from engine.library.importing import ImportRequest, import_source
from sigma_tui.app import SigmaApp
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.widgets.path_field import PathField

LOOKS = [((80, 24), "sigma-dark"), ((120, 36), "sigma-light"), ((200, 50), "sigma-dark")]
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
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_an_import_that_is_ready(world: Home, snap_compare, size, theme) -> None:
    screen = ImportScreen(world)

    async def choose(pilot: Pilot[None]) -> None:
        screen.query_one("#path", PathField).input.value = "films/ratings.csv"
        screen.query_one("#min-rating", Input).value = "3.5"
        screen.query_one("#k-core", Input).value = "3"
        await pilot.press("f3")
        while screen.kept is None or len(screen.kept.rules) < 3:
            await asyncio.sleep(0.01)
            await pilot.pause()
        for line in screen.query(Input):
            line.cursor_blink = False
        await pilot.pause(0.2)

    app = SigmaApp(screen, theme=theme)
    assert snap_compare(app, run_before=choose, terminal_size=size)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_a_dataset_with_its_plots(world: Home, snap_compare, size, theme) -> None:
    source = Path("films/ratings.csv")
    import_source(world.library, ImportRequest(source, "films", min_rating=3.5, k_core=3))
    screen = DatasetScreen(world, "films")

    async def wait(pilot: Pilot[None]) -> None:
        while screen.view is None:
            await asyncio.sleep(0.01)
            await pilot.pause()
        if size[0] == 80:
            await pilot.press("4")
        await pilot.pause(0.2)

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=wait, terminal_size=size)
