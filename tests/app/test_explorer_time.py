"""The timeline and play, and all of the explorer at every size."""

import math

import pytest

from sigma_tui.screens import playing
from sigma_tui.widgets.timeline_pane import TimelinePane

pytestmark = pytest.mark.asyncio


@pytest.mark.thorough
async def test_the_timeline_tells_the_rank_of_what_came_next_and_goes_there(explorer) -> None:
    async with explorer() as opened:
        await opened.thought()
        screen, pane = opened.screen, opened.screen.query_one(TimelinePane)
        items = screen.journey.now.items
        ranks = pane.timeline.ranks
        for step in (0, len(items) - 1):
            target = items[step + 1] if step + 1 < len(items) else screen._held_out
            rank = screen.explorer.answer(items[: step + 1], target=target).target_rank
            assert ranks[step] == (math.inf if rank is None else rank)
        await opened.pilot.press("5")
        await opened.until(lambda: pane.lines.has_focus)
        await opened.pilot.press("left", "left")
        told = opened.drawn_segments("#timeline-lines")[-1]
        rank = ranks[len(items) - 3]
        assert told.startswith(" next: ") and told.rstrip().endswith(
            "seen before" if math.isinf(rank) else f"#{int(rank)}"
        )
        await opened.press("enter")
        assert screen.journey.now.items == items[:-2]
        assert pane.timeline.steps == len(items), "what was cut off can still be gone to"
        assert pane.timeline.now == len(items) - 2
        await opened.press("right", "enter")
        assert screen.journey.now.items == items[:-1]
        await opened.pilot.click("#timeline-lines", offset=(6, 0))
        await opened.answered()
        assert screen.journey.now.items == items[:1]
        await opened.press("u", "u", "u")
        assert screen.journey.now.items == items


@pytest.mark.thorough
async def test_the_timeline_of_a_model_without_interests_still_tells_the_ranks(
    explorer, small, tmp_path
) -> None:
    from dataclasses import replace

    from engine.training.train import TrainRequest, train

    result = train(
        TrainRequest(
            library=small.library, runs=tmp_path, dataset="small", name="plain", model="sasrec",
            device="cpu", settings={"dim": 16, "epochs": 1, "max_length": 8},
        )
    )  # fmt: skip
    async with explorer(world=replace(small, run=result.path)) as opened:
        await opened.thought()
        assert "what came next" in opened.text() or "ranks:" in opened.text()
        await opened.pilot.press("w")
        told = [notice.message for notice in opened.pilot.app._notifications]
        assert any("no categories of the catalogue" in message for message in told)


@pytest.mark.thorough
async def test_the_model_plays_on_pauses_and_one_undo_takes_all_back(explorer, monkeypatch) -> None:
    monkeypatch.setattr(playing, "PACE", 0.2)  # it must not play to its end meanwhile
    async with explorer() as opened:
        screen = opened.screen
        items = screen.journey.now.items
        best = opened.listed[0]
        await opened.pilot.press("P")
        await opened.until(lambda: len(screen.journey.now.items) >= len(items) + 3)
        await opened.pilot.press("P")
        await opened.answered()
        paused = screen.journey.now.items
        assert screen.playing.paused and "P goes on" in opened.text()
        assert paused[: len(items) + 1] == (*items, best)
        await opened.pilot.pause(0.5)
        assert screen.journey.now.items == paused
        await opened.pilot.press("P")
        await opened.until(lambda: len(screen.journey.now.items) > len(paused))
        await opened.press("escape")
        assert screen.playing is None and opened.pilot.app.screen is screen
        assert len(screen.journey.past) == 1
        await opened.press("u")
        assert screen.journey.now.items == items


@pytest.mark.thorough
async def test_an_edit_of_ones_own_ends_the_play(explorer, monkeypatch) -> None:
    monkeypatch.setattr(playing, "PACE", 0.2)  # it must not play to its end meanwhile
    async with explorer() as opened:
        await opened.pilot.press("P")
        await opened.until(lambda: opened.screen.playing and opened.screen.playing.steps > 0)
        await opened.press("d")
        assert opened.screen.playing is None


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_all_of_it_is_usable_at_every_size(explorer, size) -> None:
    async with explorer(size=size, user="u00") as opened:
        await opened.press("home", "t")
        await opened.thought()
        for keys, seen in [
            (("5",), "enter goes there"),
            (("3", "enter"), "▸"),
            (("w",), "0 reset"),
            (("w", "4"), "why"),
            (("y",), "relevance"),
            (("enter", "1"), "id"),
        ]:
            await opened.press(*keys)
            await opened.until(lambda seen=seen: seen in opened.text(), 5)
        for size_ in ((20, 5), (1, 1), size):
            await opened.pilot.resize_terminal(*size_)
            await opened.pilot.pause()
        assert opened.pilot.app.is_running
