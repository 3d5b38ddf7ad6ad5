"""Two places where Textual 8.2 would end the app, mended until they are there.

A page is turned in a list of options that has no room, as in a terminal of five lines; and an
option is clicked that is gone by the time that the click is heard, as in the palette while somebody
types. Both are found by ``tests/faults/test_monkey.py``.
"""

from typing import Any

from textual import events
from textual.widgets import OptionList

_turn, _click = OptionList._move_page, OptionList._on_click


def _move_page(self: OptionList, direction: Any) -> None:
    if self.scrollable_content_region:
        _turn(self, direction)


async def _on_click(self: OptionList, event: events.Click) -> None:
    option = event.style.meta.get("option")
    if option is None or option < self.option_count:
        await _click(self, event)


def mend() -> None:
    """Is called once, before an app runs; again changes nothing."""
    OptionList._move_page = _move_page  # type: ignore[method-assign]
    OptionList._on_click = _on_click  # type: ignore[method-assign]
