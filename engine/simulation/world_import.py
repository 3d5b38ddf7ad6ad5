"""The demo's files through the ordinary import."""

from pathlib import Path

from engine.library.importing import ImportRequest, import_source
from engine.simulation.sources import BOOKS, READINGS

DATASET = "books"


def import_demo(folder: Path, library: Path) -> None:
    """Imports the demo's readings into a library file, in place of an older import."""
    import_source(
        library, ImportRequest(folder / READINGS, DATASET, items=folder / BOOKS, replace=True)
    )
