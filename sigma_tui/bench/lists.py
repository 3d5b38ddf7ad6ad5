"""Long lists: opening, scrolling, filtering, sorting and searching them in the running app."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.bench.measurement import Timing
from sigma_tui.app import SigmaApp
from sigma_tui.bench.driven_app import DrivenApp
from sigma_tui.bench.driven_app import Told as Progress
from sigma_tui.bench.whatif import opened
from sigma_tui.beside.inference import Loaded, Told
from sigma_tui.screens.choose import ChooseScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.search import SearchScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.users_pane import UsersPane

SCROLLED = ("pagedown",) * 20 + ("down",) * 20 + ("end", "pageup", "up", "home", "end", "home")
FILTERED = ("1", "2", "9", "backspace", "backspace", "7", "backspace", "backspace", "z")
SORTED = 5
"""Times that another order is asked for."""
SEARCHED = "kelmio raseti"
"""Typed letter by letter; its first word is misspelt."""


@dataclass(frozen=True)
class ListTiming:
    """What was done to a list, from key to picture, and how long the screen stood still meanwhile;
    both in milliseconds."""

    name: str
    painted: Timing
    longest_stall: float


def measure_lists(
    run: Path, library: Path, *, device: str = "auto", tell: Progress = lambda _: None
) -> list[ListTiming]:
    """Opens a run in the app and goes through its users and items.

    Raises SigmaError if the run cannot be opened.
    """
    return asyncio.run(_Visit(run, library, device, tell).measure())


class _TimedExplorer(ExplorerScreen):
    """Remembers when the lists were there to be shown."""

    loaded_at = 0.0

    def _tell(self, told: Told) -> None:
        if isinstance(told, Loaded):
            self.loaded_at = time.perf_counter()
        super()._tell(told)


class _Visit:
    """One person's way through the lists."""

    def __init__(self, run: Path, library: Path, device: str, tell: Progress) -> None:
        self._tell = tell
        self._screen = _TimedExplorer(run, library, device=device)
        self._driven = DrivenApp(SigmaApp(self._screen))
        self._found: list[ListTiming] = []

    async def measure(self) -> list[ListTiming]:
        """Everything in turn."""
        screen, driven = self._screen, self._driven
        self._tell("users: open")
        async with driven:
            painted = await driven.picture_with(self._listed)
            self._add("users: open", [painted - screen.loaded_at])
            await opened(screen, driven)
            lines = self._users.lines
            await self._go("1", lambda: lines.has_focus)
            await self._each("users: scroll", SCROLLED, self._scrolled)
            await self._sort()
            await self._go("slash", lambda: self._users.filter.has_focus)
            await self._each("users: filter", FILTERED, self._filtered)
            await self._go("escape", lambda: lines.has_focus)
            await self._each("items: open", ("a",), self._search_opened)
            await self._each("items: search", tuple(SEARCHED), self._searched)
        return self._found

    @property
    def _users(self) -> UsersPane:
        return self._screen.query_one(UsersPane)

    async def _go(self, key: str, there: Callable[[], bool]) -> None:
        self._driven.app.simulate_key(key)
        await self._driven.until(there)

    def _listed(self) -> bool:
        if self._screen.trouble:
            return True
        return self._screen.explorer is not None and self._users.lines.count > 0

    async def _each(
        self, name: str, keys: tuple[str, ...], expected: Callable[[str], Callable[[], bool]]
    ) -> None:
        """expected: tells before a key is pressed what will hold after it."""
        seconds = []
        for number, key in enumerate(keys):
            self._tell(f"{name}, {number + 1} of {len(keys)}")
            await self._driven.rest(number)
            shown = expected(key)
            seconds.append(await self._driven.press("space" if key == " " else key, shown))
        await self._driven.rest(0)
        self._add(name, seconds)

    def _add(self, name: str, seconds: list[float]) -> None:
        stall, self._driven.longest_stall = self._driven.longest_stall, 0.0
        self._found.append(
            ListTiming(name, Timing.of([second * 1000 for second in seconds]), stall * 1000)
        )

    def _scrolled(self, _key: str) -> Callable[[], bool]:
        lines = self._users.lines
        before = lines.cursor
        return lambda: lines.cursor != before

    def _sorted(self) -> Callable[[], bool]:
        before = self._users.shown
        return lambda: self._users.shown != before

    async def _sort(self) -> None:
        """By length, up and down in turn; chosen from the list of orders."""
        seconds = []
        for number in range(SORTED):
            self._tell(f"users: sort, {number + 1} of {SORTED}")
            await self._driven.rest(number)
            await self._go("s", self._orders_shown)
            orders = self._driven.app.screen.query_one(LineList)
            orders.cursor = 1 + number % 2  # of as in the file, longest, shortest …
            seconds.append(await self._driven.press("enter", self._sorted()))
        await self._driven.rest(0)
        self._add("users: sort", seconds)

    def _orders_shown(self) -> bool:
        found = self._driven.app.screen
        return isinstance(found, ChooseScreen) and any(one.count for one in found.query(LineList))

    def _filtered(self, key: str) -> Callable[[], bool]:
        text = self._users.filter.value
        wanted = text[:-1] if key == "backspace" else text + key
        return lambda: self._users.shown[0] == wanted

    def _search_opened(self, _key: str) -> Callable[[], bool]:
        def shown() -> bool:
            found = self._driven.app.screen
            return isinstance(found, SearchScreen) and found.query_one(LineList).count > 0

        return shown

    def _searched(self, key: str) -> Callable[[], bool]:
        found = self._driven.app.screen
        assert isinstance(found, SearchScreen)
        wanted = found.looked_for + key
        return lambda: found.looked_for == wanted
