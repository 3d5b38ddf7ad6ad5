"""Keys pressed faster than screens are built: no screen is taken apart while it is built."""

import asyncio

import pytest
from atlased import Session
from textual import events

from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen

pytestmark = pytest.mark.asyncio


@pytest.mark.thorough
async def test_screens_that_are_opened_and_closed_at_once(small) -> None:
    async with Session(small.run, small.library) as atlased:
        app, explorer = atlased.app, atlased.explorer
        shown = []
        app.screen_change_signal.subscribe(explorer, shown.append)
        for key in (*"SeMCB", "question_mark", "comma"):
            before = len(shown)
            for name in (key, "escape"):
                app.post_message(events.Key(name, name if len(name) == 1 else None))
                await asyncio.sleep(0)
            await atlased.until(
                lambda before=before: (
                    len(shown) >= before + 2 and shown[-1] is explorer and not app._exception
                )
            )
        await atlased.until(lambda: explorer.focused is not None)


@pytest.mark.thorough
async def test_what_is_asked_for_twice_before_its_screen_stands(small) -> None:
    async with Session(small.run, small.library) as atlased:
        explorer = atlased.explorer
        for first, again, kind in (
            (lambda: explorer.open_item(3), lambda: explorer.open_item(4), ItemScreen),
            (lambda: explorer.open_categories(0), lambda: explorer.open_categories(1),
             CategoriesScreen),
            (lambda: explorer.open_map(at=3), lambda: explorer.open_map(at=4), MapScreen),
        ):  # fmt: skip
            first()
            again()
            screen = atlased.screen
            assert isinstance(screen, kind)
            await atlased.there()
            if isinstance(screen, ItemScreen):
                assert screen.item == 4
            if isinstance(screen, MapScreen):
                await atlased.until(lambda screen=screen: screen.view.nearest == 4)
            await atlased.pilot.press("escape")
            await atlased.until(lambda: atlased.screen is explorer)
