"""Scratch files and folders that no crash leaves for good, and files that are written whole.

Whoever makes a scratch file or folder holds a lock on it, which ends with the process whatever ends
it. So the next one to work in the same place can tell what was left behind, and removes it: no
matter how long ago it was made, or what the clock says. Where a system has no such locks nothing is
removed.
"""

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import IO

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
NEW |= getattr(os, "O_BINARY", 0)  # of Windows
"""How a file is made that nobody else has, nor a link of that name leads to."""


class ScratchFolder:
    """A folder ``PREFIX`` + 16 digits in another one, for as long as it is wanted. Use as a context
    manager, which gives its path.

    Raises OSError if it cannot be made.
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        sweep(parent, prefix)
        self._lock: int | None = None
        while True:
            self.path = parent / f"{prefix}{secrets.token_hex(8)}"
            self.path.mkdir(0o700)
            if fcntl is None:
                return
            # Before it is locked somebody may take it for one that was left behind.
            with suppress(FileNotFoundError):
                self._lock = os.open(self.path, os.O_RDONLY)
                _lock(self._lock)
                if _is_still(self.path, self._lock):
                    return
                os.close(self._lock)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def scratch_file(parent: Path, prefix: str, suffix: str = "") -> Iterator[tuple[IO[bytes], Path]]:
    """A new file ``PREFIX`` + 16 digits + ``SUFFIX`` to write to, and its path. It is removed at
    the end, unless it was given another name by then.

    Raises OSError if it cannot be made.
    """
    sweep(parent, prefix, suffix)
    while True:
        path = parent / f"{prefix}{secrets.token_hex(8)}{suffix}"
        file = os.fdopen(os.open(path, NEW, 0o666), "wb")
        _lock(file.fileno())
        if fcntl is None or _is_still(path, file.fileno()):
            break
        file.close()
    try:
        yield file, path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # what could not be written cannot be flushed either
            file.close()


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of the path at the end: whoever reads it finds the
    old or the new one, whole. After an error the old one stays.

    Raises OSError if it cannot be written.
    """
    with scratch_file(path.parent, f".{path.name}.", ".tmp") as (file, scratch):
        yield file
        file.flush()
        os.fsync(file.fileno())
        if fcntl is None:
            file.close()  # Windows renames no open file
        scratch.replace(path)


def sweep(parent: Path, prefix: str, suffix: str = "") -> None:
    """Removes the scratch files and folders of processes that are gone."""
    if fcntl is None:
        return
    ours = re.compile(f"{re.escape(prefix)}[0-9a-f]{{16}}{re.escape(suffix)}")
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if ours.fullmatch(entry.name)]
    except OSError:
        return
    for name in names:
        with suppress(OSError):  # its owner works with it, or it may not be removed
            _remove_if_left(parent / name)


def _remove_if_left(path: Path) -> None:
    """Raises OSError if the path's owner holds it still."""
    assert fcntl is not None
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            shutil.rmtree(path, ignore_errors=True)
        elif stat.S_ISREG(mode):
            path.unlink()
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if fcntl is not None:
        with suppress(OSError):  # a file system without locks, on which nothing is removed either
            fcntl.flock(descriptor, fcntl.LOCK_EX)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether a path leads to what is open."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
