"""What tests of the app share: an explorer, runs to open, a home of their own, pictures."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import textual
from app_support import until
from camera import Studio
from opened_explorer import Opened
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from engine.home import Home
from engine.training.train import TrainRequest, train
from sigma_tui.app import SigmaApp
from sigma_tui.screens.explorer import ExplorerScreen

DRAWN_WITH = "8.2.8"


@pytest.fixture
def studio(snapshot: SnapshotAssertion, tmp_path: Path) -> Studio:
    """Another version of Textual draws other SVG for the same screen. The development requirements
    name the one that drew these, so that only who tries another version leaves them out; where a
    change is checked they must be compared."""
    if textual.__version__ != DRAWN_WITH:
        message = (
            f"the pictures were drawn with Textual {DRAWN_WITH}, here is {textual.__version__}"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return Studio(snapshot, tmp_path)


@pytest.fixture
def quiet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of the test's own, in an app that does not move."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    return Home.locate()


@pytest.fixture
def explorer(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Opens an explorer at a size, with a home of its own."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))

    class Session:
        def __init__(self, size=(120, 36), user="u01", theme="sigma-dark", world=small) -> None:
            self.screen = ExplorerScreen(
                world.run, world.library, user=user, device="cpu", clock=None
            )
            self.app = SigmaApp(self.screen, theme=theme)
            self.context = self.app.run_test(size=size)

        async def __aenter__(self) -> Opened:
            opened = Opened(self.screen, await self.context.__aenter__())
            await opened.until(lambda: self.screen.shown is not None)
            return opened

        async def __aexit__(self, *error: object) -> None:
            await self.context.__aexit__(*error)

    return Session


@pytest.fixture(scope="session")
def plain(small) -> Path:
    """A run of a model without interests."""
    request = TrainRequest(
        library=small.library,
        runs=small.home / "plain",
        dataset="small",
        name="plain",
        model="sasrec",
        settings={"dim": 16, "epochs": 1},
        device="cpu",
    )
    return train(request).path


@pytest.fixture
def own_run(small, tmp_path: Path) -> Path:
    """The small run in a directory of its own, so that names can be given."""
    return Path(shutil.copytree(small.run, tmp_path / "tiny"))


@pytest.fixture
def whatif(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Opens an explorer; gives its screen and its pilot. Scenarios and exports of a test are its
    own, in ``home`` and the working directory."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    @asynccontextmanager
    async def opened(size=(120, 36), user="u01") -> AsyncIterator[tuple[ExplorerScreen, Pilot]]:
        screen = ExplorerScreen(small.run, small.library, user=user, device="cpu", clock=None)
        async with SigmaApp(screen).run_test(size=size) as pilot:
            await until(pilot, lambda: screen.shown is not None)
            await pilot.pause()
            yield screen, pilot

    return opened
