"""What `doctor` advises: what stands in the way on this machine, and what to do about it."""

import codecs
from dataclasses import dataclass

LEAST_DISK = 2 << 30
"""Bytes that should be free: the library of a large dataset, its training and scratch files."""
LEAST_SIZE = (80, 24)


@dataclass(frozen=True)
class Machine:
    """What was found.

    gpu_seen: whether the system has an NVIDIA device, whatever torch says. driver_seen: whether its
    driver is loaded. cuda_built, cuda_works: whether torch was made for one, and can use it.
    disk_free: bytes where runs are kept. encoding: of standard output. columns, lines: of the
    terminal. library_trouble: why the library cannot be opened, or nothing.
    """

    gpu_seen: bool
    driver_seen: bool
    cuda_built: bool
    cuda_works: bool
    disk_free: int
    encoding: str
    term: str
    no_color: bool
    columns: int
    lines: int
    library_trouble: str


def advice(machine: Machine) -> list[str]:
    """Sentences, the most urgent first; none if nothing stands in the way."""
    told = []
    if machine.library_trouble:
        told.append(f"The library cannot be used: {machine.library_trouble}")
    if machine.disk_free < LEAST_DISK:
        told.append(
            f"Only {machine.disk_free / 2**30:.1f} GiB are free where runs are kept: an import or "
            "a training may not find room. Free some, or set SIGMA_TUI_HOME to a larger disk."
        )
    if machine.gpu_seen and not machine.driver_seen:
        told.append(
            "There is an NVIDIA GPU but no driver is loaded, so training runs on the CPU. Install "
            "the driver of your system; `nvidia-smi` should then list the GPU."
        )
    elif machine.driver_seen and not machine.cuda_built:
        told.append(
            "There is an NVIDIA GPU, but this torch was built for the CPU alone. Install one built "
            "for CUDA into the same environment; pytorch.org/get-started has the command."
        )
    elif machine.driver_seen and not machine.cuda_works:
        told.append(
            "There is an NVIDIA GPU and torch was built for CUDA, but cannot use it: the driver is "
            "probably older than torch needs, or CUDA_VISIBLE_DEVICES hides it."
        )
    if not _is_wide(machine.encoding):
        told.append(
            f"The terminal's encoding is {machine.encoding}: bars and letters beyond it will not "
            "show. Set a UTF-8 locale, such as LC_ALL=C.UTF-8."
        )
    if machine.term in ("dumb", "unknown"):
        told.append(
            f"TERM is {machine.term}: the app cannot draw here; the commands work all the same."
        )
    elif machine.no_color:
        told.append(
            "NO_COLOR is set: categories are told apart by their letters alone, as it asks for."
        )
    if machine.term != "dumb" and not _fits(machine):
        told.append(
            f"The terminal has {machine.columns}x{machine.lines} cells; the app is made for "
            f"{LEAST_SIZE[0]}x{LEAST_SIZE[1]} and more."
        )
    return told


def _fits(machine: Machine) -> bool:
    return machine.columns >= LEAST_SIZE[0] and machine.lines >= LEAST_SIZE[1]


def _is_wide(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name.startswith("utf")
    except LookupError:
        return False
