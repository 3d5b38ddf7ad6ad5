"""The rate at which this machine multiplies matrices: what arithmetic could reach at best."""

from collections.abc import Callable

import torch

from engine.bench.measurement import Timing, seconds_of

SIDE = 2048
"""Of the square matrices that are multiplied: large enough that nothing but arithmetic counts."""

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
    called before each measurement with which one it is, such as ``2 of 5``, and before that while
    it warms up."""
    left = torch.randn(SIDE, SIDE, device=device).to(dtype)
    right = torch.randn(SIDE, SIDE, device=device).to(dtype)
    wait = synchroniser(device)

    def product() -> None:
        torch.mm(left, right)

    warm = []
    for number in range(1, WARMING + 1):
        tell(f"warming up, {number} of {WARMING}")  # without fast bfloat16 each takes seconds
        warm.append(seconds_of(product, wait))
    once = min(warm)
    times = max(1, round(SECONDS / max(once, 1e-6)))

    def products() -> None:
        for _ in range(times):
            torch.mm(left, right)

    operations = 2.0 * SIDE**3 * times
    rates = []
    for number in range(1, repeats + 1):
        tell(f"{number} of {repeats}")
        rates.append(operations / seconds_of(products, wait))
    return Timing.of(rates)
