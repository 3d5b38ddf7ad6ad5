"""Whether somebody holds a lock, seen without taking it.

Who takes a lock to look is taken for its holder by the next who looks, and the library for locks
makes the folder of a lock anew if it was removed meanwhile.
"""

import os
from pathlib import Path
from types import ModuleType

from filelock import FileLock, Timeout

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock on a file, as filelock takes it; a link or a file that is not
    there is held by nobody. Any number may look at the same time: none is taken for its holder."""
    if fcntl is None:
        return _is_taken(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(descriptor)
    return False


def _is_taken(path: Path) -> bool:
    """On Windows there is no looking without taking."""
    if not path.is_file() or path.is_symlink():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
