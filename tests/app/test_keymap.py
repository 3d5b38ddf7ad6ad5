"""The registry is complete, and a person's own keys take the place of the usual ones."""

import asyncio
from pathlib import Path

import pytest
from app_support import text_of, until, until_text
from rich.text import Text
from textual import events
from typer.testing import CliRunner

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.commands.keys import keys_page
from sigma_tui.kept.settings import Settings
from sigma_tui.keys.actions import ACTIONS, Action, collisions
from sigma_tui.keys.keymap import VIM, Keymap, read_keymap
from sigma_tui.keys.scopes import PLACES, SCREEN_OF
from sigma_tui.main import app as commands
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.compare import CompareScreen
from sigma_tui.screens.compare_scenarios import CompareScenariosScreen
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.screens.tour import TourScreen
from sigma_tui.screens.train import TrainScreen
from sigma_tui.screens.training import TrainingScreen
from sigma_tui.widgets.line_list import LineList

DOCS = Path(__file__).parents[2] / "docs"


def test_no_two_actions_share_a_key_where_both_work() -> None:
    assert [(one.name, other.name) for one, other in collisions(lambda one: one.key)] == []


def test_a_collision_would_be_found() -> None:
    keys = {"explorer.add": "x", "sequence.remove": "x", "home.demo": "x", "app.quit": "y"}
    found = collisions(lambda one: keys.get(one.name, one.name))
    assert [(one.name, other.name) for one, other in found] == [("explorer.add", "sequence.remove")]


def test_every_action_has_a_key_a_title_a_help_sentence_and_a_name_of_its_own() -> None:
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for action in ACTIONS:
        assert action.key and action.shown and action.title, action.id
        assert action.help.endswith("."), action.id
        assert action.scope in PLACES
    assert set(SCREEN_OF) | set(SCREEN_OF.values()) <= set(PLACES)


SCREENS = {
    "home": (HomeScreen,),
    "import": (ImportScreen,),
    "categories": (CategoriesScreen,),
    "item": (ItemScreen,),
    "map": (MapScreen, ExplorerScreen),
    "whole-map": (MapScreen,),
    "dataset": (DatasetScreen,),
    "train": (TrainScreen,),
    "training": (TrainingScreen,),
    "explorer": (ExplorerScreen,),
    "whatif": (ExplorerScreen, CompareScreen),
    "compare": (CompareScreen,),
    "sides": (CompareScreen, CompareScenariosScreen),
    "users": (ExplorerScreen, CompareScreen),
    "sequence": (ExplorerScreen, CompareScreen),
    "interests": (ExplorerScreen,),
    "timeline": (ExplorerScreen,),
    "recommendations": (ExplorerScreen,),
    "diversity": (ExplorerScreen,),
    "tour": (TourScreen,),
    "list": (LineList,),
    "app": (SigmaApp,),
}


def test_every_action_has_a_method_wherever_its_key_works() -> None:
    for action in ACTIONS:
        for where in SCREENS[action.scope]:
            assert hasattr(where, action.method), action.name


def test_the_page_of_keys_is_the_registry() -> None:
    assert (DOCS / "keys.md").read_text("utf-8") == keys_page(Keymap()), (
        "make it anew: sigma-tui keys --usual --markdown > docs/keys.md"
    )


async def palette_and_help(screen, scopes: set[str]) -> None:
    """Every action of some scopes is in palette and help, and a method carries it out."""
    app = SigmaApp(screen)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        lists = [lines for lines in screen.query(LineList) if lines.can_focus]
        lists[0].focus()
        await pilot.pause()
        offered = {command.title for command in app.get_system_commands(screen)}
        await app.push_screen(HelpScreen(Keymap()))
        lines = app.screen.wrapped(300)  # no help is longer than such a line
        helped = "\n".join(line.plain for line in lines)
        for action in ACTIONS:
            if action.scope in scopes and action.id != "command_palette":
                at_times = not screen.check_action(action.plain_id, ())  # offered only then
                assert at_times or f"{action.title} ({action.shown})" in offered, action.name
                assert action.help in helped, action.name


async def test_no_action_lacks_palette_and_help_in_the_explorer(small) -> None:
    scopes = {"app", "list", "whatif", "explorer", *SCREEN_OF}
    await palette_and_help(ExplorerScreen(small.run, small.library, device="cpu"), scopes)


async def test_no_action_lacks_palette_and_help_at_home(tmp_path: Path) -> None:
    await palette_and_help(HomeScreen(Home.at(tmp_path)), {"app", "list", "home"})


def test_ones_own_keys_are_read_as_people_write_them() -> None:
    keymap, wrong = read_keymap({"explorer.add": "?", "app.help": "f8", "users.sort": "*"})
    assert wrong == []
    shown = {action.name: keymap.shown(action) for action in ACTIONS}
    assert (shown["explorer.add"], shown["app.help"], shown["users.sort"]) == ("?", "f8", "*")
    assert keymap.changed["explorer.add"] == "question_mark"
    assert shown["explorer.undo"] == "u"


def test_two_actions_may_change_places() -> None:
    keymap, wrong = read_keymap({"explorer.add": "u", "explorer.undo": "a"})
    assert wrong == []
    assert dict(keymap.changed) == {"explorer.add": "u", "explorer.undo": "a"}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"explorer.ad": "A"}, "there is no action 'explorer.ad'; did you mean explorer.add?"),
        ({"explorer.add": 3}, "3 is no key for explorer.add"),
        ({"explorer.add": "hyper+x"}, "'hyper+x' is no key"),
        ({"explorer.add": ""}, "'' is no key"),
        ({"explorer.add": "ctrl+s"}, "terminals stop their output on it"),
        ({"explorer.add": "q"}, "'q' is already the key of “quit” everywhere"),
        (
            {"explorer.add": "A", "sequence.remove": "A"},
            "'A' is already the key of “add” in the explorer, and where two runs are compared, so "
            "“remove” keeps 'd'.",
        ),
    ],
)
def test_a_key_that_cannot_be_is_a_sentence_and_the_rest_is_used(table, sentence) -> None:
    keymap, wrong = read_keymap({"users.sort": "O", **table})
    assert len(wrong) == 1 and sentence in wrong[0]
    assert keymap.changed["users.sort"] == "O"
    assert list(collisions(keymap.key)) == []


async def test_the_app_obeys_ones_own_keys_and_shows_them(tmp_path: Path) -> None:
    settings = Settings(keymap={"home.demo": "Z", "app.help": "f8", "home.runs": "f7"})
    app = SigmaApp(HomeScreen(Home.at(tmp_path)), settings=settings)
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "Press Z to explore the built-in demo")
        await until_text(pilot, " Z demo ")
        assert " d demo" not in text_of(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("f8")
        assert isinstance(app.screen, HelpScreen)
        titles = {command.title for command in app.get_system_commands(app.screen_stack[-2])}
        assert "demo (Z)" in titles


async def test_what_is_wrong_with_the_settings_is_shown_at_the_start(tmp_path: Path) -> None:
    settings = Settings(theme="sunset", keymap={"home.demos": "Z"})
    app = SigmaApp(HomeScreen(Home.at(tmp_path)), settings=settings, troubles=["[k] is wrong"])
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until_text(pilot, "[k] is wrong")
        told = [notification.message for notification in app._notifications]
        assert any("did you mean home.demo?" in message for message in told)
        assert any("There is no theme 'sunset'" in message for message in told)
        assert app.theme == "sigma-dark"


async def test_vim_keys_walk_a_list_and_give_way_to_actions(small) -> None:
    screen = ExplorerScreen(small.run, small.library, device="cpu")
    async with SigmaApp(screen, settings=Settings(vim=True)).run_test(size=(120, 36)) as pilot:
        lines = LineList(empty="")
        await screen.mount(lines)
        lines.show(40, lambda _index, _width: Text("x"))
        lines.focus()
        await pilot.pause()
        for keys, expected in [
            (["j", "j", "j"], 3),
            (["k"], 2),
            (["G"], 39),
            (["g"], 39),
            (["g"], 0),
            (["g", "j", "g"], 1),  # the g before j is forgotten
            (["g"], 0),
        ]:
            await pilot.press(*keys)
            await pilot.pause()
            assert lines.cursor == expected, keys
        await pilot.press("ctrl+d")
        assert lines.cursor > 0
        await pilot.press("ctrl+u")
        assert lines.cursor == 0


async def test_a_held_vim_key_is_not_waited_for_as_an_arrow_key_is_not(small) -> None:
    screen = ExplorerScreen(small.run, small.library, device="cpu")
    app = SigmaApp(screen, settings=Settings(vim=True))
    async with app.run_test(size=(120, 36)) as pilot:
        lines = LineList(empty="")
        await screen.mount(lines)
        lines.show(40, lambda _index, _width: Text("x"))
        lines.focus()
        await until(pilot, lambda: app.all_heard and lines.has_focus)
        for _ in range(30):
            app.post_message(events.Key("j", "j"))
        while lines.cursor < 30:
            assert app.all_heard
            await asyncio.sleep(0)


@pytest.mark.thorough
async def test_vim_keys_are_letters_where_one_writes_and_without_the_setting(small) -> None:
    screen = ExplorerScreen(small.run, small.library, device="cpu")
    async with SigmaApp(screen, settings=Settings(vim=True)).run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "1 Users · 30")
        await pilot.press("slash")
        await pilot.pause()
        await pilot.press("j", "g", "g")
        assert screen.query_one("#users-filter").value == "jgg"
    app = SigmaApp(HomeScreen(Home.at(small.home), device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "tiny")
        assert app._vim.turned(events.Key("j", "j"), app.screen).key == "down"
        assert not app.keymap.vim


def test_an_action_keeps_its_key_from_vim() -> None:
    taken = {action.key for action in ACTIONS if action.scope != "tour"}  # it begins with g
    assert {"j", "k", "G", "g"} & taken == set()
    assert set(VIM) & taken <= {"h", "l", "ctrl+d", "ctrl+u"}


def test_the_command_lists_keys_with_names(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('[keymap]\nexplorer.add = "A"\nx = "y"\n')
    result = CliRunner().invoke(commands, ["keys", "--json"])
    assert result.exit_code == 0
    assert '"key": "A"' in result.stdout
    assert "there is no action 'x'" in result.stderr
    usual = CliRunner().invoke(commands, ["keys", "--usual", "--markdown"])
    assert usual.stdout == (DOCS / "keys.md").read_text("utf-8")


def test_a_name_says_scope_and_title() -> None:
    assert Action("x", "x", "x", "dark/light", "x.", "app").name == "app.dark-light"
