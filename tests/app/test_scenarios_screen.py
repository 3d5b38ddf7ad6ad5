"""Scenarios, in the explorer."""

import json

import pytest
from app_support import place_of, text_of, until
from textual.widgets import Input
from whatif_steps import answered, keep, scenarios

from sigma_tui.screens.compare_scenarios import CompareScenariosScreen
from sigma_tui.screens.scenarios import ScenariosScreen
from sigma_tui.screens.smallest_change import SmallestChangeScreen
from sigma_tui.widgets.line_list import LineList

pytestmark = pytest.mark.asyncio


async def test_edits_are_kept_by_name_and_gone_back_to(whatif) -> None:
    async with whatif() as (screen, pilot):
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
async def test_scenarios_survive_and_belong_to_one_user(whatif) -> None:
    async with whatif() as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, "without the first")
        await pilot.press("n", "N")
        await scenarios(pilot)
        assert "without the first" not in text_of(pilot)
        assert "No scenario of this user is kept yet" in text_of(pilot)
    async with whatif() as (screen, pilot):
        await scenarios(pilot, "ctrl+s")
        assert "without the first" in text_of(pilot)
        await pilot.press("end", "enter")
        await answered(screen, pilot)
        assert screen.journey.now.items == screen.journey.now.original[1:]


@pytest.mark.thorough
async def test_a_scenario_is_deleted_at_the_second_time(whatif, tmp_path) -> None:
    async with whatif() as (screen, pilot):
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
        [path] = (tmp_path / "home" / "state" / "scenarios").glob("*.json")
        assert json.loads(path.read_text())["scenarios"] == []


@pytest.mark.thorough
async def test_an_export_is_a_file_that_is_named(whatif, tmp_path) -> None:
    async with whatif() as (screen, pilot):
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
async def test_two_scenarios_side_by_side_are_the_engines_answers(whatif) -> None:
    async with whatif() as (screen, pilot):
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
async def test_comparing_needs_two_different_ones(whatif) -> None:
    async with whatif() as (_screen, pilot):
        await scenarios(pilot)
        await pilot.press("v")
        assert "Two different ones can be compared" in text_of(pilot)
        await pilot.press("escape", "home", "d")
        await scenarios(pilot)
        await pilot.press("home", "v")  # the original with what is edited, kept or not
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScenariosScreen))
        assert "the present edits" in text_of(pilot)


@pytest.mark.thorough
async def test_a_damaged_file_is_a_sentence_and_stays_as_it_is(whatif, tmp_path) -> None:
    async with whatif() as (screen, pilot):
        await pilot.press("home", "d")
        await keep(screen, pilot, "one")
        [path] = (tmp_path / "home" / "state" / "scenarios").glob("*.json")
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
async def test_hostile_names_and_titles_are_text_at_every_size(whatif, size) -> None:
    hostile = "[@click=app.quit]x[/] \x1b[31m\u202e"
    async with whatif(size=size, user="u00") as (screen, pilot):
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


@pytest.mark.thorough
async def test_the_panes_say_what_can_be_clicked(whatif) -> None:
    async with whatif() as (screen, pilot):
        await pilot.click(offset=place_of(pilot, "S scenarios"))
        await until(pilot, lambda: isinstance(pilot.app.screen, ScenariosScreen))
        await pilot.pause()
        column, row = place_of(pilot, "· esc ")
        await pilot.click(offset=(column + 3, row))
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.click(offset=place_of(pilot, "B bring in"))
        await until(pilot, lambda: pilot.app.screen is not screen)
