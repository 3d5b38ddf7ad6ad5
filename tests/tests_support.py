"""Runs the executable as a process of its own, as a person would."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def said(*words: str) -> "subprocess.CompletedProcess[str]":
    """What the executable printed, and its exit status."""
    return subprocess.run(
        [sys.executable, "-c", "from sigma_tui.main import run; run()", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
