"""Home, and what a start loads."""

import subprocess
import sys
from pathlib import Path

import pytest
from screen_support import home_at, text_of, until_text

from engine.library.library import Library
from sigma_tui.app import SigmaApp
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen


async def test_an_empty_library_offers_the_demo_and_an_import(tmp_path: Path) -> None:
    app = SigmaApp(HomeScreen(home_at(tmp_path)))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "Press d to explore the built-in demo")
        assert "sigma-tui data import" in text_of(pilot)
    assert not (tmp_path / "library.duckdb").exists()


async def test_home_lists_datasets_and_runs_and_opens_one(small) -> None:
    app = SigmaApp(HomeScreen(home_at(small.home), device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        assert "done, " in text_of(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ExplorerScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)


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
        app = SigmaApp(HomeScreen(home_at(tmp_path)))
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
    app = SigmaApp(HomeScreen(home_at(tmp_path)), theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_text(pilot, "No datasets yet.")
    with Library.open(tmp_path / "library.duckdb") as library:
        assert library.datasets() == []


async def test_a_demo_that_cannot_be_stored_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a directory should be")
    app = SigmaApp(HomeScreen(home_at(tmp_path)))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until_text(pilot, "Press d")
        await pilot.press("d")
        await until_text(pilot, "cache")
        assert isinstance(app.screen, HomeScreen)


async def test_the_headings_follow_a_resize(small) -> None:
    app = SigmaApp(HomeScreen(home_at(small.home), device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        lines = text_of(pilot).splitlines()
        heading = next(line for line in lines if "R@20" in line)
        row = lines[lines.index(heading) + 1]
        assert heading.index("R@20") + 4 == row.rindex(".", 0, row.rindex(".")) + 4
