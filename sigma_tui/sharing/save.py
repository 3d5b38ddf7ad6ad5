"""Writing a file that somebody asked for: wholly or not at all, and never over another unasked."""

import os
import stat
from pathlib import Path

from engine.errors import OutputError
from engine.scratch import NEW, scratch_file


class TakenError(OutputError):
    """There is a file of that name already."""


def save(path: Path, content: str, *, replace: bool = False) -> None:
    """Writes text in UTF-8. replace: whether an ordinary file of that name may be replaced.

    A reader sees the old file or the whole new one. Raises TakenError if there is a file and it may
    not be replaced, OutputError if the path is a link, a folder or a device, or if the folder is
    missing, full or may not be written.
    """
    data = content.encode("utf-8", "backslashreplace")  # data may hold lone surrogates
    try:
        _check_target(path, replace)
        with scratch_file(path.parent, ".sigma-tui-") as (file, scratch):
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if os.name == "nt":
                file.close()  # Windows renames no open file
            if replace:
                _check_target(path, replace)
                scratch.replace(path)
            else:
                _put_in_free_place(scratch, path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise OutputError(f"{path} cannot be written: {reason}.") from None


def _check_target(path: Path, replace: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise OutputError(
                f"there is no folder {path.parent}. Make it, or choose another."
            ) from None
        return
    if stat.S_ISLNK(mode):
        raise OutputError(f"{path} is a link, and links are not followed. Choose another name.")
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder. Add the name of a file.")
    if not stat.S_ISREG(mode):
        raise OutputError(f"{path} is not an ordinary file. Choose another name.")
    if not replace:
        raise TakenError(f"there is a file {path} already.")


def _put_in_free_place(scratch: Path, path: Path) -> None:
    """Gives the file its name, unless somebody else took it meanwhile."""
    try:
        os.link(scratch, path, follow_symlinks=False)
    except FileExistsError:
        raise TakenError(f"there is a file {path} already.") from None
    except (OSError, NotImplementedError):  # a file system without hard links
        try:
            os.close(os.open(path, NEW, 0o600))  # the place is ours; its content comes at once
        except FileExistsError:
            raise TakenError(f"there is a file {path} already.") from None
        scratch.replace(path)
