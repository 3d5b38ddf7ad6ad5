"""On what a result was measured: enough to judge its times, nothing that names a person or host."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from engine.training.device import product_precision
from engine.training.settings import TrainingSettings

PACKAGES = ("sigma-tui", "torch", "numpy")


@dataclass(frozen=True)
class Machine:
    """processor: its model. threads: that torch uses. device: that trained; gpu: its name.
    products: precision of matrix products. system: such as Linux. versions: by name."""

    processor: str
    threads: int
    device: str
    gpu: str | None
    products: str
    system: str
    versions: dict[str, str]

    @property
    def in_words(self) -> str:
        """One line for people."""
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        where = self.gpu or f"{self.processor}, {threads}"
        return f"{where}, {self.system}, torch {self.versions['torch']}, {self.products}"


def this_machine(device: torch.device, settings: TrainingSettings) -> Machine:
    """What this process computes on."""
    return Machine(
        processor=_processor(),
        threads=torch.get_num_threads(),
        device=device.type,
        gpu=torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        products=str(product_precision(settings.precision, device)).removeprefix("torch."),
        system=platform.system(),
        versions={"python": platform.python_version(), **{n: _version(n) for n in PACKAGES}},
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _processor() -> str:
    """The processor's model; Linux tells it in a file, others through the platform."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
