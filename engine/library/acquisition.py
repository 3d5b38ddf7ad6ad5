"""From the name of a public dataset to a dataset in the library.

The download stays in the cache, under the name of the dataset, and is checked again at every use;
what is unpacked from it lives as long as the import.
"""

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import SourceError
from engine.library.archive import unpack
from engine.library.download import HTTPS_ONLY, Bounds, download
from engine.library.importing import ImportReport, ImportRequest, check_request, import_source
from engine.library.known_datasets import KnownDataset
from engine.library.watch import Progress
from engine.own_files import make_private


def acquire(
    known: KnownDataset,
    *,
    downloads: Path,
    library: Path,
    name: str | None = None,
    replace: bool = False,
    received: Callable[[int], None] = lambda _bytes: None,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    bounds: Bounds = HTTPS_ONLY,
) -> ImportReport:
    """Downloads a known dataset, unless it is in the cache, and imports it by its rules.

    downloads: the folder of the cache. name: of the dataset in the library, if not its own.
    replace: take the place of a dataset of that name. received: told how many bytes of
    ``known.remote.size`` are here. progress: told how far the import is. bounds: of the network.
    Raises SourceError, LibraryError or CancelledError, with the library unchanged.
    """
    check_request(library, _request(known, downloads, name, replace))
    try:
        make_private(downloads)
        with FileLock(downloads / f"{known.name}.lock", blocking=False):
            path = downloads / known.file
            download(known.remote, path, received, cancelled, bounds)
            if not known.members:
                return import_source(
                    library, _request(known, path, name, replace), progress, cancelled
                )
            with _folder(known, downloads) as unpacked:
                folder = Path(unpacked)
                _unpack(known, path, folder, progress, cancelled)
                return import_source(
                    library, _request(known, folder, name, replace), progress, cancelled
                )
    except Timeout:
        raise SourceError(
            f"another sigma-tui is getting {known.name} now. Wait until it is there."
        ) from None
    except OSError as error:
        raise SourceError(f"{downloads} cannot be used: {error}.") from None


def _request(known: KnownDataset, place: Path, name: str | None, replace: bool) -> ImportRequest:
    """place: the file, or the folder with the members."""
    return ImportRequest(
        source=place / known.interactions if known.interactions else place,
        name=known.name if name is None else name,
        origin=known.remote.url,
        items=place / known.items if known.items else None,
        min_rating=known.min_rating,
        k_core=known.k_core,
        replace=replace,
    )


def _folder(known: KnownDataset, downloads: Path) -> "tempfile.TemporaryDirectory[str]":
    """A fresh folder; those that a killed process left are removed, as we hold the lock."""
    prefix = f".{known.name}.unpacked-"
    for left in downloads.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=prefix, dir=downloads)


def _unpack(
    known: KnownDataset,
    archive: Path,
    folder: Path,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> None:
    def tick() -> None:
        if cancelled():
            raise CancelledError

    progress(Progress("unpacking", 0.0))
    unpack(archive, known.members, folder, known.unpacked, tick)
    if known.prepare is not None:
        known.prepare(folder)
