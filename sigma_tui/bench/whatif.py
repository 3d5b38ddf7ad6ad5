"""What-if: from a key press to the painted answer, in the running app."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.bench.measurement import Timing
from engine.errors import SigmaError
from sigma_tui.app import SigmaApp
from sigma_tui.bench.driven_app import DrivenApp, Told
from sigma_tui.screens.explorer import ExplorerScreen

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

BURN_IN = 5
"""Edits before those that are measured."""


@dataclass(frozen=True)
class WhatIf:
    """What was measured, in milliseconds.

    items: V. longest, shortest: sequence that the model saw. painted: from key to picture. engine:
    its own part of it.
    """

    items: int
    longest: int
    shortest: int
    painted: Timing
    engine: Timing


def measure_whatif(
    run: Path,
    library: Path,
    *,
    user: str | None,
    edits: int,
    device: str = "auto",
    tell: Told = lambda _: None,
) -> WhatIf:
    """Opens a run in the app and edits a user's sequence.

    user: label; None takes the first one. Each edit takes one more item out, from the end, so that
    no answer is known from before.
    Raises SigmaError if the sequence is too short for that, or the run cannot be opened.
    """
    return asyncio.run(_measure(run, library, user, edits, device, tell))


async def opened(screen: ExplorerScreen, driven: DrivenApp) -> "Explorer":
    """Waits until an explorer is filled. Raises SigmaError with the reason if it never is."""
    await driven.until(lambda: screen.shown is not None or bool(screen.trouble))
    if screen.explorer is None:
        raise SigmaError(screen.trouble)
    return screen.explorer


async def _measure(
    run: Path, library: Path, user: str | None, edits: int, device: str, tell: Told
) -> WhatIf:
    tell("opening the explorer")
    screen = ExplorerScreen(run, library, user=user, device=device)
    painted, engine, lengths = [], [], []
    async with DrivenApp(SigmaApp(screen)) as driven:
        explorer = await opened(screen, driven)
        if len(screen.journey.now.items) <= edits + BURN_IN:
            raise SigmaError(
                f"user {screen.user_label} has {len(screen.journey.now.items)} items, too few for "
                f"{edits} edits and {BURN_IN} before them; ask for fewer --edits"
            )
        for edit in range(edits + BURN_IN):
            tell(f"edit {edit - BURN_IN + 1} of {edits}" if edit >= BURN_IN else "warming up")
            await driven.rest(edit)
            wanted = edit + 1

            def answered(wanted: int = wanted) -> bool:
                shown = screen.shown
                return (
                    len(screen.journey.past) == wanted
                    and shown is not None
                    and shown.question.items == screen.journey.now.items
                )

            seconds = await driven.press("d", answered)
            assert screen.shown is not None
            if edit >= BURN_IN:
                painted.append(seconds * 1000)
                engine.append(screen.shown.answer.milliseconds)
                lengths.append(min(len(screen.shown.question.items), explorer.max_length))
        items = len(explorer.catalogue.labels)
    return WhatIf(items, max(lengths), min(lengths), Timing.of(painted), Timing.of(engine))
