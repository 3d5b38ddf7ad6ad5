"""Pictures of the train screens at three sizes and in both looks; see test_snapshots.py."""

import asyncio
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.screens.train import TrainScreen
from sigma_tui.screens.training import TrainingScreen
from sigma_tui.widgets.curves_pane import CurvesView

SIZES = pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "sigma-dark"), ((120, 36), "sigma-light"), ((200, 50), "sigma-dark")],
)


@pytest.fixture
def home(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    shutil.copy(small.library, tmp_path)
    shutil.copytree(small.run, tmp_path / "runs" / "tiny")
    return Home.locate()


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)
        await pilot.pause()
    await pilot.pause(0.2)


@pytest.mark.thorough
@SIZES
def test_the_form_while_a_setting_is_typed(home: Home, snap_compare, size, theme) -> None:
    screen = TrainScreen(home, dataset="small", device="cpu")

    async def type_in(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: screen.judged)
        own = screen.query_one("#own")
        own.cursor_blink = False
        own.focus()
        await pilot.press(*"dropout=0.4 inter")
        await until(pilot, lambda: screen.judged.wish.own.endswith("inter"))

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=type_in, terminal_size=size)


def curves(run: Path, epochs: int) -> None:
    """Twenty-four epochs of a training that was stopped, and a note."""
    events: list[dict[str, object]] = [
        {"event": "start", "device": "cpu", "processes": 1, "epochs": 100, "patience": 10}
    ]
    for epoch in range(1, epochs + 1):
        falling, rising = math.exp(-epoch / 6), 1 - math.exp(-epoch / 5)
        rising -= 0.003 * max(0, epoch - 15)
        events.append(
            {
                "event": "epoch", "epoch": epoch, "best": True, "seconds": 2.0,
                "losses": {
                    "loss": 5 + 3 * falling, "reconstruction": 4 + 2 * falling,
                    "mixture_kl": 700 * falling, "interest_reconstruction": 6 + falling,
                    "interest_kl": 40 * falling, "orthogonality": 1e-5 * epoch,
                },
                "diagnostics": {"interests_alive": 3.0 if epoch < 9 else 4.0},
                "valid": {
                    "recall@20": 0.3 * rising, "ndcg@20": 0.14 * rising, "mrr": 0.1 * rising
                },
                "sequences_per_second": 812.0, "memory": 900 << 20,
            }
        )  # fmt: skip
    events.append({"event": "end", "state": "stopped", "reason": ""})
    with (run / "events.jsonl").open("w") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    (run / "note.txt").write_text("before the genres were cleaned")


@SIZES
def test_a_training_that_was_stopped(home: Home, snap_compare, size, theme) -> None:
    run = home.runs / "tiny"
    curves(run, 24)
    screen = TrainingScreen(home, run, device="cpu")

    async def wait(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: screen.look)
        await until(pilot, lambda: all(view.drawn for view in screen.query(CurvesView)))

    assert snap_compare(SigmaApp(screen, theme=theme), run_before=wait, terminal_size=size)
