"""Home, and what a start loads."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from app_support import text_of, until, until_text
from filelock import FileLock
from textual.pilot import Pilot

from engine.home import Home
from engine.library.library import Library
from sigma_tui.app import SigmaApp
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen


async def until_told(pilot: Pilot[None], text: str) -> None:
    """Waits for a notification, which may be wrapped on the screen."""
    for _ in range(400):
        if any(text in told.message for told in pilot.app._notifications):
            return
        await asyncio.sleep(0.02)
        await pilot.pause()
    raise AssertionError(f"{text!r} was never told")


async def test_an_empty_library_offers_the_demo_and_an_import(tmp_path: Path) -> None:
    app = SigmaApp(HomeScreen(Home.at(tmp_path)))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "Press d to explore the built-in demo")
        assert "sigma-tui data import" in text_of(pilot)
    assert not (tmp_path / "library.duckdb").exists()


async def test_home_lists_datasets_and_runs_and_opens_one(small) -> None:
    app = SigmaApp(HomeScreen(Home.at(small.home), device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        line = next(one for one in text_of(pilot).splitlines() if "tiny" in one)
        assert re.search(r" done +(\d of )?4 ", line), line
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ExplorerScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


async def test_a_trial_without_an_epoch_is_no_run_to_choose(small, tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    for name in ("tiny-sigma-12ab34-1", "tiny-sigma-12ab34-2", "tiny-sigma-2"):
        shutil.copytree(small.run, home.runs / name)
    for name in ("tiny-sigma-12ab34-1", "tiny-sigma-2"):
        (home.runs / name / "events.jsonl").write_text("")
    study = home.tuning / "tiny-sigma-12ab34"
    study.mkdir(parents=True)
    (study / "study.json").write_text("{}")
    screen = HomeScreen(home, device="cpu")
    async with SigmaApp(screen).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: screen._runs)
        assert sorted(run.name for run in screen._runs) == ["tiny-sigma-12ab34-2", "tiny-sigma-2"]


async def test_a_locked_library_is_a_message(tmp_path: Path) -> None:
    code = (
        "import sys, time, duckdb\n"
        f"c = duckdb.connect({str(tmp_path / 'library.duckdb')!r})\n"
        "print('held', flush=True); time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        app = SigmaApp(HomeScreen(Home.at(tmp_path)))
        async with app.run_test(size=(200, 50)) as pilot:
            await until_text(pilot, f"is in use by process {holder.pid}")
            assert app.is_running
    finally:
        holder.kill()
        holder.wait()


PROBE = """
import asyncio, sys
{body}
print(sorted(name for name in ("torch", "textual", "duckdb", "numpy", "rich.console")
             if name in sys.modules))
"""


def loaded(body: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(body=body)],
        capture_output=True,
        text=True,
        check=True,
        env={"SIGMA_TUI_HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "xterm"},
        cwd=Path(__file__).parents[2],
    )
    return done.stdout.splitlines()[-1]


def test_help_loads_nothing_that_draws_or_computes(tmp_path: Path) -> None:
    body = (
        "from typer.testing import CliRunner\n"
        "from sigma_tui.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0"
    )
    assert loaded(body, tmp_path) == "[]"


def test_the_first_picture_of_home_comes_before_torch_duckdb_and_numpy(tmp_path: Path) -> None:
    body = """
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.screens.home import HomeScreen
seen = None
class Watched(SigmaApp):
    def post_display_hook(self):
        global seen
        seen = seen or set(sys.modules)
async def main():
    app = Watched(HomeScreen(Home.locate()))
    async with app.run_test() as pilot:
        while seen is None:
            await pilot.pause()
asyncio.run(main())
assert "textual" in seen
sys.modules = {name: None for name in seen}
"""
    assert loaded(body, tmp_path) == "['rich.console', 'textual']"


@pytest.mark.thorough
def test_home_loads_torch_once_its_lists_are_shown(tmp_path: Path) -> None:
    body = """
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.screens.home import HomeScreen
async def main():
    app = SigmaApp(HomeScreen(Home.locate()))
    async with app.run_test() as pilot:
        while "sigma_tui.screens.explorer" not in sys.modules:
            await asyncio.sleep(0.02)
asyncio.run(main())
"""
    assert "torch" in loaded(body, tmp_path)


@pytest.mark.parametrize("theme", ["sigma-dark", "sigma-light"])
async def test_both_looks_show_home(tmp_path: Path, theme: str) -> None:
    app = SigmaApp(HomeScreen(Home.at(tmp_path)), theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_text(pilot, "No datasets yet.")
    with Library.open(tmp_path / "library.duckdb") as library:
        assert library.datasets() == []


async def test_a_demo_that_cannot_be_stored_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a directory should be")
    app = SigmaApp(HomeScreen(Home.at(tmp_path)))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until_text(pilot, "Press d")
        await pilot.press("d")
        await until_text(pilot, "cache")
        assert isinstance(app.screen, HomeScreen)


async def test_the_headings_follow_a_resize(small) -> None:
    app = SigmaApp(HomeScreen(Home.at(small.home), device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        lines = text_of(pilot).splitlines()
        heading = next(line for line in lines if "R@20" in line)
        row = lines[lines.index(heading) + 1]
        assert heading.index("R@20") + 4 == row.rindex(".", 0, row.rindex(".")) + 4


async def test_the_lists_are_gone_to_by_key_and_a_dataset_is_opened(small) -> None:
    app = SigmaApp(HomeScreen(Home.at(small.home), device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        await pilot.press("2")
        assert app.screen.query_one("#datasets-lines").has_focus
        await pilot.press("1")
        assert app.screen.query_one("#runs-lines").has_focus
        await pilot.press("2", "enter")
        await pilot.pause()
        assert isinstance(app.screen, DatasetScreen)
        await until_text(pilot, "median")
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


@pytest.fixture
def own(small, tmp_path: Path) -> Home:
    """The small world in a home where things may be removed."""
    shutil.copy(small.library, tmp_path / "library.duckdb")
    shutil.copytree(small.home / "runs", tmp_path / "runs")
    return Home.at(tmp_path)


@pytest.mark.thorough
async def test_removing_a_dataset_names_what_goes_and_asks_first(own: Home) -> None:
    app = SigmaApp(HomeScreen(own, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        await pilot.press("2", "x")
        await until_text(pilot, "Remove dataset small?")
        await until_text(pilot, "30 users, 40 items")
        assert "1 run was trained on it" in text_of(pilot)
        assert "without it: tiny" in text_of(pilot)
        await pilot.press("enter")  # the answer that keeps it has the focus
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)
        with Library.open(own.library) as library:
            assert len(library.datasets()) == 1
        await pilot.press("x")
        await until_text(pilot, "Remove dataset small?")
        await pilot.click("#yes")
        await until_text(pilot, "No datasets yet. Press i to import a file.")
        assert "tiny" in text_of(pilot)  # the run stays
    with Library.open(own.library) as library:
        assert library.datasets() == []


async def test_removing_a_run_keeps_its_dataset(own: Home) -> None:
    app = SigmaApp(HomeScreen(own, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        await pilot.press("x")
        await until_text(pilot, "Remove run tiny?")
        await until_text(pilot, "The dataset small stays.")
        await pilot.press("escape")
        await until(pilot, lambda: "Remove run tiny?" not in text_of(pilot))
        await pilot.press("x")
        await until_text(pilot, "Remove run tiny?")
        await pilot.press("y")
        await until_text(pilot, "There are no runs yet.")
        assert "small" in text_of(pilot)
    assert not (own.runs / "tiny").exists()


@pytest.mark.thorough
async def test_what_cannot_be_removed_says_why(own: Home) -> None:
    app = SigmaApp(HomeScreen(own, device="cpu"))
    async with app.run_test(size=(200, 50), notifications=True) as pilot:
        await until_text(pilot, "tiny")
        code = (
            "import time, duckdb\n"
            f"c = duckdb.connect({str(own.library)!r}, read_only=True)\n"
            "print('held', flush=True); time.sleep(60)\n"
        )
        holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            await pilot.press("2", "x")
            await until_text(pilot, "Remove dataset small?")
            await pilot.press("y")
            await until_told(pilot, f"in use by process {holder.pid}")
        finally:
            holder.kill()
            holder.wait()
        with FileLock(own.runs / "tiny" / "training.lock"):
            await pilot.press("1", "x")
            await until_text(pilot, "Remove run tiny?")
            await pilot.press("y")
            await until_told(pilot, "is being trained")
        shutil.rmtree(own.runs / "tiny")
        await pilot.press("x")
        await until_text(pilot, "Remove run tiny?")
        await pilot.press("y")
        await until_told(pilot, "there is no run 'tiny'")


async def test_nothing_to_remove_or_open_is_no_error(tmp_path: Path) -> None:
    app = SigmaApp(HomeScreen(Home.at(tmp_path)))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until_text(pilot, "The library is empty")
        await pilot.press("x")
        await until_told(pilot, "nothing here to remove")
        await pilot.press("enter", "2", "enter", "x", "1")
        app.screen.action_open()  # as from the palette
        await until_told(pilot, "nothing here to open")
        assert isinstance(app.screen, HomeScreen)
