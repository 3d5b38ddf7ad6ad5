"""Interests and steering in the explorer, on a real model."""

from dataclasses import replace

import pytest
from app_support import until

from sigma_tui.screens.home import HomeScreen
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList

pytestmark = pytest.mark.asyncio


@pytest.mark.thorough
async def test_a_selected_interest_lights_up_its_items_and_lists_its_own(explorer) -> None:
    async with explorer() as opened:
        explorer_, pane = opened.screen.explorer, opened.screen.query_one(InterestsPane)
        before = opened.drawn("#interests-lines")
        await opened.pilot.press("3")
        await opened.until(lambda: pane.lines.has_focus)
        await opened.pilot.press("enter")
        category = pane.selected
        assert (
            category
            == max(opened.screen.shown.answer.interests, key=lambda one: one.intensity).category
        )
        after = opened.drawn("#interests-lines")
        assert len(after) == len(before) + 3
        sequence = opened.screen.query_one("#sequence-lines", LineList)
        for row, item in enumerate(opened.screen.journey.now.items):
            letter = sequence._draw(row, 60).spans[-1].style
            assert ("reverse" in str(letter)) == (explorer_.category_of(item) == category)
        lit = [line.startswith("●") for line in opened.drawn("#recommendations-lines")]
        assert lit == [explorer_.category_of(item) == category for item in opened.listed]
        await opened.pilot.click("#interests-lines", offset=(4, 0))
        assert pane.selected is None, "a click takes it back"
        assert opened.drawn("#interests-lines") == before


async def test_names_have_the_room_that_there_is(explorer) -> None:
    name = "Drama, Philosophy & Essays"
    async with explorer() as opened:
        await opened.press("home", "d")
        pane = opened.screen.query_one(InterestsPane)
        portraits = tuple(replace(one, name=name) for one in pane._portraits)
        pane.show_portraits(len(portraits), portraits, pane._titles)
        for width, letters in ((37, 10), (54, 17), (90, len(name))):
            for line in opened.drawn("#interests-lines", width):
                assert name[:letters] in line, width
                assert len(line) <= width
                assert len(line.split()) >= 6  # letter, name, bar, numbers


@pytest.mark.thorough
async def test_the_key_that_takes_steering_back_is_dim_while_there_is_none(explorer) -> None:
    async with explorer() as opened:
        line = opened.screen.query_one(KeyLine)

        def reset() -> list[bool]:
            return [key.enabled for key in line.keys if key.title == "reset"]

        await opened.pilot.press("3")
        await opened.until(lambda: opened.screen.query_one(InterestsPane).lines.has_focus)
        assert reset() == []
        await opened.pilot.press("w")
        await opened.until(lambda: reset() == [False])
        await opened.press("right")
        await opened.until(lambda: reset() == [True])
        await opened.press("0")
        await opened.until(lambda: reset() == [False])


async def test_small_interests_are_folded_and_unfolded(explorer, monkeypatch) -> None:
    from sigma_tui.widgets import interests_pane

    async with explorer() as opened:
        pane = opened.screen.query_one(InterestsPane)
        strengths = sorted(one.intensity for one in opened.screen.shown.answer.interests)
        monkeypatch.setattr(interests_pane, "SMALL", (strengths[1] + strengths[2]) / 2)
        pane._show()
        assert len(opened.drawn("#interests-lines")) == 3
        assert opened.drawn("#interests-lines")[-1].startswith(" … 2 below .")
        await opened.pilot.press("3", "end", "enter")
        await opened.until(lambda: len(opened.drawn("#interests-lines")) == 5)


async def test_an_interest_is_listed_alone_and_all_come_back(explorer) -> None:
    async with explorer() as opened:
        pane = opened.screen.query_one(InterestsPane)
        everything = opened.listed
        await opened.pilot.press("3")
        await opened.until(lambda: pane.lines.has_focus)
        category = pane.category_at_cursor()
        await opened.press("f")
        assert opened.screen.shown.question.only == category
        assert {opened.screen.explorer.category_of(item) for item in opened.listed} == {category}
        assert f"only {'ABCD'[category]}" in opened.text()
        await opened.press("f")
        assert opened.listed == everything


async def test_steering_re_weighs_the_list_at_once_and_is_taken_back(explorer) -> None:
    async with explorer() as opened:
        pane, screen = opened.screen.query_one(InterestsPane), opened.screen
        plain = opened.listed
        await opened.pilot.press("3")
        await opened.until(lambda: pane.lines.has_focus)
        await opened.press("left", "right")
        assert screen.shown.question.steering == (), "only while one steers"
        await opened.press("w")
        await opened.until(lambda: pane.lines.has_focus)
        assert "steering · w done" in opened.text() and "0 reset" in opened.text()
        await opened.press("down")
        category = pane.category_at_cursor()
        before = pane.intensity(category)
        await opened.press(*["right"] * 30)
        wanted = dict(screen.shown.question.steering)
        assert before < wanted[category] <= 1.0
        fresh = screen.explorer.answer(screen.journey.now.items, k=10, steering=wanted)
        assert screen.shown.answer.recommendations == fresh.recommendations
        assert pane.intensity(category) == pytest.approx(wanted[category])
        assert any("→" in line for line in opened.drawn("#interests-lines"))
        await opened.press("down", *["right"] * 30)
        assert sum(dict(screen.shown.question.steering).values()) <= 1.0 + 1e-6
        await opened.press("n", "p")
        assert screen.shown.question.steering, "steering waits for the person's return"
        await opened.pilot.press("3")
        await opened.until(lambda: pane.lines.has_focus)
        await opened.press("0")
        assert opened.listed == plain
        await opened.press("w")
        assert "steering" not in opened.text()


@pytest.mark.thorough
async def test_escape_ends_steering_before_it_leaves(explorer) -> None:
    async with explorer() as opened:
        await opened.press("w", "right")
        steered = opened.screen.shown.answer.steered
        await opened.press("escape")
        assert opened.pilot.app.screen is opened.screen
        assert "w done" not in opened.text()
        assert opened.screen.shown.answer.steered == steered
        cursor = opened.screen.query_one(InterestsPane).lines.cursor
        await opened.press("right", "down")
        assert opened.screen.shown.answer.steered == steered
        assert opened.screen.query_one(InterestsPane).lines.cursor == cursor + 1


@pytest.mark.thorough
async def test_escape_leads_home_from_an_explorer_that_a_command_opened(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: isinstance(opened.pilot.app.screen, HomeScreen))
        await opened.pilot.press("escape")
        assert isinstance(opened.pilot.app.screen, HomeScreen)
