"""Packing: a run with its weights and the data that it was trained on, in one file."""

from pathlib import Path
from shutil import copyfile
from zipfile import ZIP_STORED, ZipFile

from engine.bundles.manifest import FILES, MANIFEST, Manifest, digest_of, travelling
from engine.errors import OutputError, RunError
from engine.library.library import Library
from engine.library.moving import FILES as DATA
from engine.library.moving import save_dataset
from engine.own_files import check_plain
from engine.scratch import ScratchFolder, written_whole
from engine.training.runs import MODEL, RunSummary


def pack_run(run: RunSummary, library: Path, output: Path) -> int:
    """Writes a bundle of a run, and returns its bytes.

    The state to go on from stays behind, as do the lines of the source that could not be read.
    Raises RunError if the run is being trained, has no checkpoint or is of other data than the
    library's; OutputError if the file is there already or cannot be written; LibraryError.
    """
    if output.exists() or output.is_symlink():
        raise OutputError(f"{output} exists already. Choose another name with --output.")
    if run.state == "training":
        raise RunError(
            f"run {run.name!r} is being trained. Wait, or stop it: sigma-tui runs stop {run.name}"
        )
    if not (run.path / MODEL).is_file():
        raise RunError(f"run {run.name!r} has no checkpoint yet: its first epoch has not ended.")
    with Library.open(library) as opened:
        data = opened.summary(run.dataset)
    if data.fingerprint != run.fingerprint:
        raise RunError(
            f"run {run.name!r} was trained on other data than the library's {data.name!r}. Import "
            "the data it was trained on under that name, then pack it."
        )
    try:
        with ScratchFolder(output.absolute().parent, ".sigma-tui-") as folder:
            save_dataset(library, data.name, folder)
            for name in FILES:
                if name not in DATA and (run.path / name).exists():
                    check_plain(run.path / name)
                    copyfile(run.path / name, folder / name, follow_symlinks=False)
            present = [name for name in FILES if (folder / name).is_file()]
            manifest = Manifest(
                run.path.name,
                data.name,
                data.fingerprint,
                travelling(data.options),
                data.rules,
                {name: digest_of(folder / name) for name in present},
            )
            # Written in the folder, not beside it: what is left by a crash goes with the next
            # packing here, whatever that is called.
            bundle = folder / "bundle.zip"
            with written_whole(bundle) as file, ZipFile(file, "w", ZIP_STORED) as made:
                made.writestr(MANIFEST, manifest.text())
                for name in present:
                    made.write(folder / name, name)
            bundle.rename(output)
        return output.stat().st_size
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}.") from None
