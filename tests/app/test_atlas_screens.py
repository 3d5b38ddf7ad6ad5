"""Categories and an item in a real (headless) terminal, and what they share with the map."""

import asyncio
import weakref

import pytest
from atlased import Atlased, Session
from textual.widgets import Input

from engine.errors import RunError
from engine.explore.atlas import Atlas
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.beside.lasting import lasting
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.naming import NamingScreen
from sigma_tui.screens.search import SearchScreen

pytestmark = pytest.mark.asyncio


async def test_enter_on_a_recommendation_opens_it_and_plus_takes_it(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        best = atlased.explorer.shown.answer.recommendations[0]
        await atlased.pilot.press("4")
        await atlased.pilot.pause()
        await atlased.press("enter")
        assert isinstance(atlased.screen, ItemScreen)
        assert atlased.screen.item == best.item
        text = atlased.text()
        assert "user u01: #1 of" in text
        assert f"score {best.score:.2f}" in text
        holders = atlased.screen.portrait.holders
        assert f"{len(holders)} of 30 users" in text
        await atlased.press("plus")
        assert atlased.explorer.journey.now.items[-1] == best.item
        count = len(atlased.explorer.journey.now.items)
        await atlased.until(lambda: f"in the sequence at place {count}" in atlased.text())
        await atlased.pilot.press("escape")
        assert atlased.screen is atlased.explorer


@pytest.mark.thorough
async def test_enter_on_the_sequence_opens_an_item_and_one_walks_on_and_back(
    own_run, small
) -> None:
    async with Session(own_run, small.library) as atlased:
        first = atlased.explorer.journey.now.items[0]
        await atlased.press("home", "enter")
        assert atlased.screen.item == first
        nearest = atlased.screen.portrait.neighbours[1][0]
        await atlased.press("down", "enter")
        assert atlased.screen.item == nearest
        await atlased.press("b")
        assert atlased.screen.item == first
        await atlased.press("b")
        assert atlased.screen.item == first
        user = int(atlased.screen.portrait.holders[2])
        await atlased.press("3", "down", "down", "enter")
        assert atlased.screen is atlased.explorer
        assert atlased.explorer.user_label == f"u{user:02}"


@pytest.mark.thorough
async def test_an_item_is_found_by_its_title(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.pilot.press("F")
        assert isinstance(atlased.screen, SearchScreen)
        await atlased.pilot.press(*"title 33", "enter")
        await atlased.until(lambda: isinstance(atlased.screen, ItemScreen))
        await atlased.there()
        assert "Title 33" in atlased.text()
        assert "metadata Comedy" in atlased.text()


@pytest.mark.thorough
async def test_membership_is_drawn_and_leads_to_the_category(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("home", "enter")
        membership = atlased.screen.portrait.membership
        best = max(range(4), key=membership.__getitem__)
        assert atlased.lines("membership")[0].split()[0] == "ABCD"[best]
        await atlased.press("1", "enter")
        assert isinstance(atlased.screen, CategoriesScreen)
        assert f"Typical items · {'ABCD'[best]}" in atlased.text()


@pytest.mark.thorough
async def test_categories_say_what_they_are_about(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("C")
        screen, explorer = atlased.screen, atlased.explorer.loaded
        assert "1 Categories · K = 4" in atlased.text()
        rows = atlased.lines("categories")
        for row, line, portrait in zip(
            rows, screen.overview.lines, explorer.portraits, strict=True
        ):
            assert row.split()[0] == portrait.letter
            numbers = [f"{v:.2f}".lstrip("0") for v in (line.share, line.users, line.intensity)]
            assert row.split()[-4:] == [str(line.items), *numbers]
        matrix = atlased.lines("cosines")
        assert matrix[1].split()[0] == "B"
        assert matrix[1].split()[2] == "1"
        await atlased.press("down", "enter")
        item = screen.overview.lines[1].top_items[0]
        assert atlased.lines("members")[0].split()[0] == "1"
        await atlased.press("enter")
        assert isinstance(atlased.screen, ItemScreen)
        assert atlased.screen.item == item
        await atlased.press("C")
        assert atlased.screen is screen
        assert sum(isinstance(one, CategoriesScreen) for one in atlased.app.screen_stack) == 1


@pytest.mark.thorough
async def test_a_name_of_ones_own_is_kept_and_used_everywhere(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("C", "r")
        assert isinstance(atlased.screen, NamingScreen)
        atlased.screen.query_one(Input).value = ""
        await atlased.pilot.press(*"[b]Mine[/", "enter")
        await atlased.until(lambda: (own_run / "names.json").exists())
        await atlased.until(lambda: "[b]Mine[/ · your name" in atlased.text())
        assert "[b]Mine[/" in atlased.lines("categories")[0]
        await atlased.press("escape", "3")
        await atlased.until(lambda: "[b]Mine[/" in atlased.text())
    async with Session(own_run, small.library) as again:
        await again.until(lambda: "[b]Mine[/" in again.text())
        await again.press("C", "r")
        await again.pilot.press(*["backspace"] * 20, "enter")
        await again.until(lambda: "from metadata" in again.text())
        assert not again.explorer.loaded.portraits[0].own


@pytest.mark.thorough
async def test_a_name_that_cannot_be_kept_is_a_sentence(own_run, small, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise RunError("the disk is full")

    monkeypatch.setattr("engine.explore.own_names.OwnNames.give", refused)
    async with Session(own_run, small.library) as atlased:
        await atlased.press("C", "r")
        await atlased.pilot.press(*"x", "enter")
        await atlased.is_told("the disk is full")
        assert not atlased.explorer.loaded.portraits[0].own


@pytest.mark.thorough
async def test_a_model_without_interests_says_so_and_shows_what_there_is(plain, small) -> None:
    async with Session(plain, small.library) as atlased:
        await atlased.press("C")
        assert "This model has no interests, so there are no categories" in atlased.text()
        await atlased.press("r")
        assert not isinstance(atlased.screen, NamingScreen)
        await atlased.press("M")
        assert "This model has no interests" in atlased.text()
        assert "q where the next item is sought" in atlased.text()
        await atlased.press("c")
        assert atlased.screen.view.lit is None
        await atlased.press("enter")
        assert "This model has no categories." in atlased.text()
        assert "#1 of" in atlased.text()


@pytest.mark.thorough
async def test_interests_that_are_a_persons_own_are_told_apart(personal) -> None:
    async with Session(personal.run, personal.library, user="u08") as atlased:
        await atlased.press("C")
        assert "1 Interests of this person · 3" in atlased.text()
        assert "What it would recommend" in atlased.text()
        assert "Cosines of the interests" in atlased.text()
        await atlased.press("r")
        await atlased.is_told("Only categories of the catalogue")
        await atlased.press("M")
        assert "no spread" in atlased.text()
        best = atlased.explorer.shown.answer.recommendations[0]
        assert atlased.screen.scene.owners[best.item] == best.category
        await atlased.press("enter")
        assert "1 Interests of this person · score of the item" in atlased.text()


@pytest.mark.thorough
async def test_an_empty_sequence_has_a_map_and_items_too(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.pilot.press("N")
        await atlased.until(lambda: atlased.explorer.recommended == ())
        await atlased.press("M")
        assert "The sequence is empty" in atlased.text()
        await atlased.press("enter")
        assert "a new user: the sequence is empty" in atlased.text()
        await atlased.press("C")
        assert atlased.lines("categories")[0].split()[-1] == "–"


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_hostile_titles_are_text_on_every_screen(own_run, small, size) -> None:
    async with Session(own_run, small.library, size=size, user="u00") as atlased:
        seen = ""
        for item in range(1, 11):  # the hostile ones
            atlased.explorer.open_item(item)
            await atlased.there()
            seen += atlased.text()
        atlased.explorer.open_categories()
        await atlased.there()
        seen += atlased.text()
        atlased.explorer.open_map()
        await atlased.there()
        for item in range(1, 11):
            atlased.screen.point_at(item)
            await atlased.there()
            seen += atlased.text()
        assert "[REC]" in seen
        assert "[@click=app.quit]x[/]" in seen
        assert "\x1b" not in seen
        assert "\u202e" not in seen
        assert atlased.app.is_running


@pytest.mark.thorough
@pytest.mark.parametrize(("key", "size"), [("C", (80, 24)), ("M", (80, 24)), ("enter", (80, 24))])
async def test_every_footer_is_whole_at_80_cells(own_run, small, key, size) -> None:
    async with Session(own_run, small.library, size=size) as atlased:
        await atlased.press(key)
        assert "q quit" in atlased.text().splitlines()[-1]


@pytest.mark.thorough
@pytest.mark.parametrize("key", ["C", "M", "enter"])
async def test_a_resize_storm_leaves_the_screens_whole(own_run, small, key) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press(key)
        for size in [(20, 5), (200, 50), (1, 1), (80, 24), (120, 36)]:
            await atlased.pilot.resize_terminal(*size)
            await atlased.pilot.pause()
        await atlased.there()
        await atlased.press("q" if key == "never" else "down", "up")
        assert "u01" in atlased.text()


@pytest.mark.thorough
async def test_the_cursor_stays_on_its_item_when_the_terminal_changes(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("M", "n", "plus")
        view = atlased.screen.view
        item = view.nearest
        await atlased.pilot.resize_terminal(90, 30)
        await atlased.there()
        assert view.nearest == item
        assert view.view.cell(view._points[item]) == view.cursor


@pytest.mark.thorough
async def test_errors_beside_the_screen_are_sentences(own_run, small, monkeypatch) -> None:
    def failing(*_: object) -> None:
        raise RunError("the model is gone")

    for name in ("item", "overview", "scene"):
        monkeypatch.setattr(Atlas, name, failing)
    async with Session(own_run, small.library) as atlased:
        for key in ("C", "M"):
            await atlased.pilot.press(key)
            await atlased.is_told("the model is gone")
            atlased.app.clear_notifications()
            await atlased.pilot.press("escape")
        await atlased.pilot.press("enter")
        await atlased.is_told("the model is gone")
        assert atlased.app.is_running


async def test_nothing_opens_before_the_model_is_loaded(tmp_path, small) -> None:
    screen = ExplorerScreen(tmp_path / "gone", small.library, device="cpu", clock=None)
    async with SigmaApp(screen).run_test(size=(120, 36)) as pilot:
        await pilot.press("C", "M", "f")
        await pilot.pause()
        assert pilot.app.screen is screen


@pytest.mark.thorough
async def test_closed_screens_leave_nothing_behind(small, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(small.home))
    app = SigmaApp(HomeScreen(Home.locate()))
    async with app.run_test(size=(120, 36)) as pilot:

        async def visited() -> "weakref.ref[object]":
            screen = ExplorerScreen(small.run, small.library, device="cpu")
            app.push_screen(screen)
            atlased = Atlased(screen, pilot)
            await atlased.until(lambda: screen.shown is not None)
            for key in ("C", "M", "enter"):
                await atlased.press(key)
            for _ in range(4):
                await pilot.press("escape")
                await pilot.pause()
            assert isinstance(app.screen, HomeScreen)
            await asyncio.sleep(0.1)  # threads end
            return weakref.ref(screen._explorer.model)

        first, second = await visited(), await visited()
        with lasting():
            pass
        assert (first(), second()) == (None, None)
