"""A file that is on its way from somewhere: its beginning on disk, and what it will be when whole.

The beginning has the file's name with ``.part`` at its end; the file gets its name when its
checksum is right. After a crash at any moment there is one or the other.
"""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from engine.errors import SourceError

PIECE_BYTES = 1 << 16
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Remote:
    """A file that somebody publishes and does not change.

    url: of the file. size: in bytes. sha256: in hexadecimal digits. page: where a person reads
    about it and can get it by hand.
    """

    url: str
    size: int
    sha256: str
    page: str


class PartialFile:
    """The beginning of a file that is on its way, with the digest of it. A context manager.

    held: bytes so far; never more than the file has.
    """

    def __init__(self, path: Path, remote: Remote) -> None:
        self.remote = remote
        self.held = 0
        self._whole = path
        self.path = path.with_name(path.name + ".part")
        self._digest = hashlib.sha256()

    def __enter__(self) -> "PartialFile":
        try:
            _require_plain(self.path)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            flags |= getattr(os, "O_BINARY", 0)  # of Windows
            self._file = os.fdopen(os.open(self.path, flags, 0o644), "r+b", buffering=0)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self.held and kind is not None:  # nothing came
            self.path.unlink(missing_ok=True)

    def take_up(self, cancelled: Callable[[], bool]) -> None:
        """Reads what an earlier call left; too much of it is of another file, so begin again."""
        if os.fstat(self._file.fileno()).st_size > self.remote.size:
            self.restart()
        while piece := self._file.read(PIECE_BYTES):
            if cancelled():
                raise CancelledError
            self._digest.update(piece)
            self.held += len(piece)

    def check_space(self) -> None:
        """Raises SourceError if the disk has no room for the rest."""
        folder = self.path.parent
        needed, free = self.remote.size - self.held, shutil.disk_usage(folder).free
        if needed > free:
            raise SourceError(
                f"{self.remote.url} needs {needed:,} bytes more, but {folder} has {free:,} free. "
                "Make room and try again."
            )

    def restart(self) -> None:
        """Forgets everything so far."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.held = 0

    def append(self, piece: bytes) -> None:
        """Writes what came next."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise _unwritable(self.path, error) from None
        self._digest.update(piece)
        self.held += len(piece)

    def discard(self) -> None:
        """Removes the file: it cannot be gone on with."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Gives the file its name, if it is the one that was asked for."""
        found = self._digest.hexdigest()
        if found != self.remote.sha256:
            self.discard()
            raise SourceError(
                f"what came from {self.remote.url} is not the known file: its SHA-256 is {found}, "
                f"not {self.remote.sha256}. It was removed. The same command begins again; if the "
                f"checksum differs again, the file has been changed: see {self.remote.page}"
            )
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            self.path.replace(self._whole)
        except OSError as error:
            raise _unwritable(self._whole, error) from None


def is_whole(remote: Remote, path: Path, cancelled: Callable[[], bool]) -> bool:
    """Whether the file is here, by its checksum. Raises CancelledError."""
    if not path.is_file() or path.stat().st_size != remote.size:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            if cancelled():
                raise CancelledError
            digest.update(piece)
    return digest.hexdigest() == remote.sha256


def _require_plain(path: Path) -> None:
    """A link could lead the download elsewhere, a pipe could hold it up for ever."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise SourceError(f"{path} is not an ordinary file. Remove it and try again.")


def _unwritable(path: Path, error: OSError) -> SourceError:
    if error.errno in DISK_FULL:
        return SourceError(
            f"the disk is full: {path} cannot be written ({error.strerror}). What came is kept; "
            "make room, and the same command goes on from it."
        )
    return SourceError(f"{path} cannot be written: {error.strerror or error}.")
