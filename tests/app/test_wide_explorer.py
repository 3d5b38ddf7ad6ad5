"""The map beside the list, in a wide (headless) terminal, on real models: it follows every edit and
never stands in the way of one."""

import threading

import pytest
from atlased import Atlased, Session, is_charted

from engine.errors import RunError
from engine.explore.atlas import Atlas
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.map_pane import MapPane

pytestmark = pytest.mark.asyncio
WIDE = (200, 50)


def pane_of(screen: ExplorerScreen) -> MapPane:
    return screen.query_one(MapPane)


async def charted(atlased: Atlased) -> MapPane:
    """Waits until the map shows the present sequence and its list."""
    await atlased.until(lambda: is_charted(atlased.explorer))
    return pane_of(atlased.explorer)


def finders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "finder"]


@pytest.mark.thorough
async def test_the_map_follows_every_edit_the_list_and_the_person(small) -> None:
    async with Session(small.run, small.library, WIDE) as atlased:
        pane = await charted(atlased)
        assert len(pane.scene.regions) == 4 and pane.scene.state is not None
        assert "6 Map · axes 1 and 2 hold" in atlased.text()
        assert "1… list" in atlased.text() and "z posterior" in atlased.text()
        first, view = pane.scene, pane.view.view
        for keys in (("2", "home", "d"), ("K",), ("u",), ("right_square_bracket",)):
            await atlased.pilot.press(*keys)
            await charted(atlased)
        assert pane.scene is not first
        assert pane.view.view == view, "edits do not move the ground"
        await atlased.pilot.press("n")
        await charted(atlased)
        marks = [region.centre[:2] for region in pane.scene.regions]
        assert all(pane.view.view.shows(*pane.view.view.cell(mark)) for mark in marks)
        assert atlased.explorer.user_label != "u01" and pane.view.view != view


@pytest.mark.thorough
async def test_an_edit_is_answered_while_the_map_is_still_being_made(small, monkeypatch) -> None:
    """The map of the first sequence takes as long as it likes."""
    held, begun = threading.Event(), threading.Event()
    scene = Atlas.scene

    def slow(self: Atlas, sequence):  # type: ignore[no-untyped-def]
        begun.set()
        assert held.wait(60)
        return scene(self, sequence)

    monkeypatch.setattr(Atlas, "scene", slow)
    async with Session(small.run, small.library, WIDE) as atlased:
        screen = atlased.explorer
        await atlased.until(begun.is_set)
        for _ in range(3):
            await atlased.pilot.press("d")
            await atlased.until(
                lambda: (
                    screen.shown.question.items == screen.journey.now.items
                    and screen.recommended is not None
                )
            )
        assert pane_of(screen).scene is None
        held.set()
        pane = await charted(atlased)
        assert pane.scene.sequence == screen.journey.now.items


@pytest.mark.thorough
async def test_nothing_is_asked_for_a_map_that_nobody_sees(small, monkeypatch) -> None:
    asked = []
    scene = Atlas.scene
    monkeypatch.setattr(
        Atlas, "scene", lambda self, sequence: asked.append(sequence) or scene(self, sequence)
    )
    async with Session(small.run, small.library, (120, 36)) as atlased:
        pane = pane_of(atlased.explorer)
        await atlased.until(lambda: atlased.explorer._thinking is not None)
        assert asked == [] and not pane.display and not finders()
        await atlased.pilot.resize_terminal(*WIDE)
        await charted(atlased)
        assert len(asked) == 1
        await atlased.pilot.resize_terminal(120, 36)
        await atlased.until(lambda: not pane.display)
        before = atlased.explorer._thinking
        await atlased.pilot.press("2", "home", "d")
        await atlased.until(lambda: atlased.explorer._thinking not in (None, before))
        assert len(asked) == 1
        await atlased.pilot.press("6")  # no room here: a screen of its own
        await atlased.until(lambda: isinstance(atlased.screen, MapScreen))


@pytest.mark.thorough
async def test_a_closed_explorer_leaves_no_thread_behind(small) -> None:
    async with Session(small.run, small.library, WIDE) as atlased:
        await charted(atlased)
        assert finders()
    for thread in finders():
        thread.join(10)
    assert not finders()


@pytest.mark.thorough
async def test_keys_work_on_the_pane_and_not_beside_it(small) -> None:
    async with Session(small.run, small.library, WIDE) as atlased:
        pane = await charted(atlased)
        assert not pane.view._pointers, "a cursor is seen with the focus only"
        await atlased.pilot.press("6")
        await atlased.until(lambda: pane.view.has_focus)
        title = atlased.explorer.loaded.catalogue.titles[pane.view.nearest - 1]
        await atlased.until(lambda: f"◆ {title}" in atlased.text())
        cursor = pane.view.cursor
        await atlased.pilot.press("left", "plus")
        assert pane.view.cursor == (cursor[0] - 1, cursor[1])
        assert pane.view.view.zoom == pytest.approx(1.5)
        await atlased.pilot.press("c")
        assert pane.view.lit is not None
        await atlased.pilot.press("0")
        assert pane.view.lit is None and pane.view.view.zoom == pytest.approx(1)
        count = len(atlased.explorer.journey.past)
        await atlased.pilot.press("enter")
        await atlased.until(lambda: isinstance(atlased.screen, ItemScreen))
        await atlased.pilot.press("plus", "escape")  # takes it
        await atlased.until(lambda: atlased.screen is atlased.explorer)
        assert len(atlased.explorer.journey.past) == count + 1
        await charted(atlased)
        await atlased.pilot.press("2", "plus")
        assert pane.view.view.zoom == pytest.approx(1)


@pytest.mark.thorough
async def test_what_was_edited_under_another_screen_is_on_the_map_afterwards(small) -> None:
    async with Session(small.run, small.library, WIDE) as atlased:
        pane = await charted(atlased)
        scene = pane.scene
        await atlased.press("M", "a")
        await atlased.until(lambda: atlased.explorer.recommended is not None)
        assert pane.scene is scene, "nobody sees it"
        await atlased.pilot.press("escape")
        await charted(atlased)
        assert pane.scene.sequence == atlased.explorer.journey.now.items


@pytest.mark.thorough
async def test_a_model_without_categories_and_an_empty_sequence_say_so(plain, small) -> None:
    async with Session(plain, small.library, WIDE) as atlased:
        pane = await charted(atlased)
        assert "This model has no categories: one colour. q is what is sought." in atlased.text()
        assert pane.scene.owners is None
    async with Session(small.run, small.library, WIDE) as atlased:
        await charted(atlased)
        await atlased.pilot.press("N")
        await atlased.until(lambda: "The sequence is empty: add an item" in atlased.text())


@pytest.mark.thorough
async def test_what_cannot_be_placed_is_said_and_the_explorer_goes_on(small, monkeypatch) -> None:
    def broken(self: Atlas, sequence):  # type: ignore[no-untyped-def]
        raise RunError("the vectors are not numbers; train again")

    monkeypatch.setattr(Atlas, "scene", broken)
    async with Session(small.run, small.library, WIDE) as atlased:
        await atlased.is_told("the vectors are not numbers; train again")
        await atlased.press("2", "home", "d")
        await atlased.until(lambda: atlased.explorer.recommended is not None)


@pytest.mark.thorough
async def test_the_keys_of_every_pane_fit_into_eighty_columns(small) -> None:
    async with Session(small.run, small.library, (80, 24)) as atlased:
        footer = atlased.explorer.query_one(KeyLine)
        for keys, shown in (
            ("1", "s sort"),
            ("2", "d remove"),
            ("5", "← before"),
            ("3", "f alone"),
            ("w", "← lower → raise 0 reset"),  # steers
            ("w4", "+ take"),
            ("y", "← relevant → diverse"),  # the slider
        ):
            await atlased.pilot.press(*keys)
            await atlased.until(lambda shown=shown: shown in atlased.text().splitlines()[-1])
            assert {key for key, _ in footer._placed()} >= set(footer.keys), keys
            assert "q quit" in atlased.text().splitlines()[-1]
