"""The list of recommendations: why, how sure, hidden items, categories, diversity."""

import pytest

from sigma_tui.screens.choose import ChooseScreen
from sigma_tui.widgets.diversity_slider import DiversitySlider
from sigma_tui.widgets.recommendations_pane import RecommendationsPane

pytestmark = pytest.mark.asyncio


@pytest.mark.thorough
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
        for line, share in zip(opened.drawn("#recommendations-lines"), stable, strict=True):
            assert f" {float(share):.2f} ".replace(" 0.", " .").replace("1.00", "1.0") in line


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
