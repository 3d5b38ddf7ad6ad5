"""Memory: the most that this process has held, what the machine has, and whether it ran out."""

import os
import sys

import torch


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether memory ran out: that of a GPU, or the machine's, for which torch has no exception of
    its own."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    text = str(error)
    return any(said in text for said in ("DefaultCPUAllocator", "allocate memory", "bad_alloc"))


def peak_memory(device: torch.device) -> int | None:
    """Bytes: of the device's own memory, or of this process; None where nothing tells of it."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def machine_memory() -> int | None:
    """Bytes that this machine has; None where nothing tells of it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return None
