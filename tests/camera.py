"""Pictures of screens as people see them, compared with those that were looked at and kept.

Each is taken in both themes without driving the app anew, and is named by the class of the screen
that is seen, so that it can be told which screens are kept in which sizes and themes.
"""

import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from sigma_tui.app import SigmaApp
from sigma_tui.look.looks import DARK, LIGHT
from sigma_tui.widgets.curves_pane import CurvesView
from sigma_tui.widgets.painted_map import PaintedMap

THEMES = (DARK.name, LIGHT.name)
SIZES = ((80, 24), (120, 36), (200, 50))
"""Columns and lines: one of each layout."""
AT_SIZES = pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
STILL = 2
"""Looks at a screen, one after the other, that have to be the same before it is taken."""
PATIENCE = 60.0
"""Seconds for a screen to come to rest."""
NAME = re.compile(r"\[(\d+)x(\d+)[^]]*]\[(\w+?)(?:-.*)?-(sigma-\w+)]$")


class Camera:
    """Takes pictures of an app that is driven. taken: where those go that differ."""

    def __init__(self, pilot: Pilot[None], kept: SnapshotAssertion, taken: Path) -> None:
        self._pilot, self._kept, self._taken = pilot, kept, taken
        self.differ: list[str] = []

    async def take(self, what: str = "", themes: Sequence[str] = THEMES) -> None:
        """Takes the screen on top, once all is there that it will show. what: its state, where the
        test takes several of the screen. themes: in the order that they are taken in; the app is
        left in the one that it had."""
        app = self._pilot.app
        assert isinstance(app, SigmaApp)
        before = app.theme
        app.clear_notifications()  # what is said for some seconds
        for field in app.screen.query(Input):
            field.cursor_blink = False
        for theme in themes:
            if app.theme != theme:
                app.use_theme(theme)
            await self._rest()
            seen = type(app.screen).__name__
            name = "-".join(part for part in (seen, what, theme) if part)
            picture = app.export_screenshot(title=app.title, simplify=True)
            matches = self._kept(name=name) == picture
            if not matches:
                path = self._taken / f"{name}.svg"
                path.write_text(picture, encoding="utf-8")
                self.differ.append(str(path))
        if app.theme != before:
            app.use_theme(before)

    async def _rest(self) -> None:
        """Waits until everything is drawn in the colours of the theme, and nothing moves."""
        app, before, still = self._pilot.app, None, 0
        end = time.monotonic() + PATIENCE
        while still < STILL:
            assert time.monotonic() < end, f"{app.screen} does not come to rest"
            await self._pilot.pause(0.02)
            await self._pilot.wait_for_scheduled_animations()
            now = app.screen._compositor.render_strips() if self._drawn() else None
            still = still + 1 if now is not None and now == before else 0
            before = now

    def _drawn(self) -> bool:
        """Whether what threads draw is there: it comes later than all else."""
        return all(
            view.drawn
            for screen in self._pilot.app.screen_stack
            for kind in (CurvesView, PaintedMap)
            for view in screen.query(kind)
        )


class Studio:
    """Opens apps to take pictures of. kept: the pictures of the test. taken: see ``Camera``."""

    def __init__(self, kept: SnapshotAssertion, taken: Path) -> None:
        self._kept, self._taken = kept.use_extension(SVGImageExtension), taken

    @asynccontextmanager
    async def open(
        self, app: SigmaApp, size: tuple[int, int]
    ) -> AsyncIterator[tuple[Pilot[None], Camera]]:
        """Runs an app at a size. At the end all pictures have to be the kept ones."""
        async with app.run_test(size=size) as pilot:
            camera = Camera(pilot, self._kept, self._taken)
            yield pilot, camera
        assert not camera.differ, (
            f"{len(camera.differ)} pictures differ from those that are kept, see "
            + ", ".join(camera.differ)
        )


def kept_pictures(folder: Path) -> Iterator[tuple[str, tuple[int, int], str, Path]]:
    """Screen, size, theme and place of every kept picture."""
    for path in folder.rglob("*.svg"):
        name = NAME.search(path.stem)
        assert name, f"{path.name} is not named as a camera names pictures"
        yield name[3], (int(name[1]), int(name[2])), name[4], path
