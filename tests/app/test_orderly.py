"""Keys sent together with one that opens a screen are heard by that screen, in order."""

import time
from pathlib import Path
from typing import ClassVar

import pytest
from app_support import until, until_text
from atlased import Session, is_charted
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.keys import _character_to_key
from textual.screen import Screen
from textual.widgets import Input, Static

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.orderly import OrderlyApp
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.choose import Choice, ChooseScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.screens.naming import NamingScreen
from sigma_tui.screens.search import SearchScreen


def burst(app: OrderlyApp, *parts: str) -> None:
    """All at once, as from a terminal over a slow line: names of keys, and after ``=`` a text."""
    for part in parts:
        if part.startswith("="):
            for one in part[1:]:
                app.post_message(events.Key(_character_to_key(one), one))
        else:
            app.post_message(events.Key(part, part if len(part) == 1 else None))


def keep_busy(screen: Screen[None], until: float) -> None:
    """Always something more to hear, so that it does not come to rest."""
    if time.monotonic() < until:
        screen.call_later(keep_busy, screen, until)


def import_asked(app: SigmaApp, file: str) -> bool:
    """Whether the import is open and its first field holds that."""
    fields = app.screen.query(Input) if isinstance(app.screen, ImportScreen) else ()
    return bool(fields) and fields.first().value == file


async def test_a_path_sent_with_the_key_of_the_import_is_in_its_field(quiet_home: Home) -> None:
    """Letters of it are keys of the home screen: x, d, t, i, w, v, R."""
    app = SigmaApp(HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        burst(app, "i", "=/xdtiwvR/q")
        await until(
            pilot,
            lambda: import_asked(app, "/xdtiwvR/q"),
        )
        assert len(app.screen_stack) == 3  # Textual's own, home, import


async def test_many_keys_and_a_paste_keep_their_order(quiet_home: Home) -> None:
    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        text = "one ? two , three ; " * 20
        burst(app, "i", f"={text}", "ctrl+a")
        app.post_message(events.Paste("pasted "))
        burst(app, "home", "=first ")
        began = time.monotonic()
        await until(
            pilot,
            lambda: (
                app.screen is not home
                and app.screen.query(Input)
                and app.screen.query(Input).first().value.startswith("first ")
            ),
        )
        value = app.screen.query(Input).first().value
        assert value == f"first pasted {text}"
        assert time.monotonic() - began < 20, "typed text is not to wait letter by letter"
        burst(app, "escape", "y", "f6", "down", "escape", "i", "=end")
        await until(
            pilot,
            lambda: import_asked(app, "end"),
        )


async def test_what_a_list_opens_hears_the_keys_after_enter(quiet_home: Home) -> None:
    """The list tells its screen first that a line is chosen."""
    app = SigmaApp(home := HomeScreen(quiet_home))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "The library is empty")
        found: list[int] = []
        choices = [Choice(number, str(number), "") for number in range(3)]

        def first_chosen(choice: Choice | None) -> None:
            assert choice is not None
            found.append(choice.value)
            app.push_screen(
                ChooseScreen("Then?", choices, 0),
                lambda then: found.append(-1 if then is None else then.value),
            )

        app.push_screen(ChooseScreen("First?", choices, 0), first_chosen)
        await until_text(pilot, "First?")
        burst(app, "down", "enter", "down", "down", "enter", "i", "=/a")
        await until(
            pilot,
            lambda: import_asked(app, "/a"),
        )
        assert found == [1, 2] and app.screen_stack[1] is home


class Heard(Static, can_focus=True):
    """Writes down the keys that it hears."""

    def on_key(self, event: events.Key) -> None:
        """Those that are letters."""
        assert isinstance(self.screen, TwoPanes)
        self.screen.heard.append((self.id, event.key))


class TwoPanes(Screen[None]):
    """One key goes to the second pane, once that is laid out."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("g", "go", "go")]
    AUTO_FOCUS = "#first"

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str | None, str]] = []

    def compose(self) -> ComposeResult:
        """Two."""
        yield Heard("one", id="first")
        yield Heard("two", id="second")

    def action_go(self) -> None:
        """There is something to paint before."""
        self.refresh(layout=True)
        self.call_after_refresh(self.query_one("#second").focus)


async def test_a_pane_that_gets_the_focus_late_hears_the_keys_sent_with_the_one_to_it(
    monkeypatch,
) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 0.6)  # few pictures a second
    app, screen = OrderlyApp(), TwoPanes()
    async with app.run_test(size=(40, 10)) as pilot:
        app.push_screen(screen)
        await until(pilot, lambda: screen.focused is not None and app.all_heard)
        screen.refresh()
        await until(pilot, lambda: not screen._repaint_required)  # the next picture is far off
        burst(app, "g", "k", "l")
        await until(pilot, lambda: len(screen.heard) == 3)
        assert screen.heard == [("first", "g"), ("second", "k"), ("second", "l")]


@pytest.mark.thorough
async def test_every_screen_of_the_explorer_hears_what_is_sent_with_its_key(
    small, tmp_path: Path
) -> None:
    async with Session(small.run, small.library) as atlased:
        app, explorer = atlased.app, atlased.explorer
        for keys, kind in (
            (("a", "=dune"), SearchScreen),
            (("F", "=dune"), SearchScreen),
            (("C", "r", "=dune"), NamingScreen),
            (("C", "f", "=dune"), SearchScreen),
            (("4", "enter", "f6", "escape", "C", "r", "=dune"), NamingScreen),
            (("M", "f", "=dune"), SearchScreen),
        ):
            burst(app, *keys)
            await atlased.until(
                lambda kind=kind: (
                    isinstance(app.screen, kind)
                    and app.screen.query(Input)
                    and app.screen.query(Input).first().value.endswith("dune")
                )
            )
            burst(app, *["escape"] * (len(app.screen_stack) - 2))
            await atlased.until(lambda: app.screen is explorer)
        for keys, kind in (
            (("C", "question_mark", "escape"), CategoriesScreen),
            (("4", "enter"), ItemScreen),
            (("M", "plus", "plus", "0"), MapScreen),
        ):
            burst(app, *keys)
            await atlased.until(lambda kind=kind: isinstance(app.screen, kind))
            burst(app, "escape")
            await atlased.until(lambda: app.screen is explorer)


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_pane_that_a_key_goes_to_hears_the_keys_after_it(small, size) -> None:
    """In the narrow layout it is not even laid out yet."""
    async with Session(small.run, small.library, size=size) as atlased:
        app, explorer = atlased.app, atlased.explorer
        before = explorer.journey.now
        for _ in range(3):
            burst(app, "4", "2", "d")
        await atlased.until(lambda: len(explorer.journey.past) == 3)
        burst(app, "u", "u", "u", "4", "plus")
        await atlased.until(
            lambda: len(explorer.journey.now.items) == len(before.items) + 1 and app.all_heard
        )
        burst(app, "u", "3", "5", "left", "left", "enter")  # cuts the sequence there
        await atlased.until(lambda: len(explorer.journey.now.items) == len(before.items) - 2)


@pytest.mark.thorough
async def test_a_key_sent_with_the_way_to_the_map_is_the_maps(small) -> None:
    """The screen has much to do, and gives the map the focus only when it comes to rest."""
    async with Session(small.run, small.library, size=(200, 50)) as atlased:
        app, explorer = atlased.app, atlased.explorer
        await atlased.until(lambda: is_charted(explorer))
        for keys in (("6", "plus"), ("2", "6", "plus"), ("4", "6", "plus")):
            before = explorer.map_pane.view.view
            keep_busy(explorer, time.monotonic() + 0.5)
            burst(app, *keys)
            await atlased.until(lambda: app.all_heard and not app._held)
            assert explorer.map_pane.view.view != before, keys
            assert not explorer.journey.past, "+ takes a recommendation in the list"
            burst(app, "2")
            await atlased.until(lambda: app.all_heard)
