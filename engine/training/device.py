"""Which device a model runs on."""

import os

import torch

from engine.errors import TrainingError

DEVICES = ("auto", "cpu", "cuda", "mps")


def leave_a_core_free() -> None:
    """Lets torch use all cores but one in this process, which the screen needs."""
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def choose_device(name: str) -> torch.device:
    """The device of that name; ``auto`` takes cuda, then mps, then cpu.

    Raises TrainingError if it is not usable here.
    """
    usable = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, works in usable.items() if works))
    kind = name.split(":")[0]
    if kind not in usable:
        raise TrainingError(f"there is no device {name!r}; use one of {', '.join(DEVICES)}.")
    if not usable[kind]:
        raise TrainingError(
            f"{kind} is not usable here. Use --device cpu, or see what `sigma-tui doctor` says."
        )
    return torch.device(name)
