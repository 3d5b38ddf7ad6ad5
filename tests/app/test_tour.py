"""The tour drives the real app, says what is there, and can be left at any time."""

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from app_support import until
from hostile import HOSTILE
from textual.pilot import Pilot
from tour_recording import SIZE, cast, frames, parts, playing

from engine.explore.versions import Version
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.search import SearchScreen
from sigma_tui.screens.tour import OWN_EDIT, TourScreen
from sigma_tui.sharing.picture import picture_of
from sigma_tui.tour import STEPS, Scene
from sigma_tui.widgets.tour_bar import TourBar

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def home(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(demo_home))
    return Home.locate()


class Touring:
    """A screen with a tour, and its pilot."""

    def __init__(self, screen: TourScreen, size=(120, 36)) -> None:
        self.screen = screen
        self.app = SigmaApp(screen)
        self.context = self.app.run_test(size=size)

    async def __aenter__(self) -> "Touring":
        self.pilot: Pilot[None] = await self.context.__aenter__()
        await until(self.pilot, lambda: self.screen.shown is not None or self.screen.trouble)
        await self.pilot.pause()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.context.__aexit__(*error)

    @property
    def said(self) -> str:
        return self.screen.query_one(TourBar).said

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settled()

    async def settled(self) -> None:
        await until(
            self.pilot,
            lambda: (
                self.screen.shown.question.items == self.screen.journey.now.items
                and self.said != "…"
            ),
        )
        await self.pilot.pause()

    def scene(self) -> Scene:
        shown = self.screen.shown
        return Scene(self.screen.explorer, shown.reference, self.screen.journey.now, shown.answer)


@pytest.mark.thorough
async def test_every_step_says_what_the_screen_shows(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
        screen = touring.screen
        assert "six steps" in touring.said and screen.tour_at is None
        original = screen.journey.now
        await touring.press("g")
        versions = []
        for number, step in enumerate(STEPS):
            assert screen.tour_at == number
            assert touring.said == step.say(touring.scene())
            assert screen.focused.id == f"{step.pane}-lines"
            versions.append(screen.journey.now)
            if number + 1 < len(STEPS):
                await touring.press("right")
        assert versions[:3] == [original] * 3
        assert versions[3].edits() == 1 and len(versions[3].items) == len(original.items) + 1
        assert 0 < len(versions[4].items) < len(original.items)
        assert versions[5].next_of_original() == screen.shown.answer.target
        rank = f"{screen.shown.answer.target_rank:g}"
        assert f"#{rank}" in touring.said
        # Back again, to the same versions, and out at the front nothing happens.
        for version in reversed(versions[:-1]):
            await touring.press("left")
            assert screen.journey.now == version
        await touring.press("left")
        assert screen.tour_at == 0


@pytest.mark.thorough
async def test_sentences_quote_numbers_that_are_on_the_screen(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="start")) as touring:
        await until(touring.pilot, lambda: touring.screen.tour_at == 0)
        await touring.settled()
        answer = touring.screen.shown.answer
        assert f"{len(answer.items)} items" in touring.said
        await touring.press("right")
        strongest = max(answer.interests, key=lambda one: one.intensity)
        assert f"{strongest.intensity:.2f}".removeprefix("0") in touring.said
        assert f"{answer.entropy:.2f} bit" in touring.said
        await touring.press("right")
        assert f"#{answer.target_rank:g} of 1,031" in touring.said
        await touring.press("right")
        answer, before = touring.screen.shown.answer, touring.screen.shown.reference
        known = {line.item for line in before.recommendations}
        new = [line.item for line in answer.recommendations if line.item not in known]
        assert f"{len(new)} of 10 recommendations are new" in touring.said


@pytest.mark.thorough
@pytest.mark.parametrize("steps", [0, 3, 5])
async def test_escape_leaves_at_any_time_and_everything_can_be_undone(home, steps) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
        screen = touring.screen
        original = screen.journey.now
        await touring.press("g", *["right"] * steps)
        await touring.press("escape")
        assert screen.tour_at is None and not screen.query_one(TourBar).display
        edited = screen.journey.now
        await touring.press("right", "left")  # the tour's keys are nobody's now
        assert screen.journey.now == edited and screen.tour_at is None
        await touring.press("4", "plus")
        assert screen.journey.now != edited
        await touring.press("X")
        assert screen.journey.now.items == original.items
        assert screen.is_current


@pytest.mark.thorough
async def test_after_the_last_step_the_tour_is_over_and_can_begin_again(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
        await touring.press("g", *["right"] * len(STEPS))
        assert touring.screen.tour_at is None
        await touring.press("g")
        assert touring.screen.tour_at == 0
        assert touring.screen.journey.now.is_original


@pytest.mark.thorough
async def test_the_tour_is_declined_by_escape_or_by_an_edit_of_ones_own(home: Home) -> None:
    for keys in (["escape"], ["2", "end", "d"]):
        async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
            await touring.press(*keys)
            assert not touring.screen.query_one(TourBar).display
            assert touring.screen.is_current


@pytest.mark.thorough
async def test_edits_of_ones_own_are_respected_in_the_tour(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
        await touring.press("g", "right", "right", "right")
        await touring.press("2", "home", "d")
        assert touring.said == OWN_EDIT
        await touring.press("right")
        assert touring.said == STEPS[4].say(touring.scene())
        await touring.press("u")  # back to the edit of one's own
        assert touring.said == OWN_EDIT
        await touring.press("n")
        await touring.press("right")  # another reader: the tour goes on with them
        assert touring.screen.user_label == "reader 0043"
        assert touring.said == STEPS[5].say(touring.scene())


@pytest.mark.thorough
async def test_escape_stops_playing_before_it_leaves_the_tour(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
        await touring.press("g")
        await touring.press("P")
        assert touring.screen.playing is not None
        await touring.press("escape")
        assert touring.screen.playing is None and touring.screen.tour_at == 0
        await touring.press("escape")
        assert touring.screen.tour_at is None


@pytest.mark.thorough
async def test_a_window_over_the_tour_is_closed_first(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer")) as touring:
        await touring.press("g", "right")
        await touring.pilot.press("a")
        await until(touring.pilot, lambda: isinstance(touring.app.screen, SearchScreen))
        await touring.pilot.press("escape")
        await until(touring.pilot, lambda: touring.app.screen is touring.screen)
        assert touring.screen.tour_at == 1
        await touring.press("escape")
        assert touring.screen.tour_at is None


@pytest.mark.thorough
async def test_steps_can_be_clicked(home: Home) -> None:
    async with Touring(demo_explorer(home, device="cpu", tour="offer"), (200, 50)) as touring:
        await touring.press("g")
        for word, step in [("next", 1), ("next", 2), ("back", 1), ("leave", None)]:
            line = touring.screen._compositor.render_strips()[
                touring.screen.query_one(TourBar).region.y
            ]
            text = "".join(segment.text for segment in line)
            await touring.pilot.click(TourBar, offset=(text.index(word), 0))
            await touring.settled()
            assert touring.screen.tour_at == step


@pytest.mark.thorough
async def test_home_offers_the_tour_with_the_demo(home: Home) -> None:
    app = SigmaApp(HomeScreen(home, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, TourScreen))
        screen = app.screen
        await until(pilot, lambda: screen.shown is not None)
        await pilot.pause()
        assert "six steps" in screen.query_one(TourBar).said
        await pilot.press("g", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


@pytest.mark.thorough
@pytest.mark.parametrize("world", ["small", "personal"])
async def test_every_model_and_hostile_titles_can_be_toured(world, request) -> None:
    made = request.getfixturevalue(world)
    screen = TourScreen(made.run, made.library, user="u01", device="cpu", tour="neither")
    async with Touring(screen) as touring:
        labels = screen.explorer.catalogue.labels
        hostile = [labels.index(f"i{number:02}") + 1 for number in range(len(HOSTILE))]
        screen._journey = screen._journey.start(hostile)
        screen._after_edit()
        await touring.settled()
        await touring.press("g")
        for number, step in enumerate(STEPS):
            assert touring.said == step.say(touring.scene())
            lines = screen._compositor.render_strips()
            shown = "".join(segment.text for line in lines for segment in line)
            assert "\x1b" not in shown and "\u202e" not in shown
            if number + 1 < len(STEPS):
                await touring.press("right")
        await touring.press("N", "g")  # nothing to tour
        assert screen.tour_at == len(STEPS) - 1
        assert screen.journey.now == Version.of(())


@pytest.mark.thorough
async def test_the_recording_is_of_the_steps_and_the_same_again(home, tmp_path) -> None:
    taken = await frames()
    assert len(taken) == 1 + len(STEPS)
    recorded = [json.loads(line) for line in cast(taken).splitlines()]
    assert recorded[0]["version"] == 2
    times = [event[0] for event in recorded[1:]]
    assert times == sorted(times) and times[0] == 0
    assert "Tour 3 of 6" in recorded[4][2]
    pictures = [picture_of(one.lines, SIZE[0], "a tour") for one in taken]
    played = playing(pictures, taken)
    fromstring(played)  # it is XML
    assert len(played) < sum(map(len, pictures)) / 3
    looks: dict[str, str] = {}
    for picture in pictures:  # in the same order, so that looks have the same names
        assert all(part in played for part in parts(picture, looks))
    assert f'class="{next(iter(looks.values()))}"' in played
    again = await frames()
    assert cast(again) == cast(taken)
