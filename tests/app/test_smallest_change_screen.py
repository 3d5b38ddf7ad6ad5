"""The smallest change, in the explorer."""

import threading

import pytest
from app_support import text_of, until
from textual.pilot import Pilot
from whatif_steps import answered, scenarios

from engine.explore import smallest_change
from engine.explore.change import Searched
from sigma_tui.look.text import visible
from sigma_tui.screens.smallest_change import SmallestChangeScreen

pytestmark = pytest.mark.asyncio


async def searched(pilot: Pilot) -> SmallestChangeScreen:
    """The dialog when its search is over."""
    await until(pilot, lambda: isinstance(pilot.app.screen, SmallestChangeScreen))
    dialog = pilot.app.screen
    await until(pilot, lambda: dialog.searched is not None and dialog.searched.ended)
    await pilot.pause()
    return dialog


@pytest.mark.thorough
async def test_what_sends_a_recommendation_out_is_applied_as_a_scenario(whatif) -> None:
    async with whatif() as (screen, pilot):
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
async def test_what_brings_an_item_in_is_applied(whatif) -> None:
    async with whatif() as (screen, pilot):
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
    whatif, monkeypatch
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
    async with whatif() as (screen, pilot):
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
async def test_a_search_is_stopped_and_gone_on_with(whatif, monkeypatch) -> None:
    go_on = threading.Event()
    run = smallest_change._Search.run

    def slow(self):
        for told in run(self):
            yield told
            go_on.wait(20)

    monkeypatch.setattr(smallest_change._Search, "run", slow)
    async with whatif() as (_screen, pilot):
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
async def test_a_search_that_fails_is_a_sentence(whatif, monkeypatch) -> None:
    def broken(self):
        raise RuntimeError("[/] out of memory")

    monkeypatch.setattr(smallest_change._Search, "run", broken)
    async with whatif() as (screen, pilot):
        await pilot.press("B", "enter")
        await until(pilot, lambda: "[/] out of memory" in text_of(pilot).replace("\n", ""))
        await pilot.press("escape", "home", "d")
        await answered(screen, pilot)
