"""The built-in demo: real books, simulated readers, a trained checkpoint; offline."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.home import Home
from sigma_tui.assets import assets

if TYPE_CHECKING:
    from sigma_tui.screens.tour import Beginning, TourScreen

DEMO = "demo"
NOTE = "simulated readers"
FIRST_READER = "reader 0042"


def demo_explorer(
    home: Home,
    *,
    device: str = "auto",
    user: str | None = None,
    library: Path | None = None,
    fresh: bool = True,
    clock: Callable[[], float] | None = time.perf_counter,
    tour: "Beginning" = "neither",
) -> "TourScreen":
    """The explorer on the demo; its library is made from the shipped files at first use, unless
    it is given. fresh: whether it begins as it is shipped, without edits of earlier sessions. tour:
    see ``TourScreen``."""
    from sigma_tui.screens.tour import TourScreen

    return TourScreen(
        demo_run(),
        library or demo_library(home),
        user=user or (FIRST_READER if fresh else None),
        device=device,
        note=NOTE,
        fresh=fresh,
        clock=clock,
        tour=tour,
    )


def demo_run() -> Path:
    """The directory of the trained run."""
    return assets() / "demo" / DEMO


def demo_library(home: Home) -> Path:
    """The demo's library file, imported once a version of the data into the cache directory.

    Raises LibraryError if the cache cannot be written.
    """
    from engine.library.library import Library
    from engine.simulation.sources import BOOKS, READINGS
    from engine.simulation.world_import import DATASET, import_demo

    folder = assets() / "demo"
    digest = hashlib.sha256()
    for name in (READINGS, BOOKS):
        digest.update((folder / name).read_bytes())
    library = home.cache / f"demo-{digest.hexdigest()[:12]}" / "library.duckdb"
    with Library.open(library) as opened:
        known = any(dataset.name == DATASET for dataset in opened.datasets())
    if not known:
        import_demo(folder, library)
    return library
