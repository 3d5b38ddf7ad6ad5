"""Scenarios and the smallest change, in the explorer."""

import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from app_support import place_of, text_of, until
from textual.pilot import Pilot
from textual.widgets import Input

from engine.explore import smallest_change
from engine.explore.change import Searched
from sigma_tui.app import SigmaApp
from sigma_tui.look.text import visible
from sigma_tui.screens.compare_scenarios import CompareScenariosScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.scenarios import ScenariosScreen
from sigma_tui.screens.smallest_change import SmallestChangeScreen
from sigma_tui.widgets.line_list import LineList

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scenarios and exports of one test are its own."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def explorer(small):
    """Opens an explorer; gives its screen and its pilot."""

    @asynccontextmanager
    async def opened(size=(120, 36), user="u01") -> AsyncIterator[tuple[ExplorerScreen, Pilot]]:
        screen = ExplorerScreen(small.run, small.library, user=user, device="cpu", clock=None)
        async with SigmaApp(screen).run_test(size=size) as pilot:
            await until(pilot, lambda: screen.shown is not None)
            await pilot.pause()
            yield screen, pilot

    return opened


async def answered(screen: ExplorerScreen, pilot: Pilot) -> None:
    await until(
        pilot,
        lambda: (
            pilot.app.screen is screen and screen.shown.question.items == screen.journey.now.items
        ),
    )
    await pilot.pause()


async def scenarios(pilot: Pilot, *keys: str) -> None:
    """Opens the scenarios by a key, waits until they are read, and goes to the list."""
    await pilot.press(*(keys or ("S",)))
    await until(pilot, lambda: isinstance(pilot.app.screen, ScenariosScreen))
    lines = pilot.app.screen.query_one(LineList)
    await until(pilot, lambda: lines.count)
    lines.focus()
    await pilot.pause()


async def keep(screen: ExplorerScreen, pilot: Pilot, name: str) -> None:
    await scenarios(pilot)
    typed = pilot.app.screen.query_one(Input)
    typed.value = name
    typed.focus()
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen is screen)
    await pilot.pause()


async def test_edits_are_kept_by_name_and_gone_back_to(explorer) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press("home", "d", "d")
        await keep(screen, pilot, "short")
        kept = screen.journey.now
        assert "scenario “short”" in text_of(pilot)
        await pilot.press("d")
        await answered(screen, pilot)
        assert "scenario “short”, edited since" in text_of(pilot)
        await scenarios(pilot)
        assert "the original" in text_of(pilot) and "−2" in text_of(pilot)
        await pilot.press("down", "enter")
        await answered(screen, pilot)
        assert screen.journey.now == kept
        await pilot.press("u")
        await answered(screen, pilot)
        assert screen.journey.now.edits() == 3  # going to a scenario is an edit itself
        await scenarios(pilot)
        await pilot.press("home", "enter")
        await answered(screen, pilot)
        assert screen.journey.now.is_original and "scenario “" not in text_of(pilot)


@pytest.mark.thorough
async def test_scenarios_survive_and_belong_to_one_user(explorer) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, "without the first")
        await pilot.press("n", "N")
        await scenarios(pilot)
        assert "without the first" not in text_of(pilot)
        assert "No scenario of this user is kept yet" in text_of(pilot)
    async with explorer() as (screen, pilot):
        await scenarios(pilot, "ctrl+s")
        assert "without the first" in text_of(pilot)
        await pilot.press("end", "enter")
        await answered(screen, pilot)
        assert screen.journey.now.items == screen.journey.now.original[1:]


@pytest.mark.thorough
async def test_a_scenario_is_deleted_at_the_second_time(explorer, home) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, "[/] one")
        await scenarios(pilot)
        lines = pilot.app.screen.query_one(LineList)
        await pilot.press("home", "d")
        assert "The original stays" in text_of(pilot)
        await pilot.press("end", "d")
        assert "Press d again to delete “[/] one”" in text_of(pilot)
        await pilot.press("home", "end", "d")  # walking about forgets the first time
        assert "Press d again" in text_of(pilot) and lines.count == 2
        await pilot.press("d")
        await until(pilot, lambda: lines.count == 1)
        [path] = (home / "state" / "scenarios").glob("*.json")
        assert json.loads(path.read_text())["scenarios"] == []


@pytest.mark.thorough
async def test_an_export_is_a_file_that_is_named(explorer, tmp_path) -> None:
    async with explorer() as (screen, pilot):
        await scenarios(pilot)
        await pilot.press("e")
        assert "nothing to export" in text_of(pilot)
        await pilot.press("escape", "home", "d")
        await keep(screen, pilot, "one")
        await scenarios(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "sigma-scenarios-1.json" in text_of(pilot).replace("\n", ""))
        told = json.loads((tmp_path / "sigma-scenarios-1.json").read_text())
        assert told["user"] == "u01" and told["scenarios"][0]["lines"][0]["mark"] == "-"
        await pilot.press("e")
        await until(pilot, lambda: (tmp_path / "sigma-scenarios-2.json").is_file())


@pytest.mark.thorough
async def test_two_scenarios_side_by_side_are_the_engines_answers(explorer) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, "first out")
        await pilot.press("end", "d")
        await keep(screen, pilot, "both out")
        versions = [screen.journey.now]
        await scenarios(pilot)
        await pilot.press("home", "down", "space")
        assert "✓ first out" in text_of(pilot)
        await pilot.press("down", "v")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScenariosScreen))
        pair = pilot.app.screen
        await until(pilot, lambda: pair.answers is not None)
        await pilot.pause()
        for answer in pair.answers:
            fresh = screen.explorer.answer(answer.question.items, k=100)
            assert answer.answer.recommendations == fresh.recommendations
        assert pair.answers[1].question.items == versions[0].items
        assert "A · first out" in text_of(pilot) and "rank-biased overlap" in text_of(pilot)
        await pilot.press("x")
        await pilot.pause()
        assert "A · both out" in text_of(pilot)
        await pilot.press("escape")
        assert pilot.app.screen is screen


@pytest.mark.thorough
async def test_comparing_needs_two_different_ones(explorer) -> None:
    async with explorer() as (_screen, pilot):
        await scenarios(pilot)
        await pilot.press("v")
        assert "Two different ones can be compared" in text_of(pilot)
        await pilot.press("escape", "home", "d")
        await scenarios(pilot)
        await pilot.press("home", "v")  # the original with what is edited, kept or not
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScenariosScreen))
        assert "the present edits" in text_of(pilot)


@pytest.mark.thorough
async def test_a_damaged_file_is_a_sentence_and_stays_as_it_is(explorer, home) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, "one")
        [path] = (home / "state" / "scenarios").glob("*.json")
        path.write_text("[red]{")
        await scenarios(pilot)
        assert "cannot be read" in text_of(pilot)
        pilot.app.screen.query_one(Input).focus()
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert path.read_text() == "[red]{" and isinstance(pilot.app.screen, ScenariosScreen)
        await pilot.press("escape")
        assert pilot.app.is_running


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_hostile_names_and_titles_are_text_at_every_size(explorer, size) -> None:
    hostile = "[@click=app.quit]x[/] \x1b[31m\u202e"
    async with explorer(size=size, user="u00") as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, hostile)
        seen = text_of(pilot)
        await scenarios(pilot)
        seen += text_of(pilot)
        await pilot.press("end", "v")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScenariosScreen))
        pair = pilot.app.screen
        await until(pilot, lambda: pair.answers is not None)
        await pilot.pause()
        seen += text_of(pilot)
        await pilot.press("escape")
        for item in (1, 3, 4):
            screen._search_change(item)
            await until(pilot, lambda: isinstance(pilot.app.screen, SmallestChangeScreen))
            dialog = pilot.app.screen
            await until(pilot, lambda: dialog.searched and dialog.searched.ended)  # noqa: B023
            await pilot.pause()
            seen += text_of(pilot)
            await pilot.press("escape")
        assert "[@click=app.quit]x[/]" in seen
        assert "\x1b" not in seen and "\u202e" not in seen
        assert pilot.app.is_running


async def searched(pilot: Pilot) -> SmallestChangeScreen:
    """The dialog when its search is over."""
    await until(pilot, lambda: isinstance(pilot.app.screen, SmallestChangeScreen))
    dialog = pilot.app.screen
    await until(pilot, lambda: dialog.searched is not None and dialog.searched.ended)
    await pilot.pause()
    return dialog


@pytest.mark.thorough
async def test_what_sends_a_recommendation_out_is_applied_as_a_scenario(explorer) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press(*["left_square_bracket"])  # a list of 5
        await until(pilot, lambda: len(screen.shown.answer.recommendations) == 5)
        await pilot.press("4")
        await pilot.pause()
        before = screen.journey.now
        await pilot.press("end", "c")  # the last one is the easiest to send out
        dialog = await searched(pilot)
        item = screen.shown.answer.recommendations[4].item
        best = dialog.searched.found[0]
        assert dialog.searched.aim == "out" and dialog.searched.rank == 5
        assert "What sends out" in text_of(pilot) and f"#{best.rank}" in text_of(pilot)
        titles = screen.explorer.catalogue.titles
        whole = dialog.query_one("#change-chosen").content.plain
        assert all(visible(titles[before.items[at] - 1]) in whole for at in best.removed)
        await pilot.press("enter")
        await answered(screen, pilot)
        assert screen.journey.now == best.applied_to(before)
        assert item not in [line.item for line in screen.shown.answer.recommendations]
        said = pilot.app._notifications
        await until(pilot, lambda: any("Kept as scenario" in one.message for one in said))
        await scenarios(pilot)
        assert " out: − " in text_of(pilot)


@pytest.mark.thorough
async def test_what_brings_an_item_in_is_applied(explorer) -> None:
    async with explorer() as (screen, pilot):
        await pilot.press(*["left_square_bracket"])
        await until(pilot, lambda: len(screen.shown.answer.recommendations) == 5)
        await pilot.press("B", *"title 35")
        await pilot.pause(0.1)
        await pilot.press("enter")
        dialog = await searched(pilot)
        assert dialog.searched.aim == "in" and dialog.searched.found
        assert "What brings in Title 35?" in text_of(pilot)
        assert "all 39" in text_of(pilot)  # every other item was tried at the end
        await pilot.press("enter")
        await answered(screen, pilot)
        titles = screen.explorer.catalogue.titles
        assert "Title 35" in [titles[line.item - 1] for line in screen.shown.answer.recommendations]


@pytest.mark.thorough
async def test_answers_are_shown_as_they_come_and_escape_ends_the_search(
    explorer, monkeypatch
) -> None:
    go_on = threading.Semaphore(0)
    steps = []
    run = smallest_change._Search.run

    def slow(self):
        for told in run(self):
            go_on.acquire(timeout=20)
            steps.append(told)
            yield told

    monkeypatch.setattr(smallest_change._Search, "run", slow)
    monkeypatch.setattr(smallest_change, "BATCH", 4)
    async with explorer() as (screen, pilot):
        await pilot.press("B", "enter")  # the most popular one
        await until(pilot, lambda: isinstance(pilot.app.screen, SmallestChangeScreen))
        assert "Trying …" in text_of(pilot)
        dialog = pilot.app.screen
        go_on.release()
        await until(pilot, lambda: dialog.searched is not None)
        await pilot.pause()
        assert "searching …" in text_of(pilot) and "of 20,000 sequences" in text_of(pilot)
        await pilot.press("escape")
        go_on.release(1)
        await pilot.pause(0.1)
        go_on.release(50)
        count = len(steps)
        await pilot.press("home", "d")  # the thread is free again
        await answered(screen, pilot)
        assert len(steps) == count and not steps[-1].ended


@pytest.mark.thorough
async def test_a_search_is_stopped_and_gone_on_with(explorer, monkeypatch) -> None:
    go_on = threading.Event()
    run = smallest_change._Search.run

    def slow(self):
        for told in run(self):
            yield told
            go_on.wait(20)

    monkeypatch.setattr(smallest_change._Search, "run", slow)
    async with explorer() as (_screen, pilot):
        await pilot.press("B", "enter")
        await until(pilot, lambda: getattr(pilot.app.screen, "searched", None) is not None)
        await pilot.press("s")
        await pilot.pause()
        assert "done" in text_of(pilot)
        go_on.set()
        await pilot.press("m")
        dialog = await searched(pilot)
        assert "of 80,000 sequences" in text_of(pilot)
        assert isinstance(dialog.searched, Searched)


@pytest.mark.thorough
async def test_a_search_that_fails_is_a_sentence(explorer, monkeypatch) -> None:
    def broken(self):
        raise RuntimeError("[/] out of memory")

    monkeypatch.setattr(smallest_change._Search, "run", broken)
    async with explorer() as (screen, pilot):
        await pilot.press("B", "enter")
        await until(pilot, lambda: "[/] out of memory" in text_of(pilot).replace("\n", ""))
        await pilot.press("escape", "home", "d")
        await answered(screen, pilot)


@pytest.mark.thorough
async def test_the_panes_say_what_can_be_clicked(explorer) -> None:
    async with explorer() as (screen, pilot):
        await pilot.click(offset=place_of(pilot, "S scenarios"))
        await until(pilot, lambda: isinstance(pilot.app.screen, ScenariosScreen))
        await pilot.pause()
        column, row = place_of(pilot, "· esc ")
        await pilot.click(offset=(column + 3, row))
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.click(offset=place_of(pilot, "B bring in"))
        await until(pilot, lambda: pilot.app.screen is not screen)
