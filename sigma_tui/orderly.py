"""What a person does is heard in order: each key when the one before has had its effect."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.errors import NoWidget
from textual.widgets import Input, TextArea

LONGEST = 10.0
"""Seconds that something waits for what was done before it, at most."""
LOOK = 0.05
"""Seconds between two looks whether a widget that is to hear something is still there."""
PAUSE = 0.05
"""Seconds after which it is looked whether an event has had its effect, if none comes before: the
usual key is alone, and its picture comes first."""
ROUNDS = 2
"""A key goes to what has the focus and up to the app, whose action may tell the widget something,
which goes up again: a list that its line is chosen, and its screen opens another one."""

MOVING = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home", "end"})
"""Keys that move something on the screen and open none: a held one must not be painted at each
repeat, or a slow machine would go on long after it is let go. Those that move the cursor of a field
are waited for: letters are taken by the field itself, and would come before."""
IN_A_LINE = frozenset({"left", "right", "home", "end"})
"""Those that do in a field of one line."""


class OrderlyApp(App[None]):
    """Holds keys, clicks and what is pasted back until the key or click before has gone all its
    way. Textual hands each to the screen and the pane that have the focus when it comes, so that of
    keys sent together the later ones went to the screen under the one that the first opens, or to
    the pane that it leaves."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[events.Event] = deque()
        self._on_its_way: asyncio.Task[None] | None = None
        self._more = asyncio.Event()  # something is held back

    async def on_event(self, event: events.Event) -> None:
        """Events of the keyboard and the mouse in order, all others at once."""
        ours = isinstance(event, events.InputEvent | events.Paste)
        if not ours or event.is_forwarded:
            await super().on_event(event)
        elif self._on_its_way is not None:
            self._held.append(event)
            self._more.set()
        else:
            await self._begin(event)

    @property
    def all_heard(self) -> bool:
        """Whether everything that was done so far has had its effect."""
        return self._on_its_way is None

    async def meant(self, event: events.Event) -> events.Event | None:
        """What to do for a key, a click or something pasted, now that it is its turn; None for
        nothing."""
        return event

    async def _begin(self, event: events.Event) -> None:
        meant = await self.meant(event)
        if meant is None:
            return
        target = self._target(meant) if self.screen_stack else None
        await super().on_event(meant)
        if target is not None:
            if not self._held:
                self._more.clear()
            self._on_its_way = asyncio.create_task(self._follow(target))

    def _target(self, event: events.Event) -> DOMNode | None:
        """Where something that may open a screen goes first; None for what opens none."""
        focused = self.focused or self.screen
        if isinstance(event, events.Key):
            typed = focused.check_consume_key(event.key, event.character)
            writing = isinstance(focused, TextArea) or (
                isinstance(focused, Input) and event.key in IN_A_LINE
            )
            moved = event.key in MOVING and not writing
            return None if typed or moved else focused
        if isinstance(event, events.MouseDown | events.MouseUp):
            try:
                return self.get_widget_at(event.x, event.y)[0]
            except NoWidget:
                return focused
        return None

    async def _follow(self, target: DOMNode) -> None:
        """Goes the same way behind an event, and lets the next one in."""
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), PAUSE)
            end = time.monotonic() + LONGEST
            for _ in range(ROUNDS):
                for node in target.ancestors_with_self:
                    await _taken(node, end)
                target = (self.focused or self.screen) if self.screen_stack else self
            screen = self.screen if self.screen_stack else None
            if screen is not None and screen._callbacks:
                await _taken(screen, end, screen.call_after_refresh)
        finally:  # whatever happens, the app must not become deaf
            self.call_later(self._go_on)

    async def _go_on(self) -> None:
        self._on_its_way = None
        while self._held and self._on_its_way is None:
            await self._begin(self._held.popleft())


async def _taken(node: DOMNode, end: float, call: Callable[..., bool] | None = None) -> None:
    """Waits until a widget has taken all that it was sent so far, or is gone. call: has a function
    called later; in a widget whose pane is brought to the front, once that is laid out."""
    heard = asyncio.Event()
    if not (call or node.call_later)(heard.set):
        return
    while not heard.is_set() and node.is_running and time.monotonic() < end:
        with suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), LOOK)
