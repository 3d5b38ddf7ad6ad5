"""Every idea of the explorer in a real (headless) terminal, on a real model: users, interests,
steering, the list, diversity, the timeline, play."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from textual.pilot import Pilot

from sigma_tui.app import SigmaApp
from sigma_tui.beside.user_index import UserIndex
from sigma_tui.screens import playing
from sigma_tui.screens.choose import ChooseScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.interests_pane import InterestsPane
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.timeline_pane import TimelinePane
from sigma_tui.widgets.users_pane import UsersPane

pytestmark = pytest.mark.asyncio


class Opened:
    """An explorer that is loaded, with its pilot."""

    def __init__(self, screen: ExplorerScreen, pilot: Pilot[None]) -> None:
        self.screen, self.pilot = screen, pilot

    async def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        """Waits for something that happens in the inference thread."""
        for _ in range(int(seconds * 100)):
            if condition():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it did not happen in time")

    async def press(self, *keys: str) -> None:
        """Presses keys and waits for the answer to what they made."""
        await self.pilot.press(*keys)
        await self.answered()

    async def answered(self) -> None:
        """The answer to the newest question is on the screen."""
        screen = self.screen
        await self.until(lambda: screen.shown is not None and screen.shown.number == screen._asked)
        await self.pilot.pause()

    async def thought(self) -> None:
        """All that is found out afterwards is on the screen; the timeline's ranks come last."""
        await self.answered()
        timeline = self.screen.query_one(TimelinePane)
        await self.until(lambda: timeline.timeline.ranks is not None)

    @property
    def listed(self) -> list[int]:
        """The recommended items."""
        return [line.item for line in self.screen.shown.answer.recommendations]

    def text(self) -> str:
        """All that is on the screen, as the terminal would show it."""
        lines = self.pilot.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line) for line in lines)

    def drawn(self, pane: str, width: int = 90) -> list[str]:
        """All lines of a list."""
        lines = self.screen.query_one(pane, LineList)
        return [lines._draw(index, width).plain for index in range(lines.count)]

    def drawn_segments(self, pane: str, width: int = 90) -> list[str]:
        """All lines of a picture."""
        lines = self.screen.query_one(pane, LineList)
        drawn = (lines._draw(index, width) for index in range(lines.count))
        return ["".join(segment.text for segment in line) for line in drawn]


@pytest.fixture
def explorer(small, tmp_path, monkeypatch):
    """Opens an explorer at a size, with a cache of its own."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))

    class Session:
        def __init__(self, size=(120, 36), user="u01", world=small):
            self.screen = ExplorerScreen(
                world.run, world.library, user=user, device="cpu", clock=None
            )
            self.context = SigmaApp(self.screen).run_test(size=size)

        async def __aenter__(self) -> Opened:
            opened = Opened(self.screen, await self.context.__aenter__())
            await opened.until(lambda: self.screen.shown is not None)
            return opened

        async def __aexit__(self, *error: object) -> None:
            await self.context.__aexit__(*error)

    return Session


# Users


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


# Sequence


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


async def test_an_item_is_repeated_behind_itself(explorer) -> None:
    async with explorer() as opened:
        items = opened.screen.journey.now.items
        await opened.press("home", "full_stop")
        assert opened.screen.journey.now.items == (items[0], *items)
        assert opened.drawn("#sequence-lines")[1].split()[1] == "+"


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


# Interests


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


# Recommendations


async def test_why_and_stability_come_after_the_answer_and_are_the_engines(explorer) -> None:
    async with explorer() as opened:
        await opened.press("home", "d")
        await opened.thought()
        screen, pane = opened.screen, opened.screen.query_one(RecommendationsPane)
        items, titles = screen.journey.now.items, screen.explorer.catalogue.titles
        influence = screen.explorer.influence(items, opened.listed)
        stable = screen.explorer.stability(items, opened.listed).among(10)
        for place, item in enumerate(opened.listed):
            best = int(influence[:, place].argmax())
            if influence[best, place] > 0:
                assert pane._reasons[item][0][0] == items[best]
            assert pane._stability[item] == pytest.approx(float(stable[place]))
        best = items[int(influence[:, 0].argmax())]
        if titles[best - 1].isascii():
            assert titles[best - 1].split(" (")[0][:6] in opened.drawn("#recommendations-lines")[0]
        assert "stable" in opened.text() and "why" in opened.text()


async def test_what_was_found_out_about_an_older_answer_is_dropped(explorer) -> None:
    from sigma_tui.beside.afterthoughts import Steady

    async with explorer() as opened:
        await opened.thought()
        old = Steady(opened.screen.shown.number, dict.fromkeys(opened.listed, 0.25))
        await opened.pilot.press("home", "d")
        opened.screen._tell(old)
        await opened.answered()
        pane = opened.screen.query_one(RecommendationsPane)
        assert 0.25 not in pane._stability.values()


async def test_edits_that_follow_quickly_wait_for_no_errand(explorer, monkeypatch) -> None:
    monkeypatch.setattr("sigma_tui.screens.thinking.QUIET", 2.0)  # quick for a busy machine too
    async with explorer() as opened:
        await opened.thought()
        begun = []
        real = opened.screen._service.run
        opened.screen._service.run = lambda *of: begun.append(1) or real(*of)
        await opened.pilot.press("home", "d", "d", "u", "u")
        assert not begun
        await opened.until(lambda: begun)


async def test_hidden_items_stay_away_until_they_are_shown_again(explorer) -> None:
    async with explorer() as opened:
        first, second = opened.listed[:2]
        await opened.pilot.press("4")
        await opened.until(lambda: opened.screen.query_one(RecommendationsPane).lines.has_focus)
        await opened.press("h")
        assert first not in opened.listed and opened.listed[0] == second
        assert "1 hidden" in opened.text()
        await opened.press("n")
        assert not opened.screen.shown.question.hidden, "of one person"
        await opened.press("p", "H")
        assert opened.listed[0] == first


async def test_one_category_of_the_metadata_is_listed(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("4")
        await opened.until(lambda: opened.screen.query_one(RecommendationsPane).lines.has_focus)
        await opened.pilot.press("f")
        await opened.until(lambda: isinstance(opened.pilot.app.screen, ChooseScreen))
        assert "War" in opened.text()
        await opened.press("end", "enter")
        only = opened.screen.shown.question.only
        assert isinstance(only, str)
        catalogue = opened.screen.explorer.catalogue
        assert opened.listed
        assert all(only in catalogue.categories[item - 1] for item in opened.listed)


async def test_the_slider_trades_relevance_for_diversity(explorer) -> None:
    async with explorer(user="u03") as opened:
        slider = opened.screen.query_one(DiversitySlider)
        plain = opened.listed
        assert not slider.display
        await opened.pilot.press("y")
        await opened.until(lambda: slider.has_focus and slider._curve)
        await opened.press(*["right"] * 20)
        question, answer = opened.screen.shown.question, opened.screen.shown.answer
        assert question.diversity == slider.weight == 1.0
        assert answer.diversity == pytest.approx(slider._curve[-1].diversity)
        assert answer.diversity >= opened.screen.shown.reference.diversity
        await opened.press("enter")
        assert slider.display and not slider.has_focus, "it stays while it does something"
        await opened.pilot.press("y")
        await opened.until(lambda: slider.has_focus)
        await opened.press("0", "y")
        assert opened.listed == plain and not slider.display


# Timeline


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


# Play


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


async def test_an_edit_of_ones_own_ends_the_play(explorer, monkeypatch) -> None:
    monkeypatch.setattr(playing, "PACE", 0.2)  # it must not play to its end meanwhile
    async with explorer() as opened:
        await opened.pilot.press("P")
        await opened.until(lambda: opened.screen.playing and opened.screen.playing.steps > 0)
        await opened.press("d")
        assert opened.screen.playing is None


# Everywhere


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
