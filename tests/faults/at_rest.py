"""What a process holds, and whether it grows."""

import ctypes
import gc
import os
import sys
import threading
from pathlib import Path
from statistics import mean

from textual.dom import DOMNode


def held_now() -> dict[str, int]:
    """What this process holds once all that is nobody's is given back: memory in KiB, blocks of
    memory that Python has given out, widgets and screens, threads (but those that Python keeps for
    work that blocks, four more than there are cores at most), open files."""
    gc.unfreeze()  # see ``lasting``, which keeps garbage too until the next model
    for _ in range(2):  # what is freed may have held what is freed then
        gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    found = {
        "KiB": pages * os.sysconf("SC_PAGE_SIZE") >> 10,
        "blocks": sys.getallocatedblocks(),
        "nodes": sum(isinstance(one, DOMNode) for one in gc.get_objects()),
        "threads": sum(not one.name.startswith("asyncio") for one in threading.enumerate()),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
    }
    gc.freeze()
    return found


def growth(rests: list[dict[str, int]]) -> dict[str, float]:
    """How many times as much is held in the end as in the middle; nothing after few rests, as what
    is made once and kept is made in the first third."""
    third = len(rests) // 3
    if third < 3:
        return {}
    return {
        what: round(mean(one[what] for one in rests[-third:])
                    / mean(one[what] for one in rests[third : 2 * third]), 3)
        for what in ("KiB", "blocks", "threads", "files")
    }  # fmt: skip
