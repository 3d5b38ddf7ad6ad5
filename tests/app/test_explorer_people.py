"""Users and their sequences in the explorer, on a real model."""

import numpy as np
import pytest
from opened_explorer import Opened

from sigma_tui.beside.user_index import UserIndex
from sigma_tui.screens.choose import ChooseScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.users_pane import UsersPane

pytestmark = pytest.mark.asyncio


async def sort(opened: Opened, order: str) -> UsersPane:
    users = opened.screen.query_one(UsersPane)
    await opened.pilot.press("1")
    await opened.until(lambda: users.lines.has_focus)
    await opened.pilot.press("s")
    await opened.until(lambda: isinstance(opened.pilot.app.screen, ChooseScreen))
    opened.pilot.app.screen.query_one(LineList).cursor = users.orders.index(order)
    await opened.pilot.press("enter")
    await opened.until(lambda: users.shown[1] == order)
    return users


@pytest.mark.thorough
async def test_all_users_are_asked_only_when_the_order_needs_it_and_that_is_kept(explorer) -> None:
    async with explorer() as opened:
        await opened.thought()
        assert opened.screen.query_one(UsersPane)._index.surveyed.done == 0
        users = await sort(opened, "worst")
        await opened.until(lambda: users.surveyed)
        await opened.until(lambda: "worst cases first" in opened.text())
        found = users._index.surveyed
        finite = [rank for rank in found.ranks if np.isfinite(rank)]
        assert found.ranks[users.user_at(0)] == max(finite)
        await opened.press("enter")  # the worst case is opened
        rank = opened.screen.shown.answer.target_rank
        assert rank == max(finite)
        assert f"{int(rank)}" in opened.drawn("#users-lines", 24)[0].split()[-1]
    async with explorer() as opened:
        users = opened.screen.query_one(UsersPane)
        assert users.surveyed, "known from before"
        await sort(opened, "diverse")
        assert users._index.surveyed.diversity[users.user_at(0)] == np.nanmax(found.diversity)


@pytest.mark.thorough
async def test_another_order_stops_asking_all_users(explorer, monkeypatch) -> None:
    async with explorer() as opened:
        await opened.thought()
        real = opened.screen._service.run
        errands = []
        monkeypatch.setattr(
            opened.screen._service, "run", lambda *of: errands.append(real(*of)) or errands[-1]
        )
        await sort(opened, "best")
        assert not errands[-1].cancelled
        await sort(opened, "longest")
        assert errands[-1].cancelled


@pytest.mark.thorough
async def test_an_id_goes_before_ids_that_contain_it_and_any_user_is_another(explorer) -> None:
    async with explorer() as opened:
        users = opened.screen.query_one(UsersPane)
        labels = [str(number) for number in reversed(range(30))]  # 29, 28 … before 2
        users.show_users(UserIndex(labels, np.ones(30, dtype=np.int64), None))
        await opened.press("slash")
        await opened.until(lambda: users.filter.has_focus)
        await opened.press("2", "enter")
        await opened.until(lambda: opened.screen.user_label == "u27")
        await opened.press("slash")
        await opened.until(lambda: users.filter.has_focus)
        await opened.press("backspace", "enter")
        await opened.until(lambda: users.lines.count == 30)
        for _ in range(5):
            before = opened.screen.user_label
            await opened.press("R")
            assert opened.screen.user_label != before


@pytest.mark.thorough
async def test_after_a_cut_the_next_item_stands_there_with_its_rank(explorer) -> None:
    async with explorer() as opened:
        original = opened.screen.journey.now.items
        await opened.press("home", "down", "down", "t")
        answer = opened.screen.shown.answer
        line = opened.drawn("#sequence-lines")[3]
        assert "next →" in line
        title = opened.screen.explorer.catalogue.titles[original[3] - 1]
        assert title[:8] in line or not title.isascii()
        told = "seen before" if answer.target_rank is None else f"#{answer.target_rank:g}"
        assert told in line
        await opened.press("u")
        assert not any("next →" in line for line in opened.drawn("#sequence-lines"))


@pytest.mark.thorough
async def test_an_item_is_repeated_behind_itself(explorer) -> None:
    async with explorer() as opened:
        items = opened.screen.journey.now.items
        await opened.press("home", "full_stop")
        assert opened.screen.journey.now.items == (items[0], *items)
        assert opened.drawn("#sequence-lines")[1].split()[1] == "+"


@pytest.mark.thorough
async def test_an_item_is_dragged_with_the_mouse_and_that_is_one_edit(explorer) -> None:
    async with explorer() as opened:
        a, b, c, *rest = opened.screen.journey.now.items
        await opened.pilot.mouse_down("#sequence-lines", offset=(9, 0))
        await opened.pilot.hover("#sequence-lines", offset=(9, 1))
        await opened.pilot.hover("#sequence-lines", offset=(9, 2))
        await opened.pilot.mouse_up("#sequence-lines", offset=(9, 2))
        await opened.answered()
        await opened.until(lambda: opened.screen.journey.past)
        assert opened.screen.journey.now.items == (b, c, a, *rest)
        assert len(opened.screen.journey.past) == 1
        await opened.pilot.click("#sequence-lines", offset=(9, 1))
        assert len(opened.screen.journey.past) == 1, "a click is no drag"
