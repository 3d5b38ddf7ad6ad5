"""A monkey at the real app: does what its plan says, and looks whether the app still stands.

    python monkey.py FOLDER SEED WORDS [SECONDS]    or    python monkey.py FOLDER FILE_OF_WORDS

FOLDER has ``good``, as ``meddler.py`` wants it; the app's home, what it exports, all words and what
is held at each rest come to lie there. After so many seconds the last word is done. Prints what was
done in one line; ends with 1 and tells what failed, the seed, and the file
with all words so far, which does the same again.
"""

import asyncio
import faulthandler
import json
import os
import shutil
import sys
import time
import traceback
from collections import deque
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from at_rest import held_now
from confined import keep_inside
from meddler import Meddler
from monkey_app import MonkeyApp, hasten, note_workers, without_trainings
from monkey_checks import check, left_behind
from monkey_hands import PATIENCE, Hands
from monkey_plan import plan
from textual import events

from engine.home import Home
from sigma_tui.bench.driven_app import DrivenApp
from sigma_tui.kept.session import Session
from sigma_tui.kept.settings import FILE, read_settings
from sigma_tui.screens.home import HomeScreen

BETWEEN_CHECKS = 400
BETWEEN_RESTS = 2000


class Monkey:
    """Does words, and checks now and then. home: of the app. done: words so far; the last ones are
    kept here, all of them in the log."""

    def __init__(self, folder: Path, home: Home, meddler: Meddler) -> None:
        self.folder, self.home, self.meddler = folder, home, meddler
        self.done, self.last = 0, deque[str](maxlen=60)
        self.log = (folder / "words.txt").open("w", encoding="utf-8", buffering=1)
        settings, _ = read_settings(home.config / FILE)
        self.session = Session(home.state, home.config / FILE)
        self.app = MonkeyApp(HomeScreen(home), settings=settings, session=self.session)
        self.driven = DrivenApp(self.app, (120, 36))
        self.hands = Hands(self.app, self.driven, meddler)
        self.undone = 0
        self.rests: list[dict[str, int]] = []

    async def run(self, words: Iterator[str]) -> None:
        """Opens the app, does all words, checks in between, and leaves."""
        asyncio.get_running_loop().set_exception_handler(self._unforeseen)
        async with self.driven:
            await self.driven.until(lambda: len(self.app.screen_stack) > 1)
            unchecked = unrested = 0
            for word in words:
                if self.done % 50 == 0:
                    faulthandler.dump_traceback_later(3 * PATIENCE, exit=True, file=2)  # of no end
                self.done += 1
                self.last.append(word)
                self.log.write(word + "\n")
                await self.hands.do(word)
                self.hands.look()
                unchecked += 1
                if unchecked >= BETWEEN_CHECKS or word in ("check", "end"):
                    unchecked = 0
                    self.undone += await check(self.hands, self.meddler, self.home)
                unrested += 1
                if unrested >= BETWEEN_RESTS or word == "rest":
                    unrested = 0
                    await self.rest()
            await self.leave()

    def _unforeseen(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        told = "".join(traceback.format_exception(error)) if error else str(context)
        self.app.troubles_found.append(told)

    async def rest(self) -> None:
        """Counts what could grow, on the home screen, where little should be there."""
        await self.hands.go_home()
        held = held_now()
        self.rests.append(held)
        with (self.folder / "rests.jsonl").open("a", encoding="utf-8") as kept:
            kept.write(json.dumps({"words": self.done, **held}) + "\n")

    async def leave(self) -> None:
        """As a person would: back home, and out; nobody stays behind."""
        await self.rest()
        self.app.may_leave = True
        self.hands.send(events.Key("q", "q"))
        running = self.driven._running
        assert running is not None
        end = time.monotonic() + PATIENCE
        while not running.done():
            assert time.monotonic() < end, "q does not leave"
            await asyncio.sleep(0.01)

    def figures(self) -> dict[str, Any]:
        """What was done so far."""
        return {
            "words": self.done, "sent": self.hands.sent, "cpu": round(time.process_time(), 1),
            "undone": self.undone, "stall": round(self.driven.longest_stall, 2),
            "screens": self.hands.screens, "rests": self.rests,
        }  # fmt: skip


def main(folder: Path, words: Iterator[str], *, hasty: bool = False) -> int:
    """Lets a monkey do some words in a folder; 1 if it found something. hasty: see ``hasten``."""
    for part in ("home", "here"):
        shutil.rmtree(folder / part, ignore_errors=True)
    (folder / "rests.jsonl").unlink(missing_ok=True)
    os.environ["SIGMA_TUI_HOME"] = str(folder / "home")
    home = Home.locate()
    shutil.copytree(folder / "good" / "runs", home.runs)
    shutil.copy(folder / "good" / "library.duckdb", home.library)
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    meddler = Meddler(home, folder / "good")
    keep_inside(folder)
    without_trainings()
    if hasty:
        hasten()
    began = time.monotonic()
    monkey = Monkey(folder, home, meddler)
    note_workers(monkey.app.troubles_found)
    trouble = ""
    try:
        asyncio.run(monkey.run(words))
        monkey.session.close()
        left = left_behind(home, folder / "here")
        trouble = f"left behind: {left}" if left else ""
    except BaseException:
        trouble = traceback.format_exc()
    finally:
        meddler.end()
    seconds = round(time.monotonic() - began, 1)
    print(json.dumps({"seconds": seconds, **monkey.figures()}), flush=True)
    if trouble:
        last = "\n".join(monkey.last)
        print(f"{trouble}\nthe last words:\n{last}\nall words: {folder / 'words.txt'}", flush=True)
    return int(bool(trouble))


def within(seconds: float, words: Iterator[str]) -> Iterator[str]:
    """Words until the time is over, and an end."""
    end = time.monotonic() + seconds
    yield from takewhile(lambda _: time.monotonic() < end, words)
    yield "end"


if __name__ == "__main__":
    if len(sys.argv) > 3:
        asked = plan(int(sys.argv[2]), int(sys.argv[3]))
        if len(sys.argv) > 4:
            asked = within(float(sys.argv[4]), asked)
    else:
        asked = iter(Path(sys.argv[2]).read_text("utf-8").splitlines())
    sys.stdout.flush()
    status = main(Path(sys.argv[1]).absolute(), asked, hasty=True)
    sys.stdout.flush()
    os._exit(status)
