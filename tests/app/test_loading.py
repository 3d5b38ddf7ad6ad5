"""While a model is loaded: keys that need it do nothing, then or later; help has its content."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from app_support import text_of, until
from textual import events

from sigma_tui.app import SigmaApp
from sigma_tui.beside.inference import Loaded, Told
from sigma_tui.keys.actions import ACTIONS
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.loading import NEED_MODEL
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.users_pane import UsersPane

pytestmark = pytest.mark.asyncio


class Slow(ExplorerScreen):
    """Its model is there when the test says so."""

    ready: threading.Event

    def _tell(self, told: Told) -> None:
        if isinstance(told, Loaded):
            self.ready.wait(60)
        super()._tell(told)


@pytest.fixture
def slow(small, quiet_home) -> Iterator[Slow]:
    screen = Slow(small.run, small.library, user="u01", device="cpu", clock=None)
    screen.ready = threading.Event()
    yield screen
    screen.ready.set()


@pytest.mark.thorough
async def test_keys_that_need_the_model_do_nothing_while_it_loads_and_not_later(slow) -> None:
    app = SigmaApp(slow)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, lambda: slow.is_mounted and "loading" in text_of(pilot))
        keys = [action.key for action in ACTIONS
                if action.scope in ("whatif", "explorer", "sequence", "users")
                and action.plain_id in NEED_MODEL]  # fmt: skip
        early = [events.Key(key, key if len(key) == 1 else None) for key in "ddN"]
        for key in keys:
            await pilot.press(key.split(",")[0])
            assert app.screen is slow, key
        assert not app._notifications
        line = slow.query_one(KeyLine)
        assert not any(key.enabled for key in line.keys if key.title in ("add", "remove", "steer"))
        slow.ready.set()
        await until(pilot, lambda: slow.shown is not None and slow.shown.number == slow._asked)
        before = slow.journey.now
        assert before.is_original and slow.user_label == "u01"
        for key in early[1:]:  # pressed before, and read from the terminal only now
            app.post_message(key)
        await pilot.pause()
        assert slow.journey.now == before and slow.user_label == "u01"
        await pilot.press("slash")
        await until(pilot, lambda: slow.query_one(UsersPane).filter.has_focus)
        app.post_message(early[0])  # a letter that is typed into a field is no command
        await until(pilot, lambda: slow.query_one(UsersPane).filter.value == "d")
        assert not {"find user", "scenarios"} & {key.title for key, _ in line._placed()}
        await pilot.press("backspace")
        slow.action_pane("sequence")
        await until(pilot, lambda: slow.query_one("#sequence-lines").has_focus)
        await until(pilot, lambda: all(key.enabled for key in line.keys))
        await pilot.press("d")
        assert slow.journey.now.edits() == 1


async def test_the_first_picture_of_the_help_has_its_content(slow) -> None:
    app = SigmaApp(slow)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: slow.is_mounted and slow.focused)
        app.push_screen(HelpScreen(app.keymap, "sequence"))
        while "─ Help" not in (seen := text_of(pilot)):
            await asyncio.sleep(0)
        assert "Sequence: what its numbers mean" in seen
