"""What holds up the screen in a minute's use of the demo: every frame over 16 ms."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.bench.driven_app import DrivenApp, Told
from sigma_tui.bench.whatif import opened
from sigma_tui.demo import demo_explorer
from sigma_tui.look.late_frames import LATE, LateFrame, LateFrames

SETTLED = 0.5
"""Seconds between two acts: what one of them set off is not counted as the next one's."""


@dataclass(frozen=True)
class Act:
    """Something that people do. keys: as Textual names them. gap: seconds between two of them."""

    name: str
    keys: tuple[str, ...]
    gap: float


MINUTE = (
    Act("edit", ("2", "home", *"dJ", "space", "down", *"KuUddtX"), 0.4),
    Act("walk along users", ("1", *["down"] * 25), 0.2),
    Act("hold a key down", tuple(["down"] * 40), 0.033),
    Act("filter users", ("slash", "1", "2", "backspace", "backspace", "enter"), 0.3),
    Act("sort users", ("1", "s", "down", "enter", "s", "up", "enter"), 0.4),
    Act("search an item", ("2", "a", *"the last man", "down", "enter"), 0.2),
    Act("more and fewer", (*["right_square_bracket"] * 6, *["left_square_bracket"] * 6), 0.25),
    Act("steer", ("3", "w", *["right"] * 5, "0", "escape"), 0.25),
    Act("diversify", ("y", *["right"] * 5, "0", "enter"), 0.25),
    Act("go back in time", ("5", *["left"] * 10), 0.15),
    Act("the map", ("M", *["plus"] * 3, *["right"] * 5, "0", "n", "n", "escape"), 0.3),
    Act("categories", ("C", "down", "down", "escape"), 0.4),
    Act("an item", ("4", "enter", "escape"), 0.5),
    Act("sizes of panes", ("1", *["greater_than_sign"] * 5, "backslash"), 0.25),
    Act("full screen", ("4", "z", "2", "z"), 0.3),
    Act("help", ("question_mark", *["down"] * 10, "escape"), 0.2),
    Act("settings", ("comma", "down", "down", "down", "escape"), 0.3),
    Act("look at themes", ("f6", *["down"] * 4, "escape"), 0.4),
    Act("commands", ("ctrl+p", *"until", "escape"), 0.3),
    Act("other users", ("2", *"nnpN"), 0.4),
)


@dataclass
class ActFrames:
    """What was seen of an act. seconds: it took. worked: seconds that the screen's thread had the
    processor. pictures: painted. late: what it worked at for more than 16 ms at a stretch."""

    name: str
    seconds: float = 0.0
    worked: float = 0.0
    pictures: int = 0
    late: list[LateFrame] = field(default_factory=list)

    @property
    def worst(self) -> LateFrame | None:
        """The one that took most of the processor."""
        return max(self.late, key=lambda frame: frame.worked, default=None)


def measure_frames(
    acts: Iterable[Act],
    size: tuple[int, int],
    *,
    device: str = "auto",
    tell: Told = lambda _: None,
) -> tuple[ActFrames, ...]:
    """Does in the app, on the built-in demo, what people do, and watches the screen's thread.

    size: of the terminal, in cells. What counts is processor time, so that waiting for other
    programs does not. Nothing that is kept by the user is read or changed.
    Raises SigmaError if the demo cannot be opened.
    """
    with TemporaryDirectory(prefix="sigma-tui-bench-") as folder:
        return asyncio.run(_measure(Path(folder), acts, size, device, tell))


async def _measure(
    folder: Path, acts: Iterable[Act], size: tuple[int, int], device: str, tell: Told
) -> tuple[ActFrames, ...]:
    tell("opening the demo")
    screen = demo_explorer(Home.at(folder), device=device)
    found: list[ActFrames] = []

    def late(frame: LateFrame) -> None:
        if frame.worked > LATE:
            found[-1].late.append(frame)

    def painted() -> None:
        found[-1].pictures += 1

    async with DrivenApp(SigmaApp(screen), size) as driven:
        await opened(screen, driven)
        await asyncio.sleep(SETTLED)
        for act in acts:
            tell(act.name)
            found.append(ActFrames(act.name))
            began, worked = time.perf_counter(), time.thread_time()
            driven.terminal.painted = painted
            with LateFrames(late):
                for key in act.keys:
                    driven.send(key)
                    await asyncio.sleep(act.gap)
                await asyncio.sleep(SETTLED)
            driven.terminal.painted = None
            found[-1].seconds = time.perf_counter() - began
            found[-1].worked = time.thread_time() - worked
        if not screen.is_current:
            raise SigmaError("the minute did not end where it began: a key led somewhere else")
    return tuple(found)
