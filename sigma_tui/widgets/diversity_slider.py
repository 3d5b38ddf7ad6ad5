"""The slider that trades relevance for diversity, over the curve of what that costs."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Static

from engine.explore.trade_off import WEIGHTS, TradeOff
from sigma_tui.keys.actions import bindings
from sigma_tui.look.themed import Themed
from sigma_tui.widgets.cells import share, sparkline

NAMES, VALUES = 12, 14
"""Cells before and behind the track."""


class DiversitySlider(Themed, Static, can_focus=True):
    """Three lines: the slider, the list's diversity and its relevance at every stop."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("diversity")]

    class Moved(Message):
        """Another weight. weight: γ."""

        def __init__(self, weight: float) -> None:
            super().__init__()
            self.weight = weight

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._stop = 0
        self._curve: tuple[TradeOff, ...] = ()

    @property
    def weight(self) -> float:
        """γ at the knob."""
        return WEIGHTS[self._stop]

    def move(self, by: int) -> None:
        """Moves the knob by stops."""
        self._go(self._stop + by)

    def reset(self) -> None:
        """Back to the list by relevance alone."""
        self._go(0)

    def show_curve(self, curve: tuple[TradeOff, ...]) -> None:
        """curve: a point for every stop; empty while it is not known."""
        self._curve = curve
        self._draw()

    def on_mount(self) -> None:
        """Draws the first time."""
        self._draw()

    def use_colours(self) -> None:
        """The track has another one."""
        self._draw()

    def on_resize(self) -> None:
        """The track has the width of the pane."""
        self._draw()

    def on_focus(self) -> None:
        """The knob says whether keys move it."""
        self._draw()

    def on_blur(self) -> None:
        """As above."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """The knob goes where the click was."""
        room = self._room
        place = round((event.x - NAMES) * (len(WEIGHTS) - 1) / max(1, room - 1))
        self._go(place)

    @property
    def _room(self) -> int:
        return max(1, self.size.width - NAMES - VALUES)

    def _go(self, stop: int) -> None:
        stop = max(0, min(stop, len(WEIGHTS) - 1))
        if stop != self._stop:
            self._stop = stop
            self._draw()
            self.post_message(self.Moved(self.weight))

    def _draw(self) -> None:
        room, last = self._room, len(WEIGHTS) - 1
        knob = round(self._stop * (room - 1) / last)
        text = Text(no_wrap=True, overflow="ellipsis", end="")
        text.append(" diversify ".ljust(NAMES), "bold")
        theme = self.app.current_theme
        text.append("━" * knob, theme.primary)
        text.append("●" if self.has_focus else "○", "bold")
        text.append("─" * (room - knob - 1), "dim")
        weight = f"{self.weight:.3f}".removeprefix("0")
        text.append(f" γ {weight}".ljust(VALUES))
        for name in ("diversity", "relevance"):
            values = [getattr(point, name) for point in self._curve]
            text.append(f"\n {name}".ljust(NAMES + 1), "dim")
            if not values:
                text.append("…".ljust(room), "dim")
                continue
            drawn = sparkline(values, room, 1.0)
            text.append(drawn[:knob])
            text.append(drawn[knob], "reverse bold")
            text.append(drawn[knob + 1 :], "dim")
            text.append(f" {share(values[0])} → {share(values[self._stop])}")
        self.update(text, layout=False)
