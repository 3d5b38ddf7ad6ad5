"""An app whose explorer is loaded, with its categories, items and map."""

import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from sigma_tui.app import SigmaApp
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.widgets.line_list import LineList


class Atlased:
    """An app whose explorer is loaded."""

    def __init__(self, screen: ExplorerScreen, pilot: Pilot[None]) -> None:
        self.explorer, self.pilot, self.app = screen, pilot, pilot.app

    @property
    def screen(self):
        return self.app.screen

    def lines(self, pane: str, width: int = 60) -> list[str]:
        """What a pane's list draws."""
        lines = self.screen.query_one(f"#{pane}-lines", LineList)
        return [lines._draw(index, width).plain for index in range(lines.count)]

    async def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.there()

    async def there(self) -> None:
        """Waits for what the present screen has asked for."""
        await self.until(self._is_there)

    def _is_there(self) -> bool:
        screen = self.screen
        if not screen.is_mounted:
            return False
        sequence = self.explorer.journey.now.items
        if isinstance(screen, ItemScreen):
            return (
                screen.portrait is not None
                and screen.portrait.item == screen.item
                and bool(screen.portrait.places) == (screen.item in sequence)
            )
        if isinstance(screen, CategoriesScreen):
            return screen.overview is not None
        if isinstance(screen, MapScreen):
            picture, view = screen.view.picture, screen.view
            return (
                screen.scene is not None
                and screen.scene.sequence == sequence
                and picture is not None
                and picture.wanted.view == view.view
                and picture.wanted.lit == view.lit
                and picture.wanted.scene is screen.scene
                and picture.wanted.recommended == self.explorer.recommended
            )
        return True

    async def is_told(self, words: str) -> None:
        """Waits for a message to the person."""
        await self.until(lambda: any(words in one.message for one in self.app._notifications))

    def text(self) -> str:
        lines = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line) for line in lines)


class Session:
    def __init__(self, run: Path, library: Path, size=(120, 36), user="u01", theme="sigma-dark"):
        self.screen = ExplorerScreen(run, library, user=user, device="cpu", clock=None)
        self.app = SigmaApp(self.screen, theme=theme)
        self.context = self.app.run_test(size=size)

    async def __aenter__(self) -> Atlased:
        pilot = await self.context.__aenter__()
        atlased = Atlased(self.screen, pilot)
        await atlased.until(lambda: self.screen.shown is not None)
        return atlased

    async def __aexit__(self, *error: object) -> None:
        await self.context.__aexit__(*error)


def is_charted(screen: ExplorerScreen) -> bool:
    """Whether the explorer's map shows the present sequence and its list."""
    pane = screen.map_pane
    picture = pane.view.picture
    return (
        screen.recommended is not None
        and pane.scene is not None
        and pane.scene.sequence == screen.journey.now.items
        and picture is not None
        and picture.wanted.scene is pane.scene
        and picture.wanted.recommended == screen.recommended
        and picture.wanted.view == pane.view.view
    )
