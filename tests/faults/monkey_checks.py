"""What must hold whatever the monkey did: nothing failed, edits can be taken back, nobody stays."""

import threading
import time
from pathlib import Path

from meddler import Meddler
from monkey_hands import PATIENCE, Hands

from engine.explore.versions import Version, shown_part
from engine.home import Home
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.screens.editing import EditingScreen

EXPECTED = {"library.duckdb", "runs", "state", "config", "cache", "logs"}
THREADS = ("draft", "finder", "inference", "saver", "follower")


async def check(hands: Hands, meddler: Meddler, home: Home) -> int:
    """It answers, and edits can be taken back. Returns how many were. Raises AssertionError."""
    await hands.stands()
    troubles = meddler.troubles()
    assert not troubles, troubles
    written = list(home.logs.glob("defect-*"))
    assert not written, written[0].read_text("utf-8")
    for _ in range(8):
        if isinstance(hands.app.screen, EditingScreen) or len(hands.app.screen_stack) < 3:
            break
        await hands.do("key escape")
        await hands.heard()
    screen, undone = hands.app.screen, 0
    if isinstance(screen, EditingScreen) and screen.explorer is not None:
        undone = await undo_and_redo(hands, screen)
    await hands.stands()
    return undone


async def undo_and_redo(hands: Hands, screen: EditingScreen) -> int:
    """Undoing all gives the original, exactly; redoing all gives the edits, so many."""
    if getattr(screen, "playing", None):
        await act(hands, screen, "stop")
    before, user = screen.journey, screen._user  # type: ignore[attr-defined]
    assert screen.explorer is not None
    history = () if user is None else screen.explorer.history(user)
    original, _ = shown_part(history)
    for _ in before.past:
        await act(hands, screen, "undo")
    now = screen.journey
    assert now.now == Version.of(original), (now.now, original)
    assert not now.past and now.now.items == original and now.now.is_original
    if isinstance(screen, AnsweringScreen):
        await hands.until(
            lambda: (
                (screen.shown is not None and screen.shown.number == screen._asked)
                or screen.trouble
            ),
            "the newest question is never answered",
        )
        if screen.shown is not None and not screen.trouble:
            assert screen.shown.question.items == original
    for _ in before.past:
        await act(hands, screen, "redo")
    assert screen.journey == before, "redoing all is not what was edited"
    return len(before.past)


async def act(hands: Hands, screen: EditingScreen, action: str) -> None:
    """Does an action as the app does it: a timer that it starts has to know whose it is."""
    with hands.app._context():
        await screen.run_action(action)


def left_behind(home: Home, here: Path) -> list[str]:
    """Threads and files that should not be there any more; waits for those that are ending. here:
    where the app exports to."""
    end = time.monotonic() + PATIENCE
    while threads := [one.name for one in threading.enumerate() if one.name in THREADS]:
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    root = home.library.parent
    files = [str(one.relative_to(root)) for one in root.rglob(".*") if one.name != ".lock"]
    files += sorted({one.name for one in root.iterdir()} - EXPECTED)
    files += [str(one) for one in here.rglob(".*")]
    return [*threads, *(name for name in files if "coming-" not in name)]
