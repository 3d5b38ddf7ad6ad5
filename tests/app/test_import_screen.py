"""Import in a real (headless) terminal: real files, a real library, every failure a sentence."""

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
from app_support import text_of, until
from textual import events
from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, Input, Select

from engine.home import Home
from engine.library import private
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from sigma_tui.app import SigmaApp
from sigma_tui.screens import import_run
from sigma_tui.screens.confirm import ConfirmScreen
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.screens.import_run import ImportRunScreen
from sigma_tui.widgets.path_field import PathField

pytestmark = pytest.mark.asyncio


async def shows(pilot: Pilot[None], text: str) -> None:
    await until(pilot, lambda: text in text_of(pilot))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path / "home"))
    return Home.locate()


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Ratings with a repeat, a broken line and hostile titles beside them; typed as a path of few
    letters."""
    chance = random.Random(5)
    folder = tmp_path / "films"
    folder.mkdir()
    rows = [
        f"u{chance.randrange(20)},i{chance.randrange(12)},{chance.randrange(1, 6)},{1_000 + step}"
        for step in range(300)
    ]
    rows.insert(4, "u1,i1,five,1004")
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows))
    titles = [f"i{item},Title {item},Drama|War" for item in range(1, 12)]
    (folder / "movies.csv").write_text(
        "movieId,title,genres\n" + "\n".join(["i0,[@click=app.quit]x[/] \x1b[31m,[REC]", *titles])
    )
    return folder / "ratings.csv"


class Opened:
    """An import screen, by itself or reached from Home."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot, self.app = pilot, pilot.app

    @property
    def screen(self) -> ImportScreen:
        return next(s for s in self.app.screen_stack if isinstance(s, ImportScreen))

    async def choose(self, path: Path | str) -> None:
        """Pastes a path, as nobody types it."""
        field = self.screen.query_one("#path", PathField)
        field.input.value = str(path)
        await self.pilot.pause()

    async def counted(self) -> None:
        await until(self.pilot, lambda: self.screen.kept is not None)

    def said(self) -> str:
        return str(self.screen.query_one("#import-said").content)


@pytest.fixture
def importing(home: Home):
    class Session:
        def __init__(self, size: tuple[int, int] = (120, 36), *, from_home: bool = False) -> None:
            first = HomeScreen(home, device="cpu") if from_home else ImportScreen(home)
            self.app = SigmaApp(first)
            self.context = self.app.run_test(size=size, notifications=True)

        async def __aenter__(self) -> Opened:
            pilot = await self.context.__aenter__()
            if isinstance(self.app.screen, HomeScreen):
                await shows(pilot, "The library is empty")
                await pilot.press("i")
            await until(pilot, lambda: isinstance(self.app.screen, ImportScreen))
            return Opened(pilot)

        async def __aexit__(self, *error: object) -> None:
            await self.context.__aexit__(*error)

    return Session


async def test_a_file_is_found_by_completion_looked_at_cleaned_and_imported(
    importing, films, home, monkeypatch
) -> None:
    monkeypatch.chdir(films.parent.parent)
    async with importing(from_home=True) as opened:
        pilot, screen = opened.pilot, opened.screen
        field = screen.query_one("#path", PathField)
        await pilot.press(*"fil")
        await until(pilot, lambda: field.offered == ["films/"])
        await pilot.press("tab")
        await until(pilot, lambda: field.offered == ["movies.csv", "ratings.csv"])
        await pilot.press("down", "enter")
        await opened.counted()
        assert field.text == "films/ratings.csv"
        assert field.offered == []
        recognised = str(screen.query_one("#recognised").content)
        assert recognised.startswith("Read as csv: it is delimited text with ','")
        assert "Titles from movies.csv, which was found beside it" in recognised
        assert "Title 3" in text_of(pilot)
        assert "1 row cannot be read, line 6 of ratings.csv" in text_of(pilot)
        assert screen.query_one("#name", Input).value == "films"
        assert screen.query_one("#role-user", Select).value == "userId"
        before = screen.kept.read.interactions
        await pilot.press("f3")
        await pilot.pause()
        await pilot.press("4")
        await until(pilot, lambda: screen.kept is not None and len(screen.kept.rules) == 2)
        left = screen.kept.left.interactions
        assert 0 < left < before
        assert f"{before:,} → {left:,}" in text_of(pilot)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(opened.app.screen, ImportRunScreen))
        run = opened.app.screen
        await until(pilot, lambda: run.ended is not None)
        await shows(pilot, "1 row could not be read")
        await shows(pilot, "the rating is not a number")
        assert "       6" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(opened.app.screen, DatasetScreen))
        await until(pilot, lambda: opened.app.screen.view is not None)
        assert f"{left:,} interactions" in text_of(pilot)
        assert "[@click=app.quit]x[/] ␛[31m" in text_of(pilot)
        await pilot.press("escape")
        await shows(pilot, "films")
        assert isinstance(opened.app.screen, HomeScreen)
    with Library.open(home.library) as library:
        assert library.summary("films").interactions == left


@pytest.mark.thorough
async def test_columns_may_be_given_other_roles_and_none(importing, films) -> None:
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        pilot, screen = opened.pilot, opened.screen
        time = screen.query_one("#role-time", Select)
        await pilot.press("f2")
        await until(pilot, lambda: screen.query_one("#role-user", Select).has_focus)
        time.focus()
        await pilot.press("enter", "home", "enter")  # the first choice is none
        await until(pilot, lambda: screen.kept is not None and screen.kept.rows[0].time is None)
        assert time.is_blank()
        assert "no time column: as in the file" in text_of(pilot)
        screen.query_one("#role-item", Select).value = "timestamp"
        await until(pilot, lambda: screen.kept and screen.kept.rows[0].item.isdigit())


@pytest.mark.thorough
async def test_a_role_that_cannot_be_told_is_asked_for(importing, tmp_path) -> None:
    (tmp_path / "odd.csv").write_text("who,what,n\na,x,1\nb,y,2\n")
    async with importing() as opened:
        await opened.choose(tmp_path / "odd.csv")
        await shows(opened.pilot, "Which columns are the user and the item?")
        await opened.pilot.press("f5")
        await opened.pilot.pause()
        assert isinstance(opened.app.screen, ImportScreen)  # it says why instead
        opened.screen.query_one("#role-user", Select).action_show_overlay()
        await shows(opened.pilot, "who  a")  # each with what stands in it
        await opened.pilot.press("escape")
        opened.screen.query_one("#role-user", Select).value = "who"
        await shows(opened.pilot, "Which column is the item?")
        opened.screen.query_one("#role-item", Select).value = "what"
        await opened.counted()
        assert opened.said().startswith("Ready: 2 users, 2 items, 2 interactions")
        opened.screen.query_one("#role-item", Select).value = "n"
        await opened.counted()
        opened.screen.query_one("#role-rating", Select).value = "what"
        await shows(opened.pilot, "No row can be read, such as line 2: the rating is not a number.")


@pytest.mark.thorough
async def test_examples_are_those_of_the_file_that_is_named_now(importing, tmp_path) -> None:
    (tmp_path / "one.csv").write_text("user_id,what\nann,x\n")
    (tmp_path / "two.csv").write_text("user_id,what\nbob,y\n")
    async with importing() as opened:
        offered = opened.screen.query_one("#role-user", Select)
        for file, example in (("one", "user_id  ann"), ("two", "user_id  bob")):
            await opened.choose(tmp_path / f"{file}.csv")
            await until(
                opened.pilot,
                lambda example=example: example in [str(text) for text, _ in offered._options],
            )


@pytest.mark.thorough
async def test_rules_that_leave_nothing_or_make_no_sense_say_so(importing, films) -> None:
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        opened.screen.query_one("#k-core", Input).value = "500"
        await shows(opened.pilot, "Nothing is left: loosen the rules")
        assert opened.screen.query_one("#begin", Button).disabled
        opened.screen.query_one("#k-core", Input).value = "0"
        await shows(opened.pilot, "A 0-core does not exist")
        opened.screen.query_one("#k-core", Input).value = ""
        opened.screen.query_one("#min-rating", Input).value = "-"
        await shows(opened.pilot, "is not a number")
        opened.screen.query_one("#min-rating", Input).value = ""
        await shows(opened.pilot, "Ready:")


@pytest.mark.thorough
async def test_of_many_changes_only_the_last_is_shown(importing, films) -> None:
    async with importing() as opened:
        await opened.choose(films)
        for core in ("2", "20", "200", ""):
            opened.screen.query_one("#k-core", Input).value = core
        await opened.counted()
        assert len(opened.screen.kept.rules) == 1
        await opened.pilot.press("f3", *"3" * 12)  # a key held down
        await opened.counted()
        assert opened.screen.kept.rules[0].text.startswith("rating at least 3.3")


@pytest.mark.thorough
async def test_a_file_with_titles_may_be_named_or_refused(importing, films) -> None:
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        titles = opened.screen.query_one("#titles", PathField)
        assert titles.text == str(films.with_name("movies.csv"))
        titles.input.value = ""
        await until(
            opened.pilot,
            lambda: opened.screen.kept is not None and opened.screen.kept.rows[0].title is None,
        )
        assert "found beside it" not in text_of(opened.pilot)
        titles.input.value = str(films.parent / "nothing.csv")
        await shows(opened.pilot, "there is no file")


@pytest.mark.thorough
async def test_a_table_of_a_database_is_chosen(importing, tmp_path) -> None:
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute("CREATE TABLE clicks AS SELECT 1 AS user_id, 2 AS item_id")
        connection.execute("CREATE TABLE other AS SELECT 1 AS x, 2 AS y")
    async with importing() as opened:
        await opened.choose(tmp_path / "shop.duckdb")
        await shows(opened.pilot, "several tables: choose one")
        opened.screen.query_one("#table", Select).value = "clicks"
        await opened.counted()
        assert "Read as DuckDB table" in text_of(opened.pilot)
        assert opened.said().startswith("Ready: 1 users")


@pytest.mark.thorough
async def test_what_cannot_be_read_is_a_sentence(importing, tmp_path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "one.csv").write_text("a\nb\n")
    (tmp_path / "[REC] [bold.csv").write_text("a\nb\n")
    async with importing() as opened:
        for path, said in (
            ("none.csv", "there is no file"),
            ("folder", "is a directory"),
            ("empty.csv", "is empty"),
            ("one.csv", "one column only"),
            ("[REC] [bold.csv", "[REC] [bold.csv has one column only"),
            ("x" * 10_000, "there is no file"),
            ("~nobody-is-called-so/x.csv", "there is no file"),
        ):
            await opened.choose(path if path[0] == "~" else tmp_path / path)
            await until(opened.pilot, lambda said=said: said in opened.said())
            assert opened.screen.query_one("#begin", Button).disabled


@pytest.mark.thorough
async def test_what_was_entered_is_thrown_away_only_after_a_question(importing, home) -> None:
    async with importing(from_home=True) as opened:
        pilot, app = opened.pilot, opened.app
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))  # nothing was entered
        for keys in (("f3", "4"), ("x",)):
            await pilot.press("i")
            await until(pilot, lambda: isinstance(app.screen, ImportScreen) and app.focused)
            focused = app.focused
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            assert "Nothing was imported" in text_of(pilot)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ImportScreen))
            assert opened.screen.entered
            if keys == ("x",):
                assert app.focused is focused
                assert opened.screen.query_one("#path", PathField).text == "x"
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, HomeScreen))


@pytest.mark.thorough
async def test_a_part_of_a_path_is_completed_when_it_is_pasted(importing, films) -> None:
    async with importing() as opened:
        field = opened.screen.query_one("#path", PathField)
        for dressed in (f"'{films.parent}/r", f"file://{films.parent}/r"):
            await opened.pilot.press("ctrl+u")
            opened.app.post_message(events.Paste(dressed))
            await until(opened.pilot, lambda: field.offered == ["ratings.csv"])
            await opened.pilot.press("tab")
            assert field.text == str(films)


async def test_a_path_never_holds_what_acts_on_the_terminal(importing, tmp_path) -> None:
    (tmp_path / "\x1b[31mred.csv").write_text("user,item\na,b\n")
    (tmp_path / "plain.csv").write_text("user,item\na,b\n")
    (tmp_path / "plainer.csv").write_text("user,item\na,b\n")
    async with importing() as opened:
        field = opened.screen.query_one("#path", PathField)
        field.input.post_message(events.Paste(f"{tmp_path}/"))
        await until(opened.pilot, lambda: field.offered == ["plain.csv", "plainer.csv"])
        field.input.post_message(events.Paste("\x1b]52;c;AAAA\x07"))
        await opened.pilot.pause()
        assert field.text == f"{tmp_path}/"


@pytest.mark.thorough
async def test_a_taken_name_is_replaced_only_when_asked(importing, films, home) -> None:
    import_source(home.library, ImportRequest(films, "taken", k_core=2))
    app = SigmaApp(HomeScreen(home, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await shows(pilot, "taken")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportScreen))
        opened = Opened(pilot)
        await opened.choose(films)
        await opened.counted()
        opened.screen.query_one("#name", Input).value = "taken"
        await shows(pilot, "There is a dataset taken already")
        await pilot.click("#replace")
        await shows(pilot, "in the place of the one there is")
        assert opened.screen.query_one("#replace", Checkbox).value
        assert "replace: yes" in text_of(pilot)
        await pilot.click("#begin")
        await until(pilot, lambda: getattr(app.screen, "ended", None) is not None)
        assert app.screen.ended.report is not None
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


@pytest.mark.thorough
async def test_an_impossible_name_is_a_sentence(importing, films) -> None:
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        opened.screen.query_one("#name", Input).value = "../x"
        await shows(opened.pilot, "cannot be a dataset's name")
        opened.screen.query_one("#name", Input).value = ""
        await shows(opened.pilot, "Give the dataset a name.")


@pytest.mark.thorough
async def test_a_cancelled_import_leaves_no_trace(importing, films, home, monkeypatch) -> None:
    there = threading.Event()
    real = import_run.import_source

    def held(library, request, progress, cancelled):
        def held_progress(told):
            progress(told)
            if told.step.startswith("ordering"):
                there.set()
                while not cancelled():  # the rest is the real import's own cancellation
                    time.sleep(0.01)

        return real(library, request, held_progress, cancelled)

    monkeypatch.setattr(import_run, "import_source", held)
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        await opened.pilot.press("f5")
        await until(opened.pilot, there.is_set)
        await shows(opened.pilot, "ordering by user and time")
        assert "%" in text_of(opened.pilot)
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: opened.app.screen is opened.screen)
        await shows(opened.pilot, "Cancelled: nothing was kept.")
        await opened.counted()  # and may be begun again
        assert opened.said().startswith("Ready:")
    with Library.open(home.library) as library:
        assert library.datasets() == []
    end = time.monotonic() + 20  # the draft is put away beside the screen
    while list(home.library.parent.iterdir()):
        assert time.monotonic() < end, list(home.library.parent.iterdir())
        time.sleep(0.01)


@pytest.mark.thorough
async def test_leaving_the_app_cancels_what_runs(importing, films, home, monkeypatch) -> None:
    there = threading.Event()
    ended = threading.Event()
    real = import_run.import_source

    def held(library, request, _progress, cancelled):
        there.set()
        while not cancelled():
            time.sleep(0.01)
        try:
            return real(library, request, None, cancelled)
        finally:
            ended.set()

    monkeypatch.setattr(import_run, "import_source", held)
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        await opened.pilot.press("f5")
        await until(opened.pilot, there.is_set)
    assert ended.wait(10)
    assert not home.library.exists()


@pytest.mark.thorough
async def test_a_file_that_vanished_meanwhile_is_a_sentence(importing, films, home) -> None:
    async with importing() as opened:
        await opened.choose(films)
        await opened.counted()
        films.unlink()
        await opened.pilot.press("f5")
        await shows(opened.pilot, "It was not imported")
        assert "here is no file" in text_of(opened.pilot)
        assert "The library is unchanged." in text_of(opened.pilot)
        await opened.pilot.press("escape")
        await shows(opened.pilot, "there is no file")
        assert opened.app.screen is opened.screen


@pytest.mark.thorough
async def test_a_locked_library_says_who_holds_it_and_may_be_tried_again(
    importing, films, home
) -> None:
    async with importing((200, 50)) as opened:
        await opened.choose(films)
        await opened.counted()
        code = (
            "import time, duckdb\n"
            f"c = duckdb.connect({str(home.library)!r})\n"
            "print('held', flush=True); time.sleep(60)\n"
        )
        holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            await opened.pilot.press("f5")
            await shows(opened.pilot, f"is in use by process {holder.pid}")
        finally:
            holder.kill()
            holder.wait()
        home.library.unlink()  # nothing but a lock was ever in it
        await opened.pilot.press("enter")
        await until(
            opened.pilot,
            lambda: opened.app.screen.ended and opened.app.screen.ended.report is not None,
        )


async def test_want_of_memory_is_a_sentence(importing, films, monkeypatch) -> None:
    monkeypatch.setattr(private, "MEMORY_LIMIT", "300kB")
    async with importing() as opened:
        await opened.choose(films)
        await shows(opened.pilot, "not enough memory")


@pytest.mark.thorough
async def test_everything_is_reached_by_mouse_and_in_the_narrow_layout(importing, films) -> None:
    async with importing((80, 24), from_home=True) as opened:
        await opened.choose(films.parent)
        pilot, screen = opened.pilot, opened.screen
        await pilot.click("#path Input")
        screen.query_one("#path", PathField).input.value = f"{films.parent}/"
        await until(pilot, lambda: screen.query_one("#path", PathField).offered)
        await pilot.click("#path Completions", offset=(3, 2))
        await opened.counted()
        assert screen.query_one("#path", PathField).text == str(films)
        assert screen.query_one("#columns").region.height > 0
        await pilot.click("#tabs", offset=(18, 0))
        await until(pilot, lambda: screen.query_one("#rules").region.height > 0)
        assert screen.query_one("#columns").region.height == 0
        await pilot.click("#tabs", offset=(30, 0))
        await until(pilot, lambda: screen.query_one("#rows").region.height > 0)
        await shows(pilot, "1970-01-01 00:16")
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: screen.query_one("#columns").region.height > 0)
        await pilot.click("#begin")
        await until(pilot, lambda: getattr(opened.app.screen, "ended", None) is not None)
        await pilot.pause()
        await pilot.click("#onward")
        await until(pilot, lambda: isinstance(opened.app.screen, DatasetScreen))


@pytest.mark.thorough
async def test_escape_closes_the_completions_before_the_screen(
    importing, films, monkeypatch
) -> None:
    monkeypatch.chdir(films.parent)
    async with importing(from_home=True) as opened:
        field = opened.screen.query_one("#path", PathField)
        await opened.pilot.press("r")
        await until(opened.pilot, lambda: field.offered)
        await opened.pilot.press("escape")
        assert field.offered == []
        assert opened.app.screen is opened.screen
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ConfirmScreen))
