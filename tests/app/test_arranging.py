"""Panes take the focus by a letter, fill the screen, change size and explain their numbers."""

import asyncio
import re
from pathlib import Path

import pytest
from app_support import text_of, until, until_text
from textual.pilot import Pilot
from textual.widgets import Input

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.kept.pane_sizes import LARGEST, SMALLEST, divider_of, pane_of
from sigma_tui.kept.settings import Settings
from sigma_tui.look import pane_words
from sigma_tui.look.pane_words import PANE_WORDS
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.jump import JumpScreen
from sigma_tui.screens.map import MapScreen


@pytest.fixture
def opened(small):
    """An explorer at a size, when it has answered."""

    class Session:
        def __init__(self, size=(120, 36), **settings):
            self.screen = ExplorerScreen(small.run, small.library, device="cpu", clock=None)
            self.app = SigmaApp(self.screen, settings=Settings(**settings))
            self.context = self.app.run_test(size=size)

        async def __aenter__(self) -> tuple[ExplorerScreen, Pilot[None]]:
            pilot = await self.context.__aenter__()
            for _ in range(1000):
                if self.screen.shown is not None:
                    break
                await asyncio.sleep(0.01)
            await pilot.pause()
            await pilot.pause()
            return self.screen, pilot

        async def __aexit__(self, *error: object) -> None:
            await self.context.__aexit__(*error)

    return Session


def focused(screen: ExplorerScreen) -> str | None:
    return screen.focused.id if screen.focused else None


@pytest.mark.thorough
async def test_a_letter_goes_to_every_pane_and_control(opened) -> None:
    async with opened() as (screen, pilot):
        reached = set()
        for letter in "sdfgha":  # in the filter a semicolon is text
            await pilot.press("semicolon")
            assert isinstance(pilot.app.screen, JumpScreen)
            await pilot.press(letter)
            await pilot.pause()
            assert pilot.app.screen is screen
            reached.add(focused(screen))
        assert reached == {
            "users-filter",
            "users-lines",
            "sequence-lines",
            "interests-lines",
            "timeline-lines",
            "recommendations-lines",
        }
        await pilot.press("escape", "semicolon", "escape")
        assert pilot.app.screen is screen
        before = focused(screen)
        await pilot.press("semicolon", "z")  # a letter that is on nothing
        assert pilot.app.screen is screen and focused(screen) == before


async def test_a_click_on_a_letter_goes_there(opened) -> None:
    async with opened() as (screen, pilot):
        target = screen.query_one("#interests-lines").region.offset
        await pilot.press("semicolon")
        await pilot.click(offset=(target.x + 1, target.y))
        await pilot.pause()
        assert focused(screen) == "interests-lines"


async def test_a_semicolon_in_a_text_is_a_semicolon(opened) -> None:
    async with opened() as (screen, pilot):
        await pilot.press("slash")
        await pilot.pause()
        await pilot.press("semicolon", "comma")
        assert screen.query_one(Input).value == ";,"


async def test_a_pane_fills_the_screen_and_another_takes_its_place(opened) -> None:
    async with opened() as (screen, pilot):
        await pilot.press("4")
        await pilot.pause()
        await pilot.press("z")
        await pilot.pause()
        pane = screen.query_one("#recommendations")
        assert pane.region.size.width == 120 and pane.region.height >= 33
        assert text_of(pilot).splitlines()[0].lstrip().startswith("sigma-tui")
        await pilot.press("3")
        await until(pilot, lambda: screen.query_one("#interests").region.height >= 33)
        await pilot.press("2")
        await pilot.pause()
        await pilot.pause()
        assert screen.maximized is screen.query_one("#sequence")
        assert "2 Sequence" in text_of(pilot) and "Recommendations" not in text_of(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert "4 Recommendations" in text_of(pilot)
        assert pilot.app.screen is screen
        assert screen.query_one("#interests").region.height < 15


@pytest.mark.thorough
async def test_panes_are_resized_by_keys_and_get_their_usual_sizes_back(opened) -> None:
    async with opened() as (screen, pilot):
        users, interests = screen.query_one("#users"), screen.query_one("#interests")
        results = screen.query_one("#understood")
        usual = [pane.region for pane in (users, interests, results)]
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("greater_than_sign", "greater_than_sign")
        await pilot.pause()
        assert users.region.width == usual[0].width + 4
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert users.region.width == usual[0].width + 2
        await pilot.press("3")
        await pilot.pause()
        await pilot.press("right_curly_bracket")
        await pilot.pause()
        assert interests.region.height == usual[1].height + 2
        before = results.region.width
        await pilot.press("greater_than_sign")  # the last column grows to the left
        await pilot.pause()
        assert results.region.width == before + 2 and results.region.right == usual[2].right
        await pilot.press("backslash")
        await pilot.pause()
        assert [pane.region for pane in (users, interests, results)] == usual


async def test_a_pane_without_a_neighbour_says_so(opened) -> None:
    async with opened() as (_, pilot):
        await pilot.press("1", "right_curly_bracket")
        await pilot.pause()
        told = [notification.message for notification in pilot.app._notifications]
        assert told == ["Nothing beside this pane gives or takes room."]
        assert pilot.app.pane_sizes.shares == {}


@pytest.mark.thorough
async def test_a_border_follows_the_mouse(opened) -> None:
    async with opened() as (screen, pilot):
        users, sequence = screen.query_one("#users"), screen.query_one("#sequence")
        edge, width = users.region.right - 1, sequence.region.width
        await pilot.mouse_down(offset=(edge, 12))
        await pilot.hover(offset=(edge + 5, 12))
        await pilot.mouse_up(offset=(edge + 5, 12))
        await pilot.pause()
        assert users.region.right - 1 == edge + 5
        assert sequence.region.width < width
        await pilot.hover(offset=(edge + 20, 12))
        await pilot.pause()
        assert users.region.right - 1 == edge + 5  # the button is up
        top = screen.query_one("#recommendations").region.y
        await pilot.mouse_down(offset=(100, top))
        await pilot.hover(offset=(100, top + 3))
        await pilot.mouse_up(offset=(100, top + 3))
        await pilot.pause()
        assert screen.query_one("#recommendations").region.y == top + 3


@pytest.mark.thorough
async def test_sizes_have_bounds_and_wait_while_the_layout_is_narrow(opened) -> None:
    async with opened() as (screen, pilot):
        await pilot.press("1")
        await pilot.pause()
        await pilot.press(*["less_than_sign"] * 30)
        await pilot.pause()
        (share,) = pilot.app.pane_sizes.shares["ExplorerScreen"].values()
        assert share == SMALLEST < LARGEST
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.pause()
        assert screen.query_one("#users").region.width == 80
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        await pilot.pause()
        assert screen.query_one("#users").region.width == 16
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert "2 Sequence" in text_of(pilot)


@pytest.mark.thorough
async def test_the_compact_layout_gives_the_borders_to_the_text(opened) -> None:
    async with opened() as (screen, _):
        usual = screen.query_one("#recommendations-lines").size
    async with opened(compact=True) as (screen, pilot):
        lines = screen.query_one("#recommendations-lines").size
        assert lines.height > usual.height
        assert "2 Sequence" in text_of(pilot)
        assert "│" not in text_of(pilot)


@pytest.mark.parametrize(
    ("key", "pane", "equation"),
    [
        ("1", "users", "equation (5)"),
        ("2", "sequence", "equation 4"),
        ("3", "interests", "equation 6"),
        ("4", "recommendations", "equation 13"),
    ],
)
async def test_help_begins_with_the_pane_that_has_the_focus(opened, key, pane, equation) -> None:
    async with opened(size=(80, 24)) as (_, pilot):
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        lines = text_of(pilot)
        assert f"{PANE_WORDS[pane][0]}: what its numbers mean" in lines
        box = pilot.app.screen.query_one("#help-lines").scrollable_content_region
        inside = [line[box.x : box.right] for line in lines.splitlines()[box.y : box.bottom]]
        meaning = " ".join(" ".join(inside).split())
        assert PANE_WORDS[pane][1] in meaning and equation in meaning  # nothing is cut


WITHOUT_NUMBERS = {"file", "begin-pane", "datasets", "models", "presets", "settings", "nearest"}


def test_every_pane_with_numbers_says_what_they_mean() -> None:
    code = Path(pane_words.__file__).parents[1].rglob("*.py")
    found = {
        pane
        for path in code
        for pane in re.findall(r'Pane\((?:"[^"]*", )?id="([\w-]+)"', path.read_text("utf-8"))
    }
    assert len(found) > 30
    assert found - WITHOUT_NUMBERS <= set(PANE_WORDS)
    assert not WITHOUT_NUMBERS & set(PANE_WORDS)
    for name, meaning in PANE_WORDS.values():
        sentences = re.split(r"(?<=\.) (?=[A-Zσ▲])", meaning)
        assert name and 2 <= len(sentences) <= 3 and meaning.endswith("."), name


async def test_panes_beside_one_of_fixed_width_leave_no_gap(opened) -> None:
    async with opened() as (_, pilot):
        await pilot.press("M")
        await until(pilot, lambda: isinstance(pilot.app.screen, MapScreen))
        await pilot.pause()
        here = pilot.app.screen
        here.query_one("#map-view").focus()
        side = here.query_one("#map-side")
        await pilot.pause()
        width = side.region.width
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert side.region.width == width + 2
        assert side.region.right == 120 and here.query_one("#map").region.right == side.region.x


async def test_home_has_panes_with_numbers_and_sizes_too(tmp_path) -> None:
    screen = HomeScreen(Home.at(tmp_path))
    async with SigmaApp(screen).run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "2 Datasets")
        await pilot.press("2")
        await pilot.pause()
        assert pane_of(screen.focused).id == "home-datasets"
        height = screen.query_one("#home-datasets").region.height
        await pilot.press("right_curly_bracket")
        await pilot.pause()
        assert screen.query_one("#home-datasets").region.height == height + 2
        assert divider_of(screen.query_one("#home-runs"), "width") is None
