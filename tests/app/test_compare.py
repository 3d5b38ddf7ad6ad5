"""Two runs side by side, and over all users."""

import json
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from app_support import place_of, text_of, until
from textual.pilot import Pilot

from engine.explore import all_users
from engine.home import Home
from engine.training.runs import RUN
from sigma_tui.app import SigmaApp
from sigma_tui.keys.actions import ACTIONS
from sigma_tui.screens.compare import CompareScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.other_run import OtherRunScreen
from sigma_tui.widgets.compared_pane import ComparedPane
from sigma_tui.widgets.line_list import LineList

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def home(small, personal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with both runs on the same data, and nothing measured."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    home = Home.locate()
    shutil.copy(small.library, home.library)
    for run in (small.run, personal.run):
        shutil.copytree(run, home.runs / run.name)
    return home


@pytest.fixture
def compared(home):
    """Opens both runs; gives the screen and its pilot."""

    @asynccontextmanager
    async def opened(
        size=(120, 36), runs=("tiny", "own")
    ) -> AsyncIterator[tuple[CompareScreen, Pilot]]:
        first, second = (home.runs / name for name in runs)
        screen = CompareScreen((first, second), home.library, user="u01", device="cpu")
        async with SigmaApp(screen).run_test(size=size) as pilot:
            await until(pilot, lambda: screen.shown is not None or screen.trouble)
            await pilot.pause()
            yield screen, pilot

    return opened


async def answered(screen: CompareScreen, pilot: Pilot) -> None:
    await until(pilot, lambda: screen.shown.question.items == screen.journey.now.items)
    await pilot.pause()


def listed(answer) -> list[int]:
    return [line.item for line in answer.recommendations]


async def test_both_lists_are_the_engines_answers_also_after_an_edit(compared) -> None:
    async with compared() as (screen, pilot):
        for keys in ((), ("home", "d"), ("a", "enter"), ("n",)):
            await pilot.press(*keys)
            await answered(screen, pilot)
            items = screen.journey.now.items
            for explorer, shown in (
                (screen.pair.first, screen.shown.first),
                (screen.pair.second, screen.shown.second),
            ):
                fresh = explorer.answer(items, k=100, target=shown.answer.target)
                assert listed(shown.answer) == listed(fresh)
                assert shown.answer.target_rank == fresh.target_rank
        assert screen.user_label == "u02"


@pytest.mark.thorough
async def test_each_line_says_where_the_other_run_has_it(compared) -> None:
    async with compared() as (screen, pilot):
        first, second = listed(screen.shown.first.answer), listed(screen.shown.second.answer)
        drawn = [
            screen.query_one("#first-lines", LineList)._draw(index, 60).plain.split()
            for index in range(10)
        ]
        for line, item in zip(drawn, first, strict=False):
            assert line[1] == str(second.index(item) + 1)
            assert (line[2] == "◆") == (second.index(item) >= 10)
        alone = len(set(first[:10]) - set(second[:10]))
        assert f"{alone} only here" in text_of(pilot)
        assert f"@10 {len(set(first[:10]) & set(second[:10])) / 10:.2f}".replace(
            "0.", "."
        ) in text_of(pilot)
        await pilot.press(*["left_square_bracket"])
        await pilot.pause()
        assert screen.query_one("#first-lines", LineList).count == 5


@pytest.mark.thorough
async def test_sides_change_with_everything_that_belongs_to_them(compared) -> None:
    async with compared() as (screen, pilot):
        left = screen.query_one("#first", ComparedPane)
        assert "A · tiny" in text_of(pilot) and "A Interests · K = 4" in text_of(pilot)
        await pilot.press("m")
        await until(pilot, lambda: screen.rows is not None)
        before = [row.first for row in screen.rows]
        best = left.item_at_cursor()
        await pilot.press("x")
        await pilot.pause()
        assert "A · own" in text_of(pilot) and "A Interests · K = 3" in text_of(pilot)
        assert best == screen.query_one("#second", ComparedPane).item_at_cursor()
        shown = screen.query_one("#metrics").rows
        assert [row.second for row in shown] == before


@pytest.mark.thorough
async def test_all_users_are_ranked_once_and_kept(compared, home) -> None:
    async with compared() as (screen, pilot):
        await until(pilot, lambda: "Press m to rank every user" in text_of(pilot))
        await pilot.press("m")
        await until(pilot, lambda: screen.rows is not None)
        await pilot.pause()
        text = text_of(pilot)
        assert "Recall@10" in text and "A − B" in text
        assert ("clear" in text) or ("may be chance" in text)
        first = screen.rows
    assert len(list(home.measured.iterdir())) == 2
    async with compared() as (screen, pilot):
        await until(pilot, lambda: screen.rows == first)  # without asking


@pytest.mark.thorough
async def test_measuring_shows_how_far_it_is_and_stops(compared, home, monkeypatch) -> None:
    go_on = threading.Event()
    evaluate = all_users.evaluate

    def slow(*rest, progress, **free):
        progress(7, 30)
        go_on.wait(20)
        return evaluate(*rest, progress=progress, **free)

    monkeypatch.setattr(all_users, "evaluate", slow)
    async with compared() as (screen, pilot):
        await until(pilot, lambda: not screen.measuring)
        await pilot.press("m")
        await until(pilot, lambda: "7 of 30 users" in text_of(pilot))
        await pilot.press("home", "d")  # edits are answered meanwhile
        await answered(screen, pilot)
        await pilot.press("m")
        go_on.set()
        await until(pilot, lambda: not screen.measuring)
        await pilot.pause()
        assert "Press m to rank every user" in text_of(pilot) and screen.rows is None
        assert not home.measured.is_dir() or not list(home.measured.iterdir())


@pytest.mark.thorough
async def test_edits_go_along_from_the_explorer_and_back(home) -> None:
    screen = ExplorerScreen(home.runs / "tiny", home.library, user="u03", device="cpu", clock=None)
    async with SigmaApp(screen).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press("home", "d", "v")
        await until(pilot, lambda: isinstance(pilot.app.screen, OtherRunScreen))
        choice = pilot.app.screen
        await until(pilot, lambda: choice.query_one(LineList).count == 1)
        assert "own" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        both = pilot.app.screen
        await until(pilot, lambda: both.shown is not None)
        assert both.user_label == "u03" and both.journey == screen.journey
        await pilot.press("d")
        await answered(both, pilot)
        edited = both.journey
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: screen.shown.question.items == edited.now.items)
        assert screen.journey == edited and edited.now.edits() == 2
        await pilot.press("u")
        assert screen.journey.now.edits() == 1


@pytest.mark.thorough
async def test_home_marks_one_run_and_compares_it_with_another(home) -> None:
    app = SigmaApp(HomeScreen(home, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        lines = app.screen.query_one("#runs-lines", LineList)
        await until(pilot, lambda: lines.count == 2)
        await pilot.press("home", "space")
        await pilot.pause()
        assert "✓" in text_of(pilot)
        await pilot.press("end", "v")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        both = app.screen
        await until(pilot, lambda: both.shown is not None)
        assert {both.pair.first.run_name, both.pair.second.run_name} == {"tiny", "own"}
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("home", "v")  # the marked one itself: another is to be chosen
        await until(pilot, lambda: isinstance(app.screen, OtherRunScreen))


async def test_runs_on_other_data_are_not_compared(home) -> None:
    described = json.loads((home.runs / "own" / RUN).read_text())
    (home.runs / "own" / RUN).write_text(json.dumps(described | {"fingerprint": "other"}))
    app = SigmaApp(HomeScreen(home, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        lines = app.screen.query_one("#runs-lines", LineList)
        await until(pilot, lambda: lines.count == 2)
        await pilot.press("home", "space", "end", "v")
        await pilot.pause()
        assert any("different data" in one.message for one in app._notifications)
        await pilot.press("space", "v")  # marked is the one under the cursor now
        await until(pilot, lambda: "There is no other run on small" in text_of(pilot))


async def test_a_missing_run_is_a_sentence(compared) -> None:
    async with compared(runs=("tiny", "gone")) as (screen, pilot):
        assert "gone" in screen.trouble
        assert "gone" in screen.query_one("#second-lines", LineList).empty
        assert pilot.app.is_running


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_every_pane_is_reached_at_every_size(compared, size) -> None:
    async with compared(size=size) as (screen, pilot):
        for key, title in (
            ("1", "1 Users"), ("3", "3 A · tiny"), ("4", "4 B · own"), ("5", "5 Agreement"),
            ("6", "6 All users"), ("2", "2 Sequence"),
        ):  # fmt: skip
            await pilot.press(key)
            await pilot.pause()
            await pilot.pause()
            assert f"─ {title}" in text_of(pilot), key
            pane = screen.PANES[int(key) - 1]
            assert screen.query_one(f"#{pane}").has_focus_within
        assert "q quit" in text_of(pilot).splitlines()[-1]
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert "2 Sequence" in text_of(pilot)


@pytest.mark.thorough
async def test_what_the_palette_offers_can_be_done(compared) -> None:
    async with compared() as (screen, pilot):
        offered = [
            action for action in ACTIONS
            if "(" in action.id and hasattr(screen, f"action_{action.id.split('(')[0]}")
        ]  # fmt: skip
        assert len(offered) >= 6
        for action in offered:
            await pilot.app.run_action(action.id, default_namespace=screen)
            await pilot.pause()
        await pilot.press("3")
        await pilot.pause()
        before = screen.journey.now.items
        await pilot.press("plus")
        await answered(screen, pilot)
        assert screen.journey.now.items[:-1] == before


@pytest.mark.thorough
async def test_an_empty_sequence_has_nothing_to_compare(compared) -> None:
    async with compared() as (screen, pilot):
        await pilot.press("N")
        await answered(screen, pilot)
        assert screen.user_label is None
        assert "Nothing to compare" in text_of(pilot)
        await pilot.click(offset=place_of(pilot, "1 shows the users"))
        await pilot.pause()
        await pilot.pause()
        assert "1 Users · 30" in text_of(pilot)
