"""Start: how long until something is seen, each time beside the least that it could take."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.bench.measurement import Timing, ratio
from engine.errors import SigmaError
from engine.training.runs import MODEL
from sigma_tui.bench.driven_app import Told
from sigma_tui.bench.made_run import RUN, MadeData, temporary_run
from sigma_tui.bench.terminal import seconds_until_shown

ITEMS = 12_000
"""Of the run that the explorer is filled from."""
PROGRAM = (sys.executable, "-c", "from sigma_tui.main import run; run()")
IMPORTS = (sys.executable, "-c", "import typer, rich")
TEN_LINES = """
from textual.app import App, ComposeResult
from textual.widgets import Static


class Ten(App):
    def compose(self) -> ComposeResult:
        yield Static("ten lines")


Ten().run()
"""
WEIGHTS = "import sys, torch; from safetensors.torch import load_file; load_file(sys.argv[1])"


@dataclass(frozen=True)
class StartTiming:
    """A start beside its least: what each is, in words, and their times in seconds, taken in turn.

    allowed: the ratio that is not to be exceeded.
    """

    name: str
    least_name: str
    taken: Timing
    least: Timing
    allowed: float

    @property
    def ratio(self) -> Timing:
        """How many times the least it takes."""
        return ratio(self.taken, self.least)


def measure_start(repeats: int, *, tell: Told = lambda _: None) -> list[StartTiming]:
    """Starts processes, this program's and the least ones in turn, after one of each that warms up.

    Raises SigmaError where there are no pseudo-terminals, or if a program does not start.
    """
    with temporary_run(MadeData(ITEMS, ITEMS // 20, history=101, max_length=100)) as made:
        weights = str(made.path / MODEL)
        filled = {"SIGMA_TUI_HOME": str(made.home)}
        empty = {"SIGMA_TUI_HOME": str(made.home / "empty")}
        return [
            _in_turn(
                "sigma-tui --help",
                "import typer, rich",
                lambda: _seconds_of((*PROGRAM, "--help")),
                lambda: _seconds_of(IMPORTS),
                repeats,
                tell,
                allowed=2.0,
            ),
            _in_turn(
                "first picture of the app",
                "first picture of a ten-line app",
                lambda: seconds_until_shown(PROGRAM, "Datasets", empty),
                lambda: seconds_until_shown((sys.executable, "-c", TEN_LINES), "ten lines", {}),
                repeats,
                tell,
                allowed=2.5,
            ),
            _in_turn(
                f"explorer filled, {ITEMS:,} items",
                "import torch and load the weights",
                lambda: seconds_until_shown((*PROGRAM, "explore", RUN), "top 10", filled),
                lambda: _seconds_of((sys.executable, "-c", WEIGHTS, weights)),
                repeats,
                tell,
                allowed=1.3,
            ),
        ]


def _in_turn(
    name: str,
    least_name: str,
    taken: Callable[[], float],
    least: Callable[[], float],
    repeats: int,
    tell: Told,
    *,
    allowed: float,
) -> StartTiming:
    pairs = []
    for number in range(repeats + 1):
        tell(f"{name}: {f'{number} of {repeats}' if number else 'warming up'}")
        pairs.append((taken(), least()))
    ours, theirs = zip(*pairs[1:], strict=True)
    return StartTiming(name, least_name, Timing.of(ours), Timing.of(theirs), allowed)


def _seconds_of(command: Sequence[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SigmaError(f"{' '.join(command)} failed: {said[-1] if said else done.returncode}")
    return time.perf_counter() - started
