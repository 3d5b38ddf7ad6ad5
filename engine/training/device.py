"""Which device a model runs on."""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from engine.errors import TrainingError

Precision = Literal["auto", "float32", "bfloat16"]

DEVICES = ("auto", "cpu", "cuda", "mps")


def leave_a_core_free() -> None:
    """Lets torch use all cores but one in this process, which the screen needs."""
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def threads_each(processes: int) -> int:
    """Threads for each of some processes that share the processor."""
    return max(1, (os.cpu_count() or 1) // processes)


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


def device_for(processes: int, device: torch.device, *, asked: str = "auto") -> str:
    """The kind of device that so many processes train on together: a GPU each, or the CPU.

    asked: the device as a person named it. Raises TrainingError if there are not enough GPUs, or
    none at all and nobody asked for the CPU.
    """
    if device.type == "cpu" and asked != "cpu":
        raise TrainingError(
            f"{processes} GPUs were asked for and none is usable here. See `sigma-tui doctor`, or "
            f"add --device cpu to train in {processes} processes on the processor."
        )
    if device.type == "cuda" and torch.cuda.device_count() < processes:
        raise TrainingError(
            f"{processes} GPUs were asked for and {torch.cuda.device_count()} are usable here. "
            "See `sigma-tui doctor`."
        )
    if device.type == "mps":
        raise TrainingError(
            "several processes cannot share this GPU. Train in one, or use --device cpu."
        )
    return device.type


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for matrix products in bfloat16.

    Without them a CPU emulates such products, slower than it computes in float32.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        # No public function tells of it in the versions of torch that are supported.
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(bool(getattr(torch.cpu, check, lambda: False)()) for check in checks)
    return False


def product_precision(precision: Precision, device: torch.device) -> torch.dtype:
    """What matrix products of training are computed in; ``auto`` takes bfloat16 where it is native.

    Sums that half precision would spoil stay in float32 either way, and so do the weights.
    """
    if precision == "auto":
        return torch.bfloat16 if multiplies_bfloat16(device) else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def products_in(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Within it, matrix products on a device are computed in that precision."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=dtype)
