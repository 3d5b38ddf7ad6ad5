"""Files of our own: in folders for the user alone, and never through a link that was put there.

A run's directory may come from a stranger. A link in it under a name that we write would lead the
writing elsewhere, to a file of the user's that is then lost.
"""

import errno
import stat
from pathlib import Path


def make_private(folder: Path) -> None:
    """Makes a folder, and those above it that are missing, for the user alone.

    One that exists stays as it is. Raises OSError.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        reason = "a file is where a folder belongs"
        raise NotADirectoryError(errno.ENOTDIR, reason, str(folder)) from None


def check_plain(path: Path) -> None:
    """Raises OSError unless a path that is to be opened is an ordinary file, or nothing yet."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kind = "a link, and links are not followed" if stat.S_ISLNK(mode) else "no ordinary file"
        raise OSError(f"{path} is {kind}; remove it first")
