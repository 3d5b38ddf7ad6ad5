"""The line of keys: what is shown, what a click does, and what has no room."""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import pytest
from app_support import place_of, text_of, until
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from sigma_tui.app import SigmaApp
from sigma_tui.keys.actions import bindings
from sigma_tui.screens.settings import SettingsScreen
from sigma_tui.widgets.key_line import MORE, KeyLine
from sigma_tui.widgets.line_list import LineList

pytestmark = pytest.mark.asyncio


class Two(Screen[None]):
    """A list, and keys of which one may not work."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("x", "count", "count"),
        ("y", "count", "again"),
        ("w", "sleep", "sleep 七 long"),
        ("v", "secret", "secret"),
    ]
    counted = 0
    awake: bool | None = True

    def compose(self) -> ComposeResult:
        yield LineList()
        yield KeyLine()

    def action_count(self) -> None:
        self.counted += 1

    def action_sleep(self) -> None:
        self.awake = None
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return {"sleep": self.awake, "secret": False}.get(action, True)


@pytest.fixture
def screen() -> Iterator[Two]:
    yield Two()


async def test_keys_are_shown_with_the_first_of_an_action_and_a_click_presses_them(screen) -> None:
    async with SigmaApp(screen).run_test(size=(80, 10)) as pilot:
        await until(pilot, lambda: "x count" in text_of(pilot))
        last = text_of(pilot).splitlines()[-1]
        assert last.startswith("x count w sleep 七 long ")
        assert "again" not in last and "secret" not in last and "q quit" in last
        await pilot.click(offset=place_of(pilot, "count"))
        assert screen.counted == 1
        await pilot.click(offset=(79, 9))  # beside them
        assert screen.counted == 1
        line = screen.query_one(KeyLine)
        column, row = place_of(pilot, "sleep")
        await pilot.hover(offset=(column, row))
        await until(pilot, lambda: line._hovered is line.keys[1])
        await pilot.click(offset=(column, row))
        await until(pilot, lambda: not line.keys[1].enabled)
        screen.awake = True
        await pilot.click(offset=(column, row))  # it looks dim, and does nothing
        assert screen.awake is True


@pytest.mark.thorough
async def test_keys_without_room_are_told_by_dots(screen) -> None:
    async with SigmaApp(screen).run_test(size=(80, 10)) as pilot:
        await until(pilot, lambda: "x count" in text_of(pilot))
        line = screen.query_one(KeyLine)
        whole = sum(key.width + 1 for key in line.keys) - 1
        for width in range(whole + 1, 1, -1):
            await pilot.resize_terminal(width, 10)
            await until(pilot, lambda width=width: line.size.width == width)
            shown = text_of(pilot).splitlines()[-1]
            assert (MORE in shown) == (width < whole)
            assert all(key.title in shown for key, _ in line._placed())


async def test_the_same_keys_are_not_painted_again(screen) -> None:
    async with SigmaApp(screen).run_test(size=(80, 10)) as pilot:
        await until(pilot, lambda: "x count" in text_of(pilot))
        line = screen.query_one(KeyLine)
        keys = line.keys
        screen.refresh_bindings()
        await pilot.pause()
        assert line.keys is keys


async def test_the_way_back_is_told_where_there_is_one_and_room_for_it(screen) -> None:
    async with SigmaApp(screen).run_test(size=(80, 10)) as pilot:
        await until(pilot, lambda: "x count" in text_of(pilot))
        assert "esc back" not in text_of(pilot)
        await pilot.app.push_screen(Two())
        await until(pilot, lambda: text_of(pilot).splitlines()[-1].rstrip().endswith("esc back"))
        await pilot.click(offset=place_of(pilot, "back"))
        assert pilot.app.screen is screen
        await pilot.resize_terminal(44, 10)
        await pilot.app.push_screen(Two())
        await until(pilot, lambda: "q quit" in text_of(pilot))
        assert "esc back" not in text_of(pilot) and MORE not in text_of(pilot)


class Roomy(Screen[None]):
    """A list, and keys of which some are told only where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("home")]

    def compose(self) -> ComposeResult:
        yield LineList()
        yield KeyLine()


async def test_help_and_quit_are_always_seen_and_room_is_filled() -> None:
    async with SigmaApp(Roomy()).run_test(size=(80, 10)) as pilot:
        await until(pilot, lambda: "d demo" in text_of(pilot))
        seen = []
        for width in (22, 40, 80, 120, 200):
            await pilot.resize_terminal(width, 10)
            line = pilot.app.screen.query_one(KeyLine)
            await until(pilot, lambda line=line, width=width: line.size.width == width)
            shown = text_of(pilot).splitlines()[-1].rstrip()
            assert shown.endswith("? help q quit"), width
            seen.append([key.title for key, _ in line._placed() if key.title])
        for fewer, more in pairwise(seen):
            assert set(fewer) <= set(more)
        assert "compare" not in seen[2] and "compare" in seen[3]
        await pilot.click(offset=place_of(pilot, "settings"))
        await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
