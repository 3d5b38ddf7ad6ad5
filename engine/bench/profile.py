"""Where the time of a training step goes, by torch's profiler."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from torch.profiler import ProfilerActivity, profile


@dataclass(frozen=True)
class Operation:
    """One kind of operation. calls: a step. host: its own seconds a step on the processor;
    device: on the GPU, 0 without one."""

    name: str
    calls: float
    host: float
    device: float


@dataclass(frozen=True)
class StepProfile:
    """What a step takes while it is profiled, which itself takes time.

    seconds: a step. host, device: seconds of it that the processor and the GPU work; where the
    GPU's are few, a step waits for the processor to start work there. operations: the costliest,
    by the side that is busier.
    """

    seconds: float
    host: float
    device: float
    operations: tuple[Operation, ...]


def profile_steps(
    run: Callable[[], None], steps: int, *, on_gpu: bool, wait: Callable[[], None], top: int = 15
) -> StepProfile:
    """Profiles what ``run`` does, so many steps. wait: until the GPU has done what was started."""
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    wait()
    with profile(activities=activities) as profiled:
        started = time.perf_counter()
        run()
        wait()
        spent = time.perf_counter() - started
    micro = 1e6 * steps  # the profiler counts microseconds
    found = [
        Operation(
            event.key,
            event.count / steps,
            event.self_cpu_time_total / micro,
            event.self_device_time_total / micro if on_gpu else 0.0,
        )
        for event in profiled.key_averages()
    ]
    host, device = sum(one.host for one in found), sum(one.device for one in found)
    found.sort(key=lambda one: -(one.device if device > host else one.host))
    return StepProfile(spent / steps, host, device, tuple(found[:top]))
