"""A monkey at the real app: presses what its plan says, and looks whether the app still stands.

    python monkey.py FOLDER SEED KEYS      or      python monkey.py FOLDER FILE_OF_WORDS

FOLDER has ``good``, as ``meddler.py`` wants it; the app's home, and what it exports, come to lie
there. Prints what was done in one line; ends with 1 and tells what failed, the seed, and the file
with all words so far, which does the same again.
"""

import asyncio
import ctypes
import faulthandler
import gc
import json
import os
import shutil
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meddler import Meddler
from monkey_plan import plan
from textual import events
from textual.dom import DOMNode
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.worker import Worker

from engine.errors import RunError
from engine.explore.versions import Version, shown_part
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.bench.driven_app import DrivenApp
from sigma_tui.kept.session import Session
from sigma_tui.kept.settings import FILE, read_settings
from sigma_tui.screens import train as train_screen
from sigma_tui.screens import training as training_screen
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.screens.confirm import ConfirmScreen
from sigma_tui.screens.editing import EditingScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.leaving import AskingToLeave

PATIENCE = 60.0
"""Seconds in which an app that is asked something has answered, on a busy machine."""
BETWEEN_CHECKS = 400
BETWEEN_RESTS = 1000
DEFECTS = ("failed on this", "this failed: ", "cannot be loaded: ")
"""How threads tell of what nobody foresaw, see ``Service``."""
CHARACTERS = {_character_to_key(chr(code)): chr(code) for code in range(32, 127)}
"""What keys write, by Textual's names for them."""
CHANGING = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}
EXPECTED = {"library.duckdb", "runs", "state", "config", "cache", "logs"}


class MonkeyApp(SigmaApp):
    """Notes what goes wrong, and what is said. Leaving it takes more than a key."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.troubles_found: list[str] = []
        self.may_leave = False

    def action_leave(self) -> None:
        """A monkey would leave at once."""
        if self.may_leave:
            super().action_leave()

    async def action_quit(self) -> None:
        """Textual's own way out, in its palette and on ctrl+q."""

    def notify(self, message: str, **how: Any) -> None:
        """All messages to the person come by here."""
        if any(words in message for words in DEFECTS) and "Error(" in message:
            self.troubles_found.append(message)
        super().notify(message, **how)


class Monkey:
    """Does words, and checks now and then. home: of the app. done: words so far; the last ones are
    kept here, all of them in the log."""

    def __init__(self, folder: Path, home: Home, meddler: Meddler) -> None:
        self.home, self.meddler = home, meddler
        self.done, self.last = 0, deque[str](maxlen=25)
        self.log = (folder / "words.txt").open("w", encoding="utf-8")
        self.here = folder / "here"
        settings, _ = read_settings(home.config / FILE)
        self.session = Session(home.state, home.config / FILE)
        self.app = MonkeyApp(HomeScreen(home), settings=settings, session=self.session)
        self.driven = DrivenApp(self.app, (120, 36))
        self.undone = 0
        self.rests: list[dict[str, int]] = []
        self.screens: dict[str, int] = {}

    async def run(self, words: Iterator[str]) -> None:
        """Opens the app, does all words, checks in between, and leaves."""
        asyncio.get_running_loop().set_exception_handler(self._unforeseen)
        async with self.driven:
            await self.driven.until(lambda: len(self.app.screen_stack) > 1)
            unchecked = unrested = 0
            for word in words:
                self.done += 1
                self.last.append(word)
                self.log.write(word + "\n")
                self.log.flush()
                faulthandler.dump_traceback_later(3 * PATIENCE, exit=True, file=2)  # of no end
                await self.do(word)
                self._look()
                unchecked += 1
                if unchecked >= BETWEEN_CHECKS or word in ("check", "end"):
                    unchecked = 0
                    await self.check()
                unrested += 1
                if unrested >= BETWEEN_RESTS:
                    unrested = 0
                    await self.rest()
            await self.leave()

    def _unforeseen(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        told = "".join(traceback.format_exception(error)) if error else str(context)
        self.app.troubles_found.append(told)

    def _look(self) -> None:
        """Raises AssertionError for what went wrong since."""
        if self.app.defect is not None:
            told = "".join(traceback.format_exception(self.app.defect))
            raise AssertionError(f"the app ended with a defect:\n{told}")
        assert self.driven._running is not None and not self.driven._running.done(), "it ended"
        assert not self.app.troubles_found, "\n".join(self.app.troubles_found)

    async def do(self, word: str) -> None:
        """Does one word."""
        kind, _, rest = word.partition(" ")
        if kind == "key":
            self._send(events.Key(rest, CHARACTERS.get(rest)))
        elif kind == "text":
            for character in rest:
                self._send(events.Key(_character_to_key(character), character))
        elif kind == "paste":
            self._send(events.Paste(rest))
        elif kind == "click":
            self._mouse(events.MouseDown, rest, 1)
            self._mouse(events.MouseUp, rest, 1)
        elif kind == "drag":
            x, y, to_x, to_y = rest.split()
            self._mouse(events.MouseDown, f"{x} {y}", 1)
            self._mouse(events.MouseMove, f"{to_x} {to_y}", 1)
            self._mouse(events.MouseUp, f"{to_x} {to_y}", 1)
        elif kind == "wheel":
            place, _, way = rest.rpartition(" ")
            self._mouse(events.MouseScrollDown if way == "1" else events.MouseScrollUp, place, 0)
        elif kind == "size":
            size = Size(*map(int, rest.split()))
            assert self.app._driver is not None
            self.app._driver._size = (size.width, size.height)
            self._send(events.Resize(size, size))
        elif kind == "other":
            self.meddler.tell(rest)
        elif kind == "wait":
            await self.stands()
        elif kind == "home":
            await self.go_home()
        elif kind == "rest":
            await self.rest()
        if self.done % 8 == 0:
            await self.heard()

    def _send(self, message: events.Event) -> None:
        assert self.app._driver is not None
        self.app._driver.process_message(message)

    def _mouse(self, kind: type[events.MouseEvent], place: str, button: int) -> None:
        x, y = map(int, place.split())
        self._send(kind(None, x, y, 0, 0, button, False, False, False))

    async def heard(self) -> None:
        """The app has taken all that it was sent."""
        await asyncio.sleep(0)  # what a driver sends comes from a thread
        for _ in range(2):  # a key goes to what has the focus, and from there up again
            focused = self.app.screen.focused or self.app.screen
            for node in (self.app, *focused.ancestors_with_self):
                heard = asyncio.Event()
                node.call_later(heard.set)
                await self.until(
                    lambda heard=heard, node=node: heard.is_set() or not node.is_running,
                    "the app hears nothing any more",
                )
            await self.until(lambda: self.app.all_heard, "a key never had its effect")

    async def until(self, holds: Any, otherwise: str) -> None:
        """Waits for something. Raises AssertionError with what is then wrong."""
        end = time.monotonic() + PATIENCE
        while not holds():
            self._look()
            assert time.monotonic() < end, f"{otherwise} ({self.app.screen!r})"
            await asyncio.sleep(0.002)

    async def stands(self) -> None:
        """The screen on top is built, and its newest question is answered or cannot be."""
        await self.heard()
        await self.until(lambda: self.app.screen.is_mounted, "a screen is never built")
        name = type(self.app.screen).__name__
        self.screens[name] = self.screens.get(name, 0) + 1
        screen = self.app.screen
        if isinstance(screen, AnsweringScreen):
            await self.until(
                lambda: screen.trouble or screen.explorer is not None or not screen.is_current,
                "a model is neither there nor refused",
            )

    async def check(self) -> None:
        """What must hold whatever was done: it answers, and edits can be taken back."""
        await self.stands()
        troubles = self.meddler.troubles()
        assert not troubles, troubles
        written = list(self.home.logs.glob("defect-*"))
        assert not written, written[0].read_text("utf-8")
        for _ in range(8):
            if isinstance(self.app.screen, EditingScreen) or len(self.app.screen_stack) < 3:
                break
            await self.do("key escape")
            await self.heard()
        screen = self.app.screen
        if isinstance(screen, EditingScreen) and screen.explorer is not None:
            await self.undo_and_redo(screen)
        await self.stands()

    async def go_home(self) -> None:
        """Back to the home screen, as a person would, who says that what was entered may go."""
        for _ in range(20 + 2 * len(self.app.screen_stack)):
            await self.stands()
            screen, under = self.app.screen, self.app.screen_stack[-2]
            if isinstance(screen, HomeScreen):
                return
            leaving = isinstance(screen, ConfirmScreen) and isinstance(under, AskingToLeave)
            await self.do("key y" if leaving else "key escape")
        raise AssertionError(f"no way leads home from {self.app.screen_stack}")

    async def rest(self) -> None:
        """Counts what could grow, on the home screen, where little should be there."""
        await self.go_home()
        self.rests.append(held_now())

    async def undo_and_redo(self, screen: EditingScreen) -> None:
        """Undoing all gives the original, exactly; redoing all gives the edits."""
        if getattr(screen, "playing", None):
            await screen.run_action("stop")
        before, user = screen.journey, screen._user  # type: ignore[attr-defined]
        history = () if user is None else screen.explorer.history(user)
        original, _ = shown_part(history)
        for _ in before.past:
            await screen.run_action("undo")
        now = screen.journey
        assert now.now == Version.of(original), (now.now, original)
        assert not now.past and now.now.items == original and now.now.is_original
        if isinstance(screen, AnsweringScreen):
            await self.until(
                lambda: (
                    (screen.shown is not None and screen.shown.number == screen._asked)
                    or screen.trouble
                ),
                "the newest question is never answered",
            )
            if screen.shown is not None and not screen.trouble:
                assert screen.shown.question.items == original
        for _ in before.past:
            await screen.run_action("redo")
        assert screen.journey == before, "redoing all is not what was edited"
        self.undone += len(before.past)

    async def leave(self) -> None:
        """As a person would: back home, and out; nobody stays behind."""
        await self.rest()
        self.app.may_leave = True
        await self.do("key q")
        running = self.driven._running
        assert running is not None
        end = time.monotonic() + PATIENCE
        while not running.done():
            assert time.monotonic() < end, "q does not leave"
            await asyncio.sleep(0.01)

    def left_behind(self) -> list[str]:
        """Threads and files that should not be there any more; waits for those that are ending."""
        self.session.close()
        end = time.monotonic() + PATIENCE
        while threads := [one.name for one in threading.enumerate() if _is_ours(one)]:
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        root = self.home.library.parent
        files = [str(one.relative_to(root)) for one in root.rglob(".*") if one.name != ".lock"]
        files += sorted({one.name for one in root.iterdir()} - EXPECTED)
        files += [str(one) for one in self.here.rglob(".*")]
        return [*threads, *(name for name in files if "coming-" not in name)]


def _is_ours(thread: threading.Thread) -> bool:
    return thread.name in ("draft", "finder", "inference", "saver", "follower")


def held_now() -> dict[str, int]:
    """What this process holds once all that is nobody's is given back: memory in KiB, blocks of
    memory that Python has given out, widgets and screens, threads, open files."""
    gc.unfreeze()  # see ``lasting``, which keeps garbage too until the next model
    for _ in range(2):  # what is freed may have held what is freed then
        gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    found = {
        "KiB": pages * os.sysconf("SC_PAGE_SIZE") >> 10,
        "blocks": sys.getallocatedblocks(),
        "nodes": sum(isinstance(one, DOMNode) for one in gc.get_objects()),
        "threads": threading.active_count(),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
    }
    gc.freeze()
    return found


def keep_inside(folder: Path) -> None:
    """A path that the monkey types leads nowhere else: writing there is denied from now on."""
    inside = (os.path.realpath(folder) + os.sep, "/dev/null", "/proc/self")

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        if not written and event not in CHANGING:
            return
        path = arguments[0]
        if isinstance(path, str | bytes) and not os.path.realpath(os.fsdecode(path)).startswith(
            inside
        ):
            raise PermissionError(13, "Permission denied", os.fsdecode(path))

    sys.addaudithook(look)


def note_workers(found: list[str]) -> None:
    """Workers and threads whose errors do not end the app would fail in silence."""
    run = Worker.run

    async def noted(worker: Worker[Any]) -> Any:
        try:
            return await run(worker)
        except Exception:
            if not worker.exit_on_error:
                found.append(traceback.format_exc())
            raise

    Worker.run = noted  # type: ignore[method-assign]
    threading.excepthook = lambda hook: found.append(
        "".join(traceback.format_exception(hook.exc_value))
    )


def without_trainings() -> None:
    """As where the machine starts no more processes: each would take seconds of the processor."""

    def refused(run: Path, *_: object) -> None:
        raise RunError(f"the training of run {run.name!r} cannot be started: no more processes.")

    train_screen.start_training = training_screen.start_training = refused  # type: ignore[assignment]


def main(folder: Path, words: Iterator[str]) -> int:
    """Lets a monkey do some words in a folder; 1 if it found something."""
    for part in ("home", "here"):
        shutil.rmtree(folder / part, ignore_errors=True)
    os.environ["SIGMA_TUI_HOME"] = str(folder / "home")
    home = Home.locate()
    shutil.copytree(folder / "good" / "runs", home.runs)
    shutil.copy(folder / "good" / "library.duckdb", home.library)
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    meddler = Meddler(home, folder / "good")
    keep_inside(folder)
    without_trainings()
    began = time.monotonic()
    monkey = Monkey(folder, home, meddler)
    note_workers(monkey.app.troubles_found)
    trouble = ""
    try:
        asyncio.run(monkey.run(words))
        left = monkey.left_behind()
        trouble = f"left behind: {left}" if left else ""
    except BaseException:
        trouble = traceback.format_exc()
    finally:
        meddler.end()
    figures = {
        "words": monkey.done, "seconds": round(time.monotonic() - began, 1),
        "undone": monkey.undone, "stall": round(monkey.driven.longest_stall, 2),
        "screens": monkey.screens, "rests": monkey.rests,
    }  # fmt: skip
    print(json.dumps(figures), flush=True)
    if trouble:
        last = "\n".join(monkey.last)
        print(f"{trouble}\nthe last words:\n{last}\nall words: {folder / 'words.txt'}", flush=True)
    return int(bool(trouble))


if __name__ == "__main__":
    if len(sys.argv) > 3:
        asked = plan(int(sys.argv[2]), int(sys.argv[3]))
    else:
        asked = iter(Path(sys.argv[2]).read_text("utf-8").splitlines())
    sys.stdout.flush()
    status = main(Path(sys.argv[1]).absolute(), asked)
    sys.stdout.flush()
    os._exit(status)
