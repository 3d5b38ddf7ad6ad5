"""Screens are opened and closed one after the other, however fast somebody presses keys."""

import asyncio
import time
from typing import Any

from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import WorkerFailed, get_current_worker

BUILT, LOOK = 10.0, 0.002
"""Seconds that a key waits for a new screen at most, and between two looks at it."""
OPEN = "--textual-command-palette"
"""The class by which Textual knows its palette."""


class StackedApp(App[None]):
    """What an app does with the stack of its screens."""

    def action_command_palette(self) -> None:
        """Every action by its name. Textual's own gives it an id, which ends the app if it is
        opened again before the last one is taken apart."""
        if self.use_command_palette and not self.screen.has_class(OPEN):
            self.push_screen(CommandPalette())

    async def opened(self) -> None:
        """Waits until the screen on top is built."""
        end = time.monotonic() + BUILT
        while self.screen_stack and not self.screen.is_mounted and time.monotonic() < end:
            await asyncio.sleep(LOOK)

    def pop_screen(self) -> AwaitComplete:
        """Closes the screen on top, once it is built: Textual does not survive that one is taken
        apart before, as a key would do that is pressed at once.

        A screen that closes itself closes no other: what was opened over it meanwhile goes with it,
        and nothing is done if it is closed already, as by the first of two keys.
        """
        asking = self._asking()
        return self._close(self.screen if asking is None else asking)

    def close_above(self, screen: Screen[Any]) -> None:
        """Closes all screens over one that is open."""
        over = self.screen_stack[self.screen_stack.index(screen) + 1 :]
        if over:
            self._close(over[0])

    def _close(self, screen: Screen[Any]) -> AwaitComplete:
        """Closes a screen and those over it, each once it is built."""
        closed = AwaitComplete()
        while screen in self.screen_stack and self.screen.is_mounted:
            closed = super().pop_screen()
        if screen not in self.screen_stack:
            return closed

        async def later() -> None:
            while screen in self.screen_stack:
                await self.opened()
                await super(StackedApp, self).pop_screen()

        return AwaitComplete(later()).call_next(self)

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Puts a screen in the place of the one that asks, and of those over it; nothing is done
        if that is closed already."""
        asking = self._asking()
        if asking is not None:
            if asking not in self.screen_stack:
                return AwaitComplete()
            self.close_above(asking)
        return super().switch_screen(screen)

    def _handle_exception(self, error: Exception) -> None:
        """What a screen that is closed was still about to show may be missing: that is no reason
        to end the app. What a worker failed of is told as what it was."""
        cause, acting = error, self._acting()
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            cause, acting = error.error, self._screen_of(get_current_worker().node)
        open_still = acting is self or acting in self.screen_stack
        if open_still or not isinstance(cause, NoMatches):
            super()._handle_exception(cause)

    def _asking(self) -> Screen[Any] | None:
        """The screen that is doing something now, itself or what is on it; None if it is none."""
        acting = self._acting()
        return acting if isinstance(acting, Screen) else None

    def _acting(self) -> MessagePump | None:
        """The screen that is doing something now, itself or what is on it, or else the app; None if
        it is what was on a screen that is closed."""
        return self._screen_of(active_message_pump.get(self))

    def _screen_of(self, node: MessagePump | None) -> MessagePump | None:
        """The screen that something is on, or the app; None if it is on none any more."""
        while node is not None and not isinstance(node, Screen | App):
            node = node._parent
        return node
