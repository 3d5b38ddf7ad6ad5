"""`doctor`: versions, device, memory, paths: what is usable here."""

import contextlib
import platform
from pathlib import Path
from typing import Any

import typer

from sigma_tui.commands.shared.advice import Machine, advice
from sigma_tui.commands.shared.options import JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table


def register(app: typer.Typer) -> None:
    """Adds the command to the executable."""
    app.command()(doctor)


def doctor(json: JsonOption = False) -> None:
    """Say what sigma-tui finds on this machine.

    Example: sigma-tui doctor
    """
    machine, findings = _found()
    told = advice(machine)
    if json:
        print_json({**findings, "advice": told})
        return
    print_table(
        "sigma-tui doctor",
        [("", "left"), ("", "left")],
        [(name.replace("_", " "), str(value)) for name, value in findings.items()],
        note="\n".join(f"! {sentence}" for sentence in told) or "Nothing stands in the way.",
    )


def _found() -> tuple[Machine, dict[str, Any]]:
    import os
    import shutil
    import sys
    from importlib.metadata import version

    import torch

    from engine.errors import SigmaError
    from engine.home import Home
    from engine.library.library import Library
    from engine.training.device import choose_device, product_precision
    from engine.training.runs import list_runs
    from sigma_tui import __version__

    home = Home.locate()
    device = choose_device("auto")
    findings: dict[str, Any] = {
        "sigma_tui": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **{name: version(name) for name in ("torch", "textual", "duckdb", "safetensors")},
        "device": str(device),
        "matrix_products": str(product_precision("auto", device)).removeprefix("torch."),
        "processors": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
    }
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        findings["gpu"] = torch.cuda.get_device_name()
        findings["gpu_memory"] = f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
    trouble = ""
    try:
        with Library.open(home.library) as library:
            findings["library"] = f"{home.library} (datasets: {len(library.datasets())})"
    except SigmaError as error:
        trouble = findings["library"] = str(error)
    findings["runs"] = f"{home.runs} (runs: {len(list_runs(home.runs))})"
    findings |= {
        "state": str(home.state),
        "settings": str(home.config),
        "cache": str(home.cache),
        "logs": str(home.logs),
    }
    existing = next(path for path in (home.runs, *home.runs.parents) if path.exists())
    disk_free = shutil.disk_usage(existing).free
    findings["disk_free"] = f"{disk_free / 2**30:.1f} GiB"
    findings["terminal"] = (
        f"{os.environ.get('TERM', 'unknown')}, "
        f"{'x'.join(map(str, shutil.get_terminal_size()))}, "
        f"colours {os.environ.get('COLORTERM') or 'by TERM'}"
        + (", NO_COLOR is set" if os.environ.get("NO_COLOR") else "")
    )
    size = shutil.get_terminal_size()
    driver = Path("/proc/driver/nvidia/version").exists() or bool(shutil.which("nvidia-smi"))
    return Machine(
        gpu_seen=driver or _has_nvidia(),
        driver_seen=driver,
        cuda_built=torch.version.cuda is not None,
        cuda_works=torch.cuda.is_available(),
        disk_free=disk_free,
        encoding=sys.stdout.encoding or "unknown",
        term=os.environ.get("TERM", "unknown"),
        no_color=bool(os.environ.get("NO_COLOR")),
        columns=size.columns,
        lines=size.lines,
        library_trouble=trouble,
    ), findings


def _has_nvidia() -> bool:
    """Whether a device of NVIDIA's is on the PCI bus, as Linux tells it; elsewhere not known."""
    with contextlib.suppress(OSError):
        for vendor in Path("/sys/bus/pci/devices").glob("*/vendor"):
            kind = vendor.with_name("class").read_text("ascii")
            if vendor.read_text("ascii").strip() == "0x10de" and kind.startswith("0x03"):
                return True
    return False
