"""Pictures of home with something in it, and of training; see test_snapshots."""

import json
import math
import shutil
from pathlib import Path

import pytest
from app_support import until, until_text
from camera import AT_SIZES, Studio
from filelock import FileLock

from engine.home import Home
from engine.training.runs import LOCK, MODEL, RUN
from sigma_tui.app import SigmaApp
from sigma_tui.look.looks import DARK
from sigma_tui.screens.confirm import ConfirmScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.note import NoteScreen
from sigma_tui.screens.train import TrainScreen
from sigma_tui.screens.training import TrainingScreen
from sigma_tui.widgets.curves_pane import CurvesView


@pytest.fixture
def home(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    shutil.copy(small.library, tmp_path)
    shutil.copytree(small.run, tmp_path / "runs" / "tiny")
    return Home.locate()


@pytest.mark.thorough
@AT_SIZES
async def test_home_and_the_form_of_a_training(home: Home, studio: Studio, size) -> None:
    for name, model in (("tiny-sasrec", "sasrec"), ("no-epoch-yet", "bert4rec")):
        run = Path(shutil.copytree(home.runs / "tiny", home.runs / name))
        described = json.loads((run / RUN).read_text())
        (run / RUN).write_text(json.dumps({**described, "model": model}))
    (home.runs / "no-epoch-yet" / "events.jsonl").write_text("")
    (home.runs / "no-epoch-yet" / MODEL).unlink()
    for run in home.runs.iterdir():
        described = json.loads((run / RUN).read_text())
        (run / RUN).write_text(json.dumps({**described, "created": "2026-01-01T00:00:00+00:00"}))
    screen = HomeScreen(home, device="cpu")
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await until_text(pilot, "tiny-sasrec")
        await pilot.press("space", "down")
        await camera.take("filled")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await camera.take()
        await pilot.press("escape", "2", "t")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainScreen))
        form = pilot.app.screen
        assert isinstance(form, TrainScreen)
        await until(pilot, lambda: form.judged)
        await camera.take()
        form.query_one("#own").focus()
        await pilot.press(*"dropout=0.4 inter")
        await until(pilot, lambda: form.judged and form.judged.wish.own.endswith("inter"))
        await camera.take("typed", themes=[DARK.name])


def curves(run: Path, epochs: int, *ended: dict[str, object]) -> None:
    """So many epochs of a training, what came after them, and a note."""
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
    events += ended
    with (run / "events.jsonl").open("w") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    (run / "note.txt").write_text("before the genres were cleaned")


@AT_SIZES
async def test_a_training_that_was_stopped(home: Home, studio: Studio, size) -> None:
    run = home.runs / "tiny"
    curves(run, 24, {"event": "end", "state": "stopped", "reason": ""})
    screen = TrainingScreen(home, run, device="cpu")
    async with studio.open(SigmaApp(screen), size) as (pilot, camera):
        await until(pilot, lambda: screen.look)
        await until(pilot, lambda: all(view.drawn for view in screen.query(CurvesView)))
        await camera.take("stopped")


@pytest.mark.thorough
@AT_SIZES
async def test_a_training_under_way(home: Home, studio: Studio, monkeypatch, size) -> None:
    monkeypatch.setattr("sigma_tui.training.follower.QUIET", 600.0)  # on a slow machine too
    run = home.runs / "tiny"
    step: dict[str, object] = {
        "event": "step", "epoch": 18, "step": 130, "steps": 400, "loss": 5.31,
        "sequences_per_second": 812.0,
    }  # fmt: skip
    curves(run, 17, step)
    screen = TrainingScreen(home, run, device="cpu")
    with FileLock(run / LOCK):
        async with studio.open(SigmaApp(screen), size) as (pilot, camera):
            await until(pilot, lambda: screen.look)
            await until(pilot, lambda: all(view.drawn for view in screen.query(CurvesView)))
            await camera.take("under-way")
            await pilot.press("n")
            await until(pilot, lambda: isinstance(pilot.app.screen, NoteScreen))
            await camera.take()
