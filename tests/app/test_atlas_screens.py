"""Categories, an item and the map in a real (headless) terminal, on real models."""

import asyncio
import shutil
import weakref
from pathlib import Path

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
from sigma_tui.screens.map import MapScreen
from sigma_tui.screens.naming import NamingScreen
from sigma_tui.screens.search import SearchScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.map_view import MapView

pytestmark = pytest.mark.asyncio


@pytest.fixture
def run(small, tmp_path) -> Path:
    """The small run in a directory of its own, so that names can be given."""
    return Path(shutil.copytree(small.run, tmp_path / "tiny"))


def lines_of(atlased: Atlased, pane: str, width: int = 60) -> list[str]:
    lines = atlased.screen.query_one(f"#{pane}-lines", LineList)
    return [lines._draw(index, width).plain for index in range(lines.count)]


async def test_enter_on_a_recommendation_opens_it_and_plus_takes_it(run, small) -> None:
    async with Session(run, small.library) as atlased:
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
async def test_enter_on_the_sequence_opens_an_item_and_one_walks_on_and_back(run, small) -> None:
    async with Session(run, small.library) as atlased:
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
async def test_an_item_is_found_by_its_title(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.pilot.press("F")
        assert isinstance(atlased.screen, SearchScreen)
        await atlased.pilot.press(*"title 33", "enter")
        await atlased.until(lambda: isinstance(atlased.screen, ItemScreen))
        await atlased.there()
        assert "Title 33" in atlased.text()
        assert "metadata Comedy" in atlased.text()


@pytest.mark.thorough
async def test_membership_is_drawn_and_leads_to_the_category(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("home", "enter")
        membership = atlased.screen.portrait.membership
        best = max(range(4), key=membership.__getitem__)
        assert lines_of(atlased, "membership")[0].split()[0] == "ABCD"[best]
        await atlased.press("1", "enter")
        assert isinstance(atlased.screen, CategoriesScreen)
        assert f"Typical items · {'ABCD'[best]}" in atlased.text()


@pytest.mark.thorough
async def test_categories_say_what_they_are_about(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("C")
        screen, explorer = atlased.screen, atlased.explorer.loaded
        assert "1 Categories · K = 4" in atlased.text()
        rows = lines_of(atlased, "categories")
        for row, line, portrait in zip(
            rows, screen.overview.lines, explorer.portraits, strict=True
        ):
            assert row.split()[0] == portrait.letter
            numbers = [f"{v:.2f}".lstrip("0") for v in (line.share, line.users, line.intensity)]
            assert row.split()[-4:] == [str(line.items), *numbers]
        matrix = lines_of(atlased, "cosines")
        assert matrix[1].split()[0] == "B"
        assert matrix[1].split()[2] == "1"
        await atlased.press("down", "enter")
        item = screen.overview.lines[1].top_items[0]
        assert lines_of(atlased, "members")[0].split()[0] == "1"
        await atlased.press("enter")
        assert isinstance(atlased.screen, ItemScreen)
        assert atlased.screen.item == item
        await atlased.press("C")
        assert atlased.screen is screen
        assert sum(isinstance(one, CategoriesScreen) for one in atlased.app.screen_stack) == 1


@pytest.mark.thorough
async def test_a_name_of_ones_own_is_kept_and_used_everywhere(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("C", "r")
        assert isinstance(atlased.screen, NamingScreen)
        atlased.screen.query_one(Input).value = ""
        await atlased.pilot.press(*"[b]Mine[/", "enter")
        await atlased.until(lambda: (run / "names.json").exists())
        await atlased.until(lambda: "[b]Mine[/ · your name" in atlased.text())
        assert "[b]Mine[/" in lines_of(atlased, "categories")[0]
        await atlased.press("escape", "3")
        await atlased.until(lambda: "[b]Mine[/" in atlased.text())
    async with Session(run, small.library) as again:
        await again.until(lambda: "[b]Mine[/" in again.text())
        await again.press("C", "r")
        await again.pilot.press(*["backspace"] * 20, "enter")
        await again.until(lambda: "from metadata" in again.text())
        assert not again.explorer.loaded.portraits[0].own


@pytest.mark.thorough
async def test_a_name_that_cannot_be_kept_is_a_sentence(run, small, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise RunError("the disk is full")

    monkeypatch.setattr("engine.explore.own_names.OwnNames.give", refused)
    async with Session(run, small.library) as atlased:
        await atlased.press("C", "r")
        await atlased.pilot.press(*"x", "enter")
        await atlased.is_told("the disk is full")
        assert not atlased.explorer.loaded.portraits[0].own


@pytest.mark.thorough
async def test_the_map_names_what_is_nearest_and_the_list_by_ranks(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        view, explorer = atlased.screen.view, atlased.explorer
        listed = [line.item for line in explorer.shown.answer.recommendations]
        titles = explorer.loaded.catalogue.titles
        assert view.nearest == listed[0]
        assert "recommended #1" in atlased.text()
        await atlased.press("n")
        assert view.nearest == listed[1]
        assert f"◆ {titles[listed[1] - 1][:10]}" in atlased.text()
        assert view.view.cell(view._points[listed[1]]) == view.cursor
        await atlased.press("p", "p")
        assert view.nearest == listed[-1]
        await atlased.press("enter")
        assert isinstance(atlased.screen, ItemScreen)
        assert atlased.screen.item == listed[-1]
        await atlased.press("M")
        assert isinstance(atlased.screen, MapScreen)
        assert len(atlased.app.screen_stack) == 3  # the app's own, the explorer, the map


async def test_the_map_zooms_moves_and_turns(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        view = atlased.screen.view
        whole = view.view
        await atlased.press("plus", "equals_sign")
        assert view.view.zoom == pytest.approx(2.25)
        assert "×2.2" in atlased.text()
        column = view.cursor[0]
        await atlased.press("right")
        assert view.cursor[0] == column + 1
        before = view.view
        await atlased.press(*["right"] * (view.size.width - column))
        assert view.view.x > before.x
        assert view.cursor[0] < view.size.width
        await atlased.press("0")
        assert (view.view, view.lit) == (whole, None)
        await atlased.press("x")
        assert view.axes == (2, 3)
        assert "axes 3 and 4" in atlased.text()
        await atlased.press("x", "x")
        assert view.axes == (0, 1)


@pytest.mark.thorough
async def test_one_category_after_the_other_is_shown_alone(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        view = atlased.screen.view
        owners = sorted(set(atlased.screen.scene.owners[1:].tolist()))
        for category in owners:
            await atlased.press("c")
            assert view.lit == category
            assert f"only {'ABCD'[category]}" in atlased.text()
            assert atlased.screen.scene.owners[view.nearest] == category
        await atlased.press("c")
        assert view.lit is None


@pytest.mark.thorough
async def test_the_mouse_names_zooms_and_drags(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        view, pilot = atlased.screen.view, atlased.pilot
        item = atlased.explorer.journey.now.items[-1]
        cell = view.view.cell(view._points[item])
        await pilot.click(MapView, offset=cell)
        assert view.cursor == cell
        assert view.view.cell(view._points[view.nearest]) == cell
        await pilot.pause(0.6)  # the chain of clicks ends
        before = view.view
        await pilot._post_mouse_events([_scroll_up()], MapView, offset=(10, 5))
        await atlased.there()
        assert view.view.zoom == pytest.approx(1.5)
        assert view.view.point(10, 5) == pytest.approx(before.point(10, 5))
        before = view.view
        await pilot.mouse_down(MapView, offset=(20, 10))
        await pilot.hover(MapView, offset=(26, 8))
        await pilot.mouse_up(MapView, offset=(26, 8))
        await atlased.there()
        assert view.view.point(26, 8) == pytest.approx(before.point(20, 10))
        assert view.cursor == cell or view.nearest is not None
        await pilot.click(MapView, offset=(12, 12), times=2)
        await atlased.until(lambda: isinstance(atlased.screen, ItemScreen))


def _scroll_up():
    from textual.events import MouseScrollUp

    return MouseScrollUp


@pytest.mark.thorough
async def test_what_is_added_on_the_map_moves_the_interests(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        before = atlased.screen.scene
        item = atlased.screen.view.nearest
        await atlased.press("a")
        assert atlased.explorer.journey.now.items[-1] == item
        assert atlased.screen.scene is not before
        assert item not in [one for _, one in atlased.explorer.recommended]
        assert "in the sequence" in atlased.text()
        await atlased.press("n")
        assert atlased.screen.view.nearest == atlased.explorer.recommended[0][1]


@pytest.mark.thorough
async def test_the_list_of_another_sequence_is_not_on_the_map(run, small, monkeypatch) -> None:
    async with Session(run, small.library) as atlased:
        monkeypatch.setattr(atlased.explorer._service, "ask", lambda question: 1_000)
        await atlased.pilot.press("home", "d")
        assert atlased.explorer.recommended is None
        await atlased.pilot.press("M")
        await atlased.until(lambda: atlased.screen.is_mounted and atlased.screen.view.picture)
        assert atlased.screen.scene.sequence == atlased.explorer.journey.now.items
        assert atlased.screen.view.picture.wanted.recommended == ()
        assert lines_of(atlased, "marked") == []


@pytest.mark.thorough
async def test_an_item_is_found_on_the_map(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M", "f")
        await atlased.pilot.press(*"title 33", "enter")
        await atlased.until(lambda: isinstance(atlased.screen, MapScreen))
        await atlased.there()
        title = atlased.explorer.loaded.catalogue.titles[atlased.screen.view.nearest - 1]
        assert title == "Title 33"


@pytest.mark.thorough
async def test_a_view_is_drawn_once(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        picture = atlased.screen.view.picture
        await atlased.press("c")
        assert atlased.screen.view.picture is not picture
        await atlased.press(*["c"] * len(set(atlased.screen.scene.owners[1:].tolist())))
        assert atlased.screen.view.picture is picture


@pytest.mark.thorough
async def test_colours_follow_the_look(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M")
        dark = atlased.screen.view.picture.wanted.look
        await atlased.pilot.press("T")
        await atlased.until(lambda: atlased.screen.view.picture.wanted.look.colours != dark.colours)
        assert atlased.screen.view.picture.wanted.look.background != dark.background


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
async def test_an_empty_sequence_has_a_map_and_items_too(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.pilot.press("N")
        await atlased.until(lambda: atlased.explorer.recommended == ())
        await atlased.press("M")
        assert "The sequence is empty" in atlased.text()
        await atlased.press("enter")
        assert "a new user: the sequence is empty" in atlased.text()
        await atlased.press("C")
        assert lines_of(atlased, "categories")[0].split()[-1] == "–"


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_hostile_titles_are_text_on_every_screen(run, small, size) -> None:
    async with Session(run, small.library, size=size, user="u00") as atlased:
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
async def test_every_footer_is_whole_at_80_cells(run, small, key, size) -> None:
    async with Session(run, small.library, size=size) as atlased:
        await atlased.press(key)
        assert "q quit" in atlased.text().splitlines()[-1]


@pytest.mark.thorough
@pytest.mark.parametrize("key", ["C", "M", "enter"])
async def test_a_resize_storm_leaves_the_screens_whole(run, small, key) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press(key)
        for size in [(20, 5), (200, 50), (1, 1), (80, 24), (120, 36)]:
            await atlased.pilot.resize_terminal(*size)
            await atlased.pilot.pause()
        await atlased.there()
        await atlased.press("q" if key == "never" else "down", "up")
        assert "u01" in atlased.text()


@pytest.mark.thorough
async def test_the_cursor_stays_on_its_item_when_the_terminal_changes(run, small) -> None:
    async with Session(run, small.library) as atlased:
        await atlased.press("M", "n", "plus")
        view = atlased.screen.view
        item = view.nearest
        await atlased.pilot.resize_terminal(90, 30)
        await atlased.there()
        assert view.nearest == item
        assert view.view.cell(view._points[item]) == view.cursor


@pytest.mark.thorough
async def test_errors_beside_the_screen_are_sentences(run, small, monkeypatch) -> None:
    def failing(*_: object) -> None:
        raise RunError("the model is gone")

    for name in ("item", "overview", "scene"):
        monkeypatch.setattr(Atlas, name, failing)
    async with Session(run, small.library) as atlased:
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
