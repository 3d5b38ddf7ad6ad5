"""Places where Textual 8.2 would end the app, stop it for good or fill its memory, mended until it
is.

A message to the person whose time is over in the moment it is shown, on a busy machine, sets a
timer of less than no time, which never lets anything else happen. A page is turned in a list of
options that has no room, as in a terminal of five lines. An option is clicked that is gone by the
time that the click is heard, as in the palette while somebody types. The mouse is pressed on what
is just taken from the screen. What a screen wanted to do after the next picture is done by the one
that is on top then, in whose name it fails. The colours of a thousand widgets are kept together
with all that these ever showed, two megabytes a screen. A widget remembers as long as it is there
whose turn it was when it began; for a scrollbar that is needed only when another screen is on top
that is this screen, with all that it holds. All these were found by
``tests/faults/test_monkey.py``.

Where something has scrolled, whoever asks for the place of a widget before a new layout is painted
makes Textual believe that it is: the lines of what went stay on the screen. So it was with the
demo's tour when it was left.
"""

from functools import lru_cache, partial
from typing import Any

from textual import events
from textual._callback import invoke
from textual._compositor import Compositor, CompositorMap, ReflowResult
from textual._context import active_message_pump, visible_screen_stack
from textual._styles_cache import StylesCache
from textual.errors import NoWidget
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets._toast import Toast

SHORTEST = 0.01
"""Seconds that a message to the person stays at least."""
_turn, _click = OptionList._move_page, OptionList._on_click
_begin, _forward = Toast._on_mount, Screen._forward_event
_reflow, _found_map = Compositor.reflow, vars(Compositor)["full_map"].fget
_listen = MessagePump._process_messages
_colours = lru_cache(1024)(partial(StylesCache.get_inner_outer.__wrapped__, StylesCache))


def _move_page(self: OptionList, direction: Any) -> None:
    if self.scrollable_content_region:
        _turn(self, direction)


async def _on_click(self: OptionList, event: events.Click) -> None:
    option = event.style.meta.get("option")
    if option is None or option < self.option_count:
        await _click(self, event)


def _on_mount(self: Toast, event: events.Mount) -> None:
    self._timeout = max(SHORTEST, self._timeout)
    _begin(self, event)


def _forward_event(self: Screen[Any], event: events.Event) -> None:
    if isinstance(event, events.MouseDown):
        try:
            under = self.get_widget_at(event.x, event.y)[0]
        except NoWidget:
            under = self
        if under is not self and under.parent is None:
            return
    _forward(self, event)


async def _after_picture(self: Screen[Any]) -> None:
    callbacks = self._callbacks[:]
    self._callbacks.clear()
    for callback, asking in callbacks:
        with asking._context():
            try:
                await invoke(callback)
            except Exception as error:
                self.app._handle_exception(error)


def _full_map(self: Compositor) -> CompositorMap:
    laid_out = self._full_map
    found: CompositorMap = _found_map(self)
    if found is not laid_out and not hasattr(self, "_laid_out"):
        self._laid_out = laid_out  # type: ignore[attr-defined]
    return found


def _lay_out(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
    if hasattr(self, "_laid_out"):
        self._full_map = self._laid_out
        del self._laid_out
    return _reflow(self, parent, size)


async def _process_messages(self: MessagePump) -> None:
    # Else what both were when this began is kept, the first to be set again in the end.
    active_message_pump.set(self)
    visible_screen_stack.set([])
    await _listen(self)


def mend() -> None:
    """Is called once, before an app runs; again changes nothing."""
    OptionList._move_page = _move_page  # type: ignore[method-assign]
    OptionList._on_click = _on_click  # type: ignore[method-assign]
    Toast._on_mount = _on_mount  # type: ignore[assignment, method-assign]
    Screen._forward_event = _forward_event  # type: ignore[method-assign]
    Screen._invoke_and_clear_callbacks = _after_picture  # type: ignore[method-assign]
    Compositor.full_map = property(_full_map)  # type: ignore[assignment, method-assign]
    Compositor.reflow = _lay_out  # type: ignore[method-assign]
    MessagePump._process_messages = _process_messages  # type: ignore[method-assign]
    StylesCache.get_inner_outer = staticmethod(_colours)  # type: ignore[assignment, method-assign]
