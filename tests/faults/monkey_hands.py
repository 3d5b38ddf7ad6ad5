"""What does the monkey's words at the app, and waits until the app has taken them."""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any

from meddler import Meddler
from monkey_app import MonkeyApp
from textual import events
from textual.dom import DOMNode
from textual.geometry import Size
from textual.keys import _character_to_key

from sigma_tui.bench.driven_app import DrivenApp
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.screens.confirm import ConfirmScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.leaving import AskingToLeave

PATIENCE = 60.0
"""Seconds in which an app that is asked something has answered, on a busy machine."""
BURSTS = (1, 8, 2, 40, 4, 25)
"""Words that are done one after the other before the app has time to take them, in turn."""
CHARACTERS = {_character_to_key(chr(code)): chr(code) for code in range(32, 127)}
"""What keys write, by Textual's names for them."""


class Hands:
    """Does words. sent: keys and events of the mouse so far. screens: how often each was waited
    for."""

    def __init__(self, app: MonkeyApp, driven: DrivenApp, meddler: Meddler) -> None:
        self.app, self.driven, self._meddler = app, driven, meddler
        self.sent = 0
        self.screens: Counter[str] = Counter()
        self._bursts = cycle(BURSTS)
        self._left = 1

    def look(self) -> None:
        """Raises AssertionError for what went wrong since."""
        if self.app.defect is not None:
            told = "".join(traceback.format_exception(self.app.defect))
            raise AssertionError(f"the app ended with a defect:\n{told}")
        assert self.driven._running is not None and not self.driven._running.done(), "it ended"
        assert not self.app.troubles_found, "\n".join(self.app.troubles_found)

    async def do(self, word: str) -> None:
        """Does one word, see ``monkey_plan``."""
        kind, _, rest = word.partition(" ")
        for event in _events(kind, rest):
            self.send(event)
        if kind == "size":
            size = Size(*map(int, rest.split()))
            assert self.app._driver is not None
            self.app._driver._size = (size.width, size.height)
            self.send(events.Resize(size, size))
        elif kind == "other":
            self._meddler.tell(rest)
        elif kind == "wait":
            await self.stands()
        elif kind == "home":
            await self.go_home()
        self._left -= 1
        if self._left <= 0:
            self._left = next(self._bursts)
            await self.heard()

    def send(self, event: events.Event) -> None:
        """As the terminal does."""
        assert self.app._driver is not None
        self.sent += isinstance(event, events.InputEvent)
        self.app._driver.process_message(event)

    async def heard(self) -> None:
        """The app has taken all that it was sent."""
        for _ in range(3):  # what a driver sends comes from a thread
            await asyncio.sleep(0)
        await self._taken(self.app)
        await self.until(lambda: self.app.all_heard, "a key never had its effect")
        for node in (self.app.screen.focused or self.app.screen).ancestors_with_self:
            await self._taken(node)  # what is no key goes to what has the focus, and up again
        await self.until(lambda: self.app.all_heard, "a key never had its effect")

    async def _taken(self, node: DOMNode) -> None:
        heard = asyncio.Event()
        if not node.call_later(heard.set):
            return
        end = time.monotonic() + PATIENCE
        while not heard.is_set() and node.is_running:
            self.look()
            assert time.monotonic() < end, f"{node!r} hears nothing any more; {self.state()}"
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), 0.05)

    async def until(self, holds: Callable[[], Any], otherwise: str) -> None:
        """Waits for something. Raises AssertionError with what is then wrong."""
        end = time.monotonic() + PATIENCE
        while not holds():
            self.look()
            assert time.monotonic() < end, f"{otherwise}; {self.state()}"
            await asyncio.sleep(0.002)

    async def stands(self) -> None:
        """The screen on top is built, has read what it shows, and has its model or cannot."""
        await self.heard()
        await self.until(lambda: self.app.screen.is_mounted, "a screen is never built")
        screen = self.app.screen
        self.screens[type(screen).__name__] += 1
        await self.until(
            lambda: all(one.is_finished for one in self.app.workers if one.node is screen),
            "what a screen reads is never read",
        )
        if isinstance(screen, AnsweringScreen):
            await self.until(
                lambda: screen.trouble or screen.explorer is not None or not screen.is_current,
                "a model is neither there nor refused",
            )

    async def go_home(self) -> None:
        """Back to the home screen, as a person would, who says that what was entered may go."""
        for _ in range(20 + 2 * len(self.app.screen_stack)):
            await self.stands()
            screen, under = self.app.screen, self.app.screen_stack[-2]
            if isinstance(screen, HomeScreen):
                return
            leaving = isinstance(screen, ConfirmScreen) and isinstance(under, AskingToLeave)
            await self.do("key y" if leaving else "key escape")
        raise AssertionError(f"no way leads home; {self.state()}")

    def state(self) -> str:
        """What a key would meet now, for who has to find out why it does nothing."""
        app, screen = self.app, self.app.screen
        return (
            f"screens {app.screen_stack}, focus {app.focused!r}, full {screen.maximized!r}, "
            f"mounted {screen.is_mounted}, held back {list(app._held)}, under way {app._on_its_way}"
        )


def _events(kind: str, rest: str) -> Iterator[events.Event]:
    """What a terminal sends for a word."""
    if kind == "key":
        yield events.Key(rest, CHARACTERS.get(rest))
    elif kind == "text":
        yield from (events.Key(_character_to_key(one), one) for one in rest)
    elif kind == "paste":
        yield events.Paste(rest)
    elif kind == "click":
        yield _mouse(events.MouseDown, rest, 1)
        yield _mouse(events.MouseUp, rest, 1)
    elif kind == "drag":
        x, y, to_x, to_y = rest.split()
        yield _mouse(events.MouseDown, f"{x} {y}", 1)
        yield _mouse(events.MouseMove, f"{to_x} {to_y}", 1)
        yield _mouse(events.MouseUp, f"{to_x} {to_y}", 1)
    elif kind == "wheel":
        place, _, way = rest.rpartition(" ")
        yield _mouse(events.MouseScrollDown if way == "1" else events.MouseScrollUp, place, 0)


def _mouse(kind: type[events.MouseEvent], place: str, button: int) -> events.MouseEvent:
    x, y = map(int, place.split())
    return kind(None, x, y, 0, 0, button, False, False, False)
