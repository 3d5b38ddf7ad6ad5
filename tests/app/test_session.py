"""What one did comes back: after leaving, after a kill, after the terminal is closed."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from app_support import home_of, text_of, until_text

from engine.errors import RunError
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.kept.going_on import last_screen
from sigma_tui.kept.session import Session, Visit
from sigma_tui.kept.settings import FILE
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen


@pytest.fixture
def home(small, tmp_path: Path) -> Home:
    return home_of(small.run, small.library, tmp_path)


class Sitting:
    """One use of the app on the run, from start to end, with the home's session."""

    def __init__(self, home: Home, size=(120, 36), **options):
        self.session = Session(home.state, home.config / FILE, restore=options.pop("restore", True))
        self.screen = ExplorerScreen(
            home.runs / "tiny", home.library, device="cpu", clock=None, **options
        )
        self.app = SigmaApp(self.screen, session=self.session)
        self.context = self.app.run_test(size=size, notifications=True)

    async def __aenter__(self) -> "Sitting":
        self.pilot = await self.context.__aenter__()
        await self.answered()
        return self

    async def answered(self) -> None:
        for _ in range(1500):
            shown = self.screen.shown
            if shown is not None and shown.question.items == self.screen.journey.now.items:
                break
            await asyncio.sleep(0.01)
            await self.pilot.pause()
        else:
            raise AssertionError(f"no answer: {self.screen.trouble}\n{text_of(self.pilot)}")
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.answered()

    async def __aexit__(self, *error: object) -> None:
        await self.context.__aexit__(*error)
        self.session.close()


@pytest.mark.thorough
async def test_user_edits_length_sizes_and_theme_come_back(home: Home) -> None:
    async with Sitting(home, user="u03") as sitting:
        await sitting.press("home", "d", "d", "u", "right_square_bracket")
        first = sitting.screen.journey
        await sitting.press("n", "home", "space")
        second = sitting.screen.journey
        await sitting.press("N", "a", "enter")
        new = sitting.screen.journey
        await sitting.press("p")
        await sitting.pilot.press("1")
        await sitting.pilot.pause()
        await sitting.pilot.press("greater_than_sign", "T")
        await sitting.pilot.pause()
        label, width = sitting.screen.user_label, sitting.screen.query_one("#users").region.width
        theme = sitting.app.theme
    async with Sitting(home) as sitting:
        assert sitting.screen.user_label == label
        assert sitting.screen._k == 15
        await sitting.pilot.pause()
        assert sitting.screen.query_one("#users").region.width == width == 28
        journeys = sitting.screen._journeys
        assert journeys[None] == new
        labels = sitting.screen.explorer.interactions.users
        assert journeys[labels.index("u03")] == first
        assert journeys[labels.index("u04")] == second
        assert sitting.screen.journey == first
        await sitting.press("U")  # what was taken back can be done again
        assert sitting.screen.journey.now.edits() == 2
    assert f'theme = "{theme}"' in (home.config / FILE).read_text("utf-8")


@pytest.mark.thorough
async def test_a_new_person_comes_back_as_the_last_one(home: Home) -> None:
    async with Sitting(home) as sitting:
        await sitting.press("N", "a", "enter")
        new = sitting.screen.journey
    async with Sitting(home) as sitting:
        assert sitting.screen.user_label is None
        assert sitting.screen.journey == new
        await until_text(sitting.pilot, "Your edits of this user came back; X takes them off.")


@pytest.mark.thorough
async def test_another_user_may_be_asked_for_and_nothing_may_be_wanted_back(home: Home) -> None:
    async with Sitting(home, user="u03") as sitting:
        await sitting.press("home", "d")
        edited = sitting.screen.journey
    async with Sitting(home, user="u05") as sitting:
        assert sitting.screen.user_label == "u05"
    async with Sitting(home, user="u03", fresh=True) as sitting:
        assert sitting.screen.journey.now.is_original
    async with Sitting(home, user="u03", restore=False) as sitting:
        assert sitting.screen.journey.now.is_original
    async with Sitting(home, user="u03") as sitting:
        assert sitting.screen.journey == edited


@pytest.mark.thorough
async def test_edits_of_other_data_stay_away(home: Home) -> None:
    async with Sitting(home, user="u03") as sitting:
        await sitting.press("home", "d")
    for path in (home.state / "edits-1").rglob("*.json"):
        plain = json.loads(path.read_text("utf-8"))
        plain["original"][0] += 1
        path.write_text(json.dumps(plain))
    async with Sitting(home, user="u03") as sitting:
        assert sitting.screen.journey.now.is_original


HOSTILE = (
    b"",
    b"null",
    b"[" * 100_000,
    b"\xff\xfe",
    b'{"format": "sigma-tui session", "version": 1}',
    b'{"format": "sigma-tui session", "version": 1, "visits": 3, "sizes": [1]}',
    b'{"format": "sigma-tui session", "version": true, "visits": {}}',
    json.dumps(
        {
            "format": "sigma-tui session",
            "version": 1,
            "visits": [
                3,
                {"run": 3},
                {"run": "a\0b", "library": "x", "user": None, "k": 10},
                {"run": "/tmp/x", "library": "/y", "user": "\x1b[31m[/]", "k": 10**12},
            ],
            "sizes": {
                "ExplorerScreen": {
                    "users, #header.width": 0.2,
                    "users.width": 1e300,
                    "1a.width": 0.5,
                    "[x].height": 0.5,
                    "users.height": "0.5",
                    "sequence.width": 0.4,
                    "results.width": True,
                },
                "x": 3,
            },
        }
    ).encode(),
)


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_session_file_is_harmless(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "session.json").write_bytes(content)
    session = Session(tmp_path, tmp_path / FILE)
    for visit in session.visits.values():
        assert visit == Visit(Path("/tmp/x"), Path("/y"), "\x1b[31m[/]", 100)
    for shares in session.pane_sizes.shares.values():
        assert shares == {"sequence.width": 0.4}
    session.keep_place()
    session.close()
    assert json.loads((tmp_path / "session.json").read_text("utf-8"))["version"] == 1


@pytest.mark.thorough
async def test_hostile_files_of_edits_are_harmless(home: Home) -> None:
    async with Sitting(home, user="u03") as sitting:
        await sitting.press("home", "d")
        edited = sitting.screen.journey
    (good,) = (home.state / "edits-1").rglob("*.json")
    for number, content in enumerate(HOSTILE):
        (good.parent / f"{number}.json").write_bytes(content)
    (good.parent / "folder.json").mkdir()
    plain = json.loads(good.read_text("utf-8"))
    for number, user in enumerate(["\x1b[31m", 3, ["u03"], {}, "nobody"]):
        (good.parent / f"user{number}.json").write_text(json.dumps({**plain, "user": user}))
    async with Sitting(home) as sitting:
        assert sitting.screen.journey == edited
        assert set(sitting.screen._kept_edits) == {sitting.screen._user}


async def test_a_hostile_user_of_the_last_visit_is_text_at_home(home: Home) -> None:
    session = Session(home.state, home.config / FILE)
    session.keep_visit(Visit(home.runs / "[REC]", home.library, "[@click=app.quit]x[/]\x1b[2J", 10))
    app = SigmaApp(HomeScreen(home, device="cpu"), session=session)
    async with app.run_test(size=(200, 50), notifications=True) as pilot:
        await until_text(pilot, "c goes on where you were: [REC], user [@click=app.quit]x[/]␛[2J")
        await pilot.press("c")
        await until_text(pilot, "run '[REC]', in which you were last, is gone.")
        assert app.screen.query(ExplorerScreen) is not None and isinstance(app.screen, HomeScreen)
    session.close()


def test_the_file_of_a_newer_program_is_left_as_it_is(tmp_path: Path) -> None:
    newer = '{"format": "sigma-tui session", "version": 2, "visits": []}'
    (tmp_path / "session.json").write_text(newer)
    session = Session(tmp_path, tmp_path / FILE)
    session.keep_visit(Visit(Path("/r"), Path("/l"), None, 10))
    session.close()
    assert (tmp_path / "session.json").read_text() == newer


def test_a_directory_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a directory should be")
    session = Session(tmp_path / "state", tmp_path / FILE)
    told: list[str] = []
    session.tell = told.append
    session.keep_visit(Visit(Path("/r"), Path("/l"), None, 10))
    end = time.monotonic() + 10
    while not told and time.monotonic() < end:
        time.sleep(0.01)
    session.keep_visit(Visit(Path("/s"), Path("/l"), None, 10))
    session.close()
    assert len(told) == 1


def test_going_on_needs_somewhere_to_go(home: Home) -> None:
    session = Session(home.state, home.config / FILE)
    with pytest.raises(RunError, match="nothing to go on with yet"):
        last_screen(home, session, "cpu")
    session.keep_visit(Visit(home.runs / "gone", home.library, None, 10))
    with pytest.raises(RunError, match="'gone', in which you were last, is gone"):
        last_screen(home, session, "cpu")
    session.close()


@pytest.mark.thorough
async def test_home_goes_on_where_one_was(home: Home) -> None:
    async with Sitting(home, user="u03") as sitting:
        await sitting.press("home", "d")
        edited = sitting.screen.journey
    session = Session(home.state, home.config / FILE)
    app = SigmaApp(HomeScreen(home, device="cpu"), session=session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "c goes on where you were: tiny, user u03")
        await pilot.press("c")
        await until_text(pilot, "1 edit")
        assert app.screen.journey == edited
    session.close()
