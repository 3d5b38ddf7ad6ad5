"""The map in a real (headless) terminal, on real models."""

import pytest
from atlased import Session

from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.widgets.map_view import MapView

pytestmark = pytest.mark.asyncio


@pytest.mark.thorough
async def test_the_map_names_what_is_nearest_and_the_list_by_ranks(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
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


async def test_the_map_zooms_moves_and_turns(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
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
async def test_one_category_after_the_other_is_shown_alone(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
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
async def test_the_mouse_names_zooms_and_drags(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
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
async def test_what_is_added_on_the_map_moves_the_interests(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
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
async def test_the_list_of_another_sequence_is_not_on_the_map(own_run, small, monkeypatch) -> None:
    async with Session(own_run, small.library) as atlased:
        monkeypatch.setattr(atlased.explorer._service, "ask", lambda question: 1_000)
        await atlased.pilot.press("home", "d")
        assert atlased.explorer.recommended is None
        await atlased.pilot.press("M")
        await atlased.until(lambda: atlased.screen.is_mounted and atlased.screen.view.picture)
        assert atlased.screen.scene.sequence == atlased.explorer.journey.now.items
        assert atlased.screen.view.picture.wanted.recommended == ()
        assert atlased.lines("marked") == []


@pytest.mark.thorough
async def test_an_item_is_found_on_the_map(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("M", "f")
        await atlased.pilot.press(*"title 33", "enter")
        await atlased.until(lambda: isinstance(atlased.screen, MapScreen))
        await atlased.there()
        title = atlased.explorer.loaded.catalogue.titles[atlased.screen.view.nearest - 1]
        assert title == "Title 33"


@pytest.mark.thorough
async def test_a_view_is_drawn_once(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("M")
        picture = atlased.screen.view.picture
        await atlased.press("c")
        assert atlased.screen.view.picture is not picture
        await atlased.press(*["c"] * len(set(atlased.screen.scene.owners[1:].tolist())))
        assert atlased.screen.view.picture is picture


@pytest.mark.thorough
async def test_colours_follow_the_look(own_run, small) -> None:
    async with Session(own_run, small.library) as atlased:
        await atlased.press("M")
        dark = atlased.screen.view.picture.wanted.look
        await atlased.pilot.press("T")
        await atlased.until(lambda: atlased.screen.view.picture.wanted.look.colours != dark.colours)
        assert atlased.screen.view.picture.wanted.look.background != dark.background
