"""Every key of the registry is pressed where it works, and does what the registry says."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from app_support import text_of, until, until_text
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.keys.actions import ACTIONS, Action
from sigma_tui.keys.scopes import Scope
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.compare import CompareScreen
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.screens.train import TrainScreen
from sigma_tui.screens.training import TrainingScreen

pytestmark = pytest.mark.asyncio

SIZE = (200, 50)
"""Every pane is shown, the map too."""
ELSEWHERE = {
    "train.start", "training.stop", "training.continue",
}  # fmt: skip
"""Actions that start and stop processes: test_train_screen.py does."""
HANDED_ON = "choose"
"""What a list does with enter: it tells its screen, which does what the screen's action does."""


class Recording(SigmaApp):
    """Notes every action that is carried out; is not left."""

    def __init__(self, first: Screen[None]) -> None:
        super().__init__(first)
        self.carried_out: list[str] = []

    async def run_action(self, action, default_namespace=None, namespaces=None) -> bool:
        done = await super().run_action(action, default_namespace, namespaces)
        if done:
            self.carried_out.append(str(action).removeprefix("screen.").removeprefix("app."))
        return done

    def action_leave(self) -> None:
        pass


@pytest.fixture
def home(small, personal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Two runs on the same data."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    home = Home.locate()
    shutil.copy(small.library, home.library)
    for run in (small.run, personal.run):
        shutil.copytree(run, home.runs / run.name)
    return home


class Hand:
    """Presses keys, and waits until each has had its effect."""

    def __init__(self, app: Recording, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        for key in keys:
            character = " " if key == "space" else key if len(key) == 1 else None
            self.app.post_message(events.Key(key, character))
        await self.heard()

    async def heard(self) -> None:
        """The app has taken all that it was sent."""
        heard = asyncio.Event()
        self.app.call_later(heard.set)
        await self.until(
            lambda: heard.is_set() and self.app.all_heard and not self._demo_is_prepared()
        )

    async def until(self, holds: Callable[[], object]) -> None:
        """Waits for something, without asking every widget as the pilot does: there are many keys
        to press."""
        end = time.monotonic() + 120
        while not holds():
            assert time.monotonic() < end, f"it did not happen in time:\n{text_of(self.pilot)}"
            await asyncio.sleep(0.002)

    def _demo_is_prepared(self) -> bool:
        """Beside the home screen, which opens it later."""
        return any(one.group == "demo" and not one.is_finished for one in self.app.workers)

    async def carried_out(self, action: Action) -> None:
        """What was pressed last is that; arrow keys are not waited for by the app itself."""
        done, end = self.app.carried_out, time.monotonic() + 20
        wanted = {action.id, *([HANDED_ON] if action.key == "enter" else ())}
        while not wanted & set(done):
            assert time.monotonic() < end, (action.name, done)
            await asyncio.sleep(0.002)

    async def back(self, base: Screen[None]) -> None:
        """Closes what was opened over a screen, whose last question is answered then."""
        self.app.close_above(base)
        await self.until(lambda: self.app.screen is base)
        if isinstance(base.focused, Input):
            base.set_focus(None)  # the next key is none of its letters
        if isinstance(base, AnsweringScreen):
            await self.until(
                lambda: base.shown and base.shown.question.items == base.journey.now.items
            )

    async def try_all(self, base: Screen[None], scopes: Iterable[Scope], *before: str) -> None:
        """Presses the key of every action of some scopes. before: keys that go where it works."""
        for scope in scopes:
            for action in of(scope):
                await self.back(base)
                await self.press(*before)
                self.app.carried_out.clear()
                await self.press(action.key.split(",")[0])
                assert self.app._exception is None, action.name
                await self.carried_out(action)
        await self.back(base)


def of(scope: Scope) -> list[Action]:
    return [one for one in ACTIONS if one.scope == scope and one.name not in ELSEWHERE]


@pytest.mark.thorough
async def test_at_home_and_everywhere(home: Home) -> None:
    app = Recording(base := HomeScreen(home, device="cpu"))
    async with app.run_test(size=SIZE) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: base._runs)
        await hand.try_all(base, ["list", "home", "app"], "1", "home")


@pytest.mark.thorough
async def test_where_data_are_chosen_and_shown(home: Home) -> None:
    app = Recording(base := HomeScreen(home, device="cpu"))
    async with app.run_test(size=SIZE) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: base._runs)
        for keys, kind, scope in (
            (("i",), ImportScreen, "import"),
            (("2", "enter"), DatasetScreen, "dataset"),
            (("t",), TrainScreen, "train"),
            (("1", "home", "w"), TrainingScreen, "training"),
        ):
            await hand.press(*keys)
            await until(pilot, lambda kind=kind: isinstance(app.screen, kind))
            screen = app.screen
            await until_text(pilot, "small" if scope != "import" else "F1 File")
            if scope == "train":
                await hand.press("1")
            await hand.try_all(screen, [scope])
            await hand.back(base)


@pytest.mark.thorough
async def test_in_the_explorer_and_what_opens_from_it(home: Home, small) -> None:
    base = ExplorerScreen(small.run, home.library, user="u01", device="cpu", clock=None)
    app = Recording(base)
    async with app.run_test(size=SIZE) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: base.shown is not None)
        await hand.press("2", "home", "d")
        for scope, before in (
            ("users", ("1",)), ("sequence", ("2", "home")), ("interests", ("3",)),
            ("timeline", ("5",)), ("recommendations", ("4", "home")),
            ("map", ("6",)),
        ):  # fmt: skip
            if scope == "interests":
                await hand.press("w")  # else ← and → steer nothing
            await hand.try_all(base, [scope], *before)
            if base.check_action("steer_done", ()):
                await hand.press("escape")
            await hand.press("X")
        for action in of("diversity"):
            app.carried_out.clear()
            await hand.press("y", action.key)
            await hand.carried_out(action)
            await hand.press("enter")
        for scope in ("whatif", "explorer"):
            for action in of(scope):
                before = {"stop": ("P",), "steer_done": ("3", "w"), "undo": ("2", "home", "d"),
                          "redo": ("2", "home", "d", "u")}.get(action.id, ("2",))  # fmt: skip
                await hand.back(base)
                await hand.press(*before)
                app.carried_out.clear()
                await hand.press(action.key.split(",")[0])
                await hand.carried_out(action)
                await hand.back(base)
                if any(base.check_action(one, ()) for one in ("stop", "steer_done")):
                    await hand.press("escape")
                if not base.journey.now.items:  # those of a new user
                    await hand.press("p")
                    await hand.back(base)
        for key, kind, scopes in (
            ("C", CategoriesScreen, ["categories"]),
            ("M", MapScreen, ["whole-map", "map"]),
            ("enter", ItemScreen, ["item"]),
        ):
            await hand.press("4", key)
            await until(pilot, lambda kind=kind: isinstance(app.screen, kind))
            await hand.try_all(app.screen, scopes)
            await hand.back(base)


@pytest.mark.thorough
async def test_where_two_runs_are_compared(home: Home) -> None:
    base = CompareScreen(
        (home.runs / "tiny", home.runs / "own"), home.library, user="u01", device="cpu"
    )
    app = Recording(base)
    async with app.run_test(size=SIZE) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: base.shown is not None)
        await hand.try_all(base, ["compare", "sides", "whatif"], "3")
        await hand.try_all(base, ["users"], "1")
        await hand.try_all(base, ["sequence"], "2", "home")


@pytest.mark.thorough
async def test_on_the_tour(home: Home) -> None:
    app = Recording(base := demo_explorer(home, device="cpu", clock=None, fresh=True))
    async with app.run_test(size=SIZE) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: base.shown is not None)
        for action in of("tour"):
            app.carried_out.clear()
            await hand.press(action.key)
            await hand.carried_out(action)


@pytest.mark.thorough
async def test_each_screen_stands_a_tiny_terminal_a_long_paste_and_a_held_key(
    home: Home, small
) -> None:
    """Twenty cells of five lines and back; ten thousand characters; keys fifty times."""
    base = HomeScreen(home, device="cpu")
    app = Recording(base)
    async with app.run_test(size=(120, 36)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: base._runs)
        for way in (
            (), ("i",), ("2", "enter"), ("t",), ("w",), ("question_mark",), ("comma",), ("f6",),
            ("ctrl+p",), ("space", "down", "v"),
            *(
                ("enter", *more)
                for more in ((), ("C",), ("M",), ("4", "enter"), ("a",), ("S",), ("e",), ("B",),
                             ("4", "c"), ("N",), ("v",))
            ),
        ):  # fmt: skip
            if way:
                await hand.press("1", "home", way[0])
            if way[:1] == ("enter",):
                await until(
                    pilot,
                    lambda: isinstance(app.screen, ExplorerScreen) and app.screen.shown is not None,
                )
            await hand.press(*way[1:])
            await until(pilot, lambda: app.screen.is_mounted)
            screen = app.screen
            for size in (Size(20, 5), Size(120, 36)):
                app._driver._size = size
                app.post_message(events.Resize(size, size))
                await hand.heard()
                await hand.until(lambda size=size, screen=screen: screen.size == size)
            assert app.screen is screen and screen.size == Size(120, 36), way
            app.post_message(events.Paste("one [two] \x1b ☃ " * 770))
            await hand.press(*["down"] * 50, *["up"] * 50)
            if isinstance(screen.focused, Input):
                assert len(screen.focused.value) <= 11_000
            assert app._exception is None, way
            await hand.back(base)
        await until_text(pilot, "2 Datasets")
