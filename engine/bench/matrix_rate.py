"""The rate at which this machine multiplies matrices: what arithmetic could reach at best."""

from collections.abc import Callable

import torch
from torch import Tensor

from engine.bench.measurement import Timing, seconds_of

SMALLEST, SIDE = 256, 2048
"""Of the square matrices that are multiplied: large enough that nothing but arithmetic counts.
Where a device is slow at a type, that is so of smaller ones too."""

LONGEST = 1.0
"""Seconds that one product may take, for a larger one to be chosen."""

WARMING = 3
"""Products before the first measurement."""

SECONDS = 0.2
"""Roughly the time of one measurement."""


def synchroniser(device: torch.device) -> Callable[[], None] | None:
    """What waits until a device has done its work; None where nothing runs behind our back."""
    if device.type == "cuda":
        return torch.cuda.synchronize
    if device.type == "mps":
        return torch.mps.synchronize
    return None


def matrix_rate(
    device: torch.device,
    dtype: torch.dtype,
    repeats: int = 5,
    *,
    tell: Callable[[str], object] = lambda _done: None,
) -> Timing:
    """Floating-point operations a second (a multiply-add counts two) of a square product. tell:
    called before each measurement with which one it is, such as ``2 of 5``, and once before that,
    as it warms up."""
    wait = synchroniser(device)
    tell("warming up")
    side = SMALLEST
    left, right, once = _warm(side, device, dtype, wait)
    while side < SIDE and 8 * once <= LONGEST:  # twice the side is eight times the work
        side *= 2
        left, right, once = _warm(side, device, dtype, wait)
    times = max(1, round(SECONDS / max(once, 1e-6)))

    def products() -> None:
        for _ in range(times):
            torch.mm(left, right)

    operations = 2.0 * side**3 * times
    rates = []
    for number in range(1, repeats + 1):
        tell(f"{number} of {repeats}")
        rates.append(operations / seconds_of(products, wait))
    return Timing.of(rates)


def _warm(
    side: int, device: torch.device, dtype: torch.dtype, wait: Callable[[], None] | None
) -> tuple[Tensor, Tensor, float]:
    """Two square matrices, and seconds that their product takes once it was made before."""
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return left, right, min(seconds_of(lambda: torch.mm(left, right), wait) for _ in range(WARMING))
