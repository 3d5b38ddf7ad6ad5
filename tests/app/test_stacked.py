"""Screens that are closed twice, in another order than they were opened, or by more than a key."""

import asyncio
import gc
import signal
import time
import weakref

import pytest
from app_support import text_of, until, until_text
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.notifications import Notification
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Label, OptionList
from textual.widgets._toast import Toast

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.screens.choose import Choice, ChooseScreen
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.jump import JumpScreen


def press(app: SigmaApp, *keys: str) -> None:
    """As from a terminal: all at once."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.thorough
async def test_two_keys_at_once_close_one_dialog_alone(quiet_home: Home) -> None:
    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        for keys in (("b", "b"), ("escape", "x", "x")):
            await pilot.press("semicolon")
            await until(pilot, lambda: isinstance(app.screen, JumpScreen))
            press(app, *keys)
            await until(pilot, lambda: app.screen is home)
            await pilot.press("f6")
            await until(pilot, lambda: app.screen is not home)
            press(app, "enter", "enter", "escape", "escape")
            await until(pilot, lambda: app.screen is home)


async def test_a_dialog_that_ends_by_itself_takes_along_what_is_over_it(quiet_home: Home) -> None:
    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        found = []
        dialog = ChooseScreen("Which?", [Choice(1, "one", ""), Choice(2, "two", "")], 1)
        app.push_screen(dialog, found.append)
        await until_text(pilot, "Which?")
        app.action_help()
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))

        def end(value: int) -> None:
            dialog.dismiss(Choice(value, "", ""))  # which must not be waited for

        dialog.call_later(end, 2)
        await until(pilot, lambda: app.screen is home)
        assert [one.value for one in found] == [2]
        dialog.call_later(end, 1)  # nothing any more
        app.action_help()
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert len(found) == 1


async def test_a_click_beside_the_screen_and_a_page_in_no_room_end_nothing(
    quiet_home: Home,
) -> None:
    app = SigmaApp(HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        app.post_message(events.MouseDown(None, 150, 40, 0, 0, 1, False, False, False))
        app.post_message(events.MouseUp(None, 150, 40, 0, 0, 1, False, False, False))
        for size in (Size(20, 5), Size(3, 2), Size(120, 36)):
            app._driver._size = size
            app.post_message(events.Resize(size, size))
            press(app, "ctrl+p", "pagedown", "pageup", "pagedown", "escape", "ctrl+p")
            await pilot.pause(0.3)
            press(app, "pagedown", "escape", "escape")
        await until_text(pilot, "The library is empty")
        assert app._exception is None and "quit" in text_of(pilot)


async def test_a_click_on_an_option_that_is_gone_ends_nothing(quiet_home: Home) -> None:
    app = SigmaApp(HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        await pilot.press("ctrl+p")
        await until_text(pilot, "dark/light")
        options = app.screen.query_one(OptionList)
        style = Style(meta={"option": options.option_count + 3})
        options.post_message(events.Click(options, 3, 1, 0, 0, 1, False, False, False, style=style))
        await pilot.pause()
        assert app._exception is None
        await pilot.press("down", "enter")
        await until_text(pilot, "The library is empty")


class Late(ModalScreen[None]):
    """Looks for something that is not there, again and again."""

    def compose(self) -> ComposeResult:
        yield Label("late")

    def look(self) -> None:
        self.query_one("#nothing")

    def work(self) -> None:
        """A worker that looks once the screen is closed, as Textual's palette may have one."""
        self.looked = False
        self.run_worker(self._look_once_closed())

    async def _look_once_closed(self) -> None:
        while self in self.app.screen_stack:
            await asyncio.sleep(0)
        self.looked = True
        self.look()


@pytest.mark.parametrize("closed", [True, False, "in a worker"])
async def test_what_a_closed_screen_no_longer_finds_ends_nothing(
    quiet_home: Home, closed: bool | str
) -> None:
    app = SigmaApp(home := HomeScreen(quiet_home))
    context = app.run_test(size=(120, 36))
    pilot = await context.__aenter__()
    await until_text(pilot, "The library is empty")
    app.push_screen(screen := Late())
    await until_text(pilot, "late")
    if closed is True:
        screen.call_later(screen.work)
        await until(pilot, lambda: hasattr(screen, "looked"))
        screen.call_later(screen.look)
        screen.call_after_refresh(screen.look)
        screen.query_one(Label).call_later(screen.look)
        app.pop_screen()
        await until(pilot, lambda: app.screen is home and not screen.is_running)
        assert screen.looked
        done = asyncio.Event()
        home._invoke_later(screen.look, screen)  # after the next picture, which is home's by now
        home._invoke_later(done.set, home)
        await until(pilot, done.is_set)
        await context.__aexit__(None, None, None)
    else:
        if closed:
            screen.run_worker(screen.look, thread=True)
        else:
            screen.call_later(screen.look)
        for _ in range(500):
            if app._exception is not None:
                break
            await asyncio.sleep(0.01)
        with pytest.raises(NoMatches):
            await context.__aexit__(None, None, None)


async def test_a_message_whose_time_is_over_when_it_is_shown_stops_nothing(
    quiet_home: Home,
) -> None:
    """Its timer would count backwards for ever; the alarm ends a test that hangs."""
    app = SigmaApp(HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until_text(pilot, "The library is empty")
        signal.signal(signal.SIGALRM, lambda *_: pytest.fail("the app stands still"))
        signal.alarm(20)
        toast = Toast(Notification("late", timeout=0.5, raised_at=time.time() - 0.501))
        assert toast._timeout < 0
        await app.screen.mount(toast)
        await until(pilot, lambda: not toast.is_attached)
        signal.alarm(0)


async def test_the_palette_opened_again_at_once_ends_nothing(quiet_home: Home) -> None:
    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        app.action_command_palette()
        await until_text(pilot, "dark/light")
        app.pop_screen()
        app.action_command_palette()
        await until_text(pilot, "dark/light")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is home)


async def test_what_a_closed_screen_showed_is_forgotten(quiet_home: Home) -> None:
    def pictures() -> int:
        gc.collect()
        return sum(isinstance(one, Strip) for one in gc.get_objects())

    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        held = []
        for _ in range(4):
            await pilot.press("question_mark")
            await until_text(pilot, "esc leaves")
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is home)
            held.append(pictures())
        assert held[-1] <= held[1] + 20, held


async def test_what_began_under_another_screen_does_not_keep_it(quiet_home: Home) -> None:
    """As a scrollbar of home does, when the terminal gets smaller while a dialog is on top."""
    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        await pilot.press("question_mark")
        await until_text(pilot, "esc leaves")
        app.screen.call_later(home.mount, begun := Label("begun"))
        await until(pilot, lambda: begun.is_mounted)
        over, part = weakref.ref(app.screen), weakref.ref(app.screen.children[0])
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is home)

        def forgotten() -> bool:
            gc.collect()
            return over() is None and part() is None

        await until(pilot, forgotten)
        assert begun.is_running
