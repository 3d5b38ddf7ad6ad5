"""Memory over many edits: what the running app holds after each hundred of them."""

import asyncio
import gc
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SigmaError
from sigma_tui.app import SigmaApp
from sigma_tui.bench.driven_app import DrivenApp, Told
from sigma_tui.bench.whatif import opened
from sigma_tui.screens.explorer import ExplorerScreen

WIDE = (200, 50)
"""Cells: every pane is shown, the map too."""
TAKEN_BACK = ("d", "J", "u", "u")
"""Edits after which the sequence and what can be undone are as before."""
KEPT = ("space",)
"""An edit that can be undone, on top of all before it."""
THOUGHT_OF = 10
"""Every so many edits what is found out afterwards is waited for: reasons, stability, the map."""
QUIET = 0.4
"""Seconds that this takes."""


@dataclass(frozen=True)
class Held:
    """edits: so far. mebibytes: of the process, in memory. objects: that Python's garbage collector
    follows, after a full collection."""

    edits: int
    mebibytes: float
    objects: int


def measure_memory(
    run: Path,
    library: Path,
    *,
    user: str | None,
    edits: int,
    every: int,
    kept: bool,
    device: str = "auto",
    tell: Told = lambda _: None,
) -> tuple[Held, ...]:
    """Edits a user's sequence in the app, on a wide screen.

    user: label; None takes the first one. every: edits between two looks. kept: whether all edits
    can be undone in the end, else each is taken back soon.
    Raises SigmaError if the user has too few items, or the run cannot be opened.
    """
    return asyncio.run(_measure(run, library, user, edits, every, kept, device, tell))


async def _measure(
    run: Path,
    library: Path,
    user: str | None,
    edits: int,
    every: int,
    kept: bool,
    device: str,
    tell: Told,
) -> tuple[Held, ...]:
    tell("opening the explorer")
    screen = ExplorerScreen(run, library, user=user, device=device, fresh=True)
    keys, found = KEPT if kept else TAKEN_BACK, []
    async with DrivenApp(SigmaApp(screen), WIDE) as driven:
        await opened(screen, driven)
        if len(screen.journey.now.items) < 3:
            raise SigmaError(f"user {screen.user_label} has too few items to edit; name a --user")
        for edit in range(edits + every):  # the first ones fill what is kept on purpose
            tell(f"edit {edit - every + 1:,} of {edits:,}" if edit >= every else "warming up")
            if edit % len(keys) == 0:
                driven.send("home")
            before = screen.journey.now

            def answered(before: object = before) -> bool:
                shown, now = screen.shown, screen.journey.now
                return now is not before and shown is not None and shown.question.items == now.items

            await driven.press(keys[edit % len(keys)], answered)
            if (edit + 1) % THOUGHT_OF == 0:
                await asyncio.sleep(QUIET)
            if (edit + 1) % every == 0:
                gc.collect()
                found.append(Held(edit + 1 - every, resident(), len(gc.get_objects())))
    return tuple(found)


def resident() -> float:
    """Mebibytes of this process that are in memory; where the system does not tell, the most that
    ever were."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
