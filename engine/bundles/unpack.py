"""Unpacking: a bundle's run and dataset, wherever it comes from, into one's own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from engine.bundles.manifest import FILES, LARGEST, MANIFEST, NEEDED, Manifest, digest_of
from engine.errors import LibraryError, RunError, SourceError
from engine.library.archive import DAMAGE, unpack
from engine.library.importing import check_name as check_dataset_name
from engine.library.library import Library
from engine.library.moving import FILES as DATA
from engine.library.moving import take_dataset
from engine.library.watch import Progress
from engine.own_files import make_private
from engine.scratch import ScratchFolder
from engine.training.checkpoint import load_model
from engine.training.runs import RUN, RunSummary, place_run, summarise, write_json

LONGEST_NAME = 90
"""Letters of a dataset's name that are taken over, which leaves room for a number."""


@dataclass(frozen=True)
class Unpacked:
    """What came of a bundle. run: as it is now. imported: whether its data was not here yet."""

    run: RunSummary
    imported: bool


def unpack_run(
    bundle: Path,
    library: Path,
    runs: Path,
    name: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Unpacked:
    """Takes a bundle's run in, and its dataset unless the library has the same data.

    name: of the run, None for the one that it had. The dataset gets a free name.
    Raises RunError for what is no bundle, damaged, hostile, or if the name is taken; LibraryError.
    """
    if not bundle.is_file():
        raise RunError(f"there is no file {bundle}.")
    try:
        make_private(runs)
        with ScratchFolder(runs, ".new-") as folder:
            manifest = _opened(bundle, folder)
            made = folder / (name or manifest.run)
            _as_run(folder, made)
            described = _described(bundle, made, manifest)
            dataset, imported = _dataset(folder, library, manifest, progress)
            write_json(made / RUN, {**described, "dataset": dataset})
            return Unpacked(summarise(place_run(runs, made)), imported)
    except OSError as error:
        raise RunError(
            f"{bundle} cannot be unpacked in {runs}: {error.strerror or error}."
        ) from None


def _opened(bundle: Path, folder: Path) -> Manifest:
    """Unpacks the files of a bundle that are what its manifest says."""
    try:
        with ZipFile(bundle) as opened:
            told = opened.infolist()
            names = [info.filename for info in told]
            strange = next((one for one in names if one not in (MANIFEST, *FILES)), None)
            if strange is not None:
                raise RunError(f"{bundle} holds {strange[:80]!r}, which no bundle has.")
            if names[:1] != [MANIFEST]:
                raise RunError(f"{bundle} is a zip, but not a bundle of sigma-tui.")
            if any(info.compress_type != ZIP_STORED for info in told):
                raise RunError(f"{bundle} is packed otherwise than sigma-tui packs bundles.")
            with opened.open(MANIFEST) as file:
                manifest = Manifest.read(file.read(LARGEST), bundle)
    except DAMAGE as error:
        raise RunError(f"{bundle} is no bundle, or a damaged one: {str(error)[:200]}.") from None
    wanted = dict.fromkeys((*NEEDED, *manifest.digests))
    missing = next((one for one in wanted if one not in names), None)
    if missing is not None:
        raise RunError(f"{bundle} lacks {missing[:80]}. Have it packed and sent again.")
    untold = next((one for one in (*NEEDED, *names[1:]) if one not in manifest.digests), None)
    if untold is not None:
        raise RunError(f"{bundle} holds {untold}, of which its first file does not tell.")
    try:
        members = {one: one for one in manifest.digests}
        unpack(bundle, members, folder, limit=bundle.stat().st_size)
    except SourceError as error:
        raise RunError(str(error)) from None
    for one, digest in manifest.digests.items():
        if digest_of(folder / one) != digest:
            raise RunError(f"{bundle} is damaged: {one} is not what was packed. Fetch it again.")
    return manifest


def _as_run(folder: Path, made: Path) -> None:
    """Puts the run's files in a directory of their own, named as the run will be."""
    if made.name in ("", ".", "..") or made.parent != folder:
        raise RunError(f"{str(made.name)!r} cannot be a run's name; give it one with --name.")
    make_private(made)
    for one in FILES:
        if one not in DATA and (folder / one).is_file():
            (folder / one).rename(made / one)


def _described(bundle: Path, made: Path, manifest: Manifest) -> dict[str, object]:
    """The run's description, once run, weights and manifest are known to be of one data."""
    summary = summarise(made)
    loaded = load_model(made, device="cpu")
    if not summary.fingerprint == loaded.fingerprint == manifest.fingerprint:
        raise RunError(f"{bundle} has a run, weights and data that do not belong together.")
    described: dict[str, object] = json.loads((made / RUN).read_text("utf-8"))
    return described


def _dataset(
    folder: Path,
    library: Path,
    manifest: Manifest,
    progress: Callable[[Progress], None] | None,
) -> tuple[str, bool]:
    """The name of the bundle's dataset in the library, and whether it was taken in for it."""
    with Library.open(library) as opened:
        held = opened.datasets()
    same = next((one.name for one in held if one.fingerprint == manifest.fingerprint), None)
    if same is not None:
        return same, False
    wanted = manifest.dataset[:LONGEST_NAME]
    check_dataset_name(wanted)
    taken = {one.name for one in held}
    free, number = wanted, 2
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    try:
        take_dataset(
            library,
            folder,
            free,
            manifest.fingerprint,
            options=manifest.options,
            rules=manifest.rules,
            progress=progress,
        )
    except SourceError as error:  # of memory or room
        raise LibraryError(str(error)) from None
    return free, True
