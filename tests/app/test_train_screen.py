"""The train screens with real trainings: each is a process of its own, on a tiny dataset."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_support import text_of, until, until_text
from filelock import FileLock
from textual.pilot import Pilot
from textual.widgets import Input

from engine.errors import RunError
from engine.home import Home
from engine.library.library import Library
from engine.training.events import read_events
from engine.training.note import read_note, write_note
from engine.training.runs import LOCK, ask_to_stop, find_run, is_asked_to_stop, is_training
from sigma_tui.app import SigmaApp
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.train import TrainScreen
from sigma_tui.screens.training import TrainingScreen, _losses
from sigma_tui.training import process as training_process
from sigma_tui.training.form import Wish, make_run
from sigma_tui.training.process import end_training, start_training, started

ROOT = Path(__file__).parents[2]
ENDLESS = Wish(
    "small", "sigma", "fast", "dim=16 epochs=100000 patience=100000 batch_positions=60", "long"
)


@pytest.fixture
def home(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own, whose trainings do not outlive the test."""
    shutil.copy(small.library, tmp_path)
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    yield Home.locate()
    for one in training_process._STARTED.values():
        one.process.kill()
        one.process.wait()
    training_process._STARTED.clear()


def notified(app: SigmaApp, text: str) -> bool:
    return any(text in note.message for note in app._notifications)


def training_screen(pilot: Pilot[None]) -> TrainingScreen:
    assert isinstance(pilot.app.screen, TrainingScreen)
    return pilot.app.screen


async def test_numbers_go_to_the_sections_of_the_form(home: Home) -> None:
    app = SigmaApp(TrainScreen(home, dataset="small", device="cpu"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until_text(pilot, "For small the rule chose")
        for key, section in (("2", "models"), ("3", "presets"), ("1", "datasets"), ("4", "own")):
            await pilot.press(key)
            await until(pilot, lambda section=section: section in (app.focused.id or ""))
        await pilot.press("1")  # a text field takes it as text
        assert app.screen.query_one("#own", Input).value == "1"


async def test_from_home_to_a_trained_model_in_the_explorer(home: Home) -> None:
    app = SigmaApp(HomeScreen(home, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "Press t to train a model")
        await pilot.press("t")
        await until_text(pilot, "For small the rule chose: categories = 4 as sequences")
        await pilot.press("enter", "enter")  # the dataset, the model
        await pilot.press("down", "down", "enter")  # the preset: fast
        await pilot.press(*"dim=16 epo")
        await pilot.press("tab")
        assert app.screen.query_one("#own", Input).value == "dim=16 epochs="
        await pilot.press("z")
        await until_text(pilot, "✗ epochs is a whole number, not 'z'")
        await pilot.press("backspace", "2")
        await until_text(pilot, "✓ dim 64 → 16 · epochs 20 → 2")
        await pilot.press("enter", *"mine", "enter")
        await until_text(pilot, "--preset fast --name mine --set dim=16 --set epochs=2")
        await pilot.press("enter")  # the button has the focus
        await until(pilot, lambda: isinstance(app.screen, TrainingScreen))
        screen = training_screen(pilot)
        await until_text(pilot, "Finished after 2 epochs: that was all.")
        assert screen.look is not None and screen.look.standing.trained == 2
        shown = text_of(pilot)
        for part in ("Recall@20", "NDCG@20", "reconstruction", "mixture KL", "orthogonality",
                     "interests alive of 4", "Interests alive: "):  # fmt: skip
            assert part in shown, part
        assert "⠀" in shown  # curves
        run = find_run(home.runs, "mine")
        assert run.state == "done" and run.settings["model"]["dim"] == 16

        await pilot.press("n", *"first [red] try", "enter")
        await until_text(pilot, "Note: first [red] try")
        assert read_note(run.path) == "first [red] try"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExplorerScreen))
        await until(pilot, lambda: app.screen.shown is not None)
        await pilot.press("escape", "e")
        await until(pilot, lambda: isinstance(app.screen, TrainScreen))
        await until_text(pilot, "✓ dim 64 → 16 · epochs 20 → 2")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: re.search(r" done +(\d of )?4 ", text_of(pilot)))


@pytest.mark.thorough
async def test_a_training_survives_the_app_is_found_again_stopped_and_continued(
    home: Home,
) -> None:
    run = make_run(home, ENDLESS, "cpu")
    first = SigmaApp(HomeScreen(home, device="cpu"))
    async with first.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "long")
        await pilot.press("enter")  # of a run without any epoch
        await until_text(pilot, "Press c to begin")
        await pilot.press("c")
        await until_text(pilot, "Training on cpu, epoch")
        await pilot.press("q")
    process = started(run)
    assert process is not None and process.alive
    assert os.getsid(process.process.pid) == process.process.pid  # no terminal can take it along
    training_process._STARTED.clear()  # the next app knows nothing of it
    second = SigmaApp(HomeScreen(home, device="cpu"))
    async with second.run_test(size=(80, 24)) as pilot:
        await until_text(pilot, "training")
        before = find_run(home.runs, "long").epochs
        await pilot.press("enter")
        screen = training_screen(pilot)
        await until(pilot, lambda: screen.look and screen.look.standing.trained > before + 1)
        assert screen.check_action("stop", ()) and not screen.check_action("go_on", ())
        await pilot.press("s")
        await until_text(pilot, "Press c to go on, to the same result.")
        assert process.process.wait(20) == 130
        assert not is_training(run)
        assert find_run(home.runs, "long").state == "stopped"
        trained = find_run(home.runs, "long").epochs
        await pilot.click("KeyLine", offset=(2, 0))  # explore; by mouse
        await until(pilot, lambda: isinstance(second.screen, ExplorerScreen))
        await pilot.press("escape", "c", "c")  # once is enough
        await until(pilot, lambda: screen.look and screen.look.standing.trained > trained)
        ask_to_stop(run)
        await until_text(pilot, "Press c to go on, to the same result.")
    numbers = [event["epoch"] for event in read_events(run) if event["event"] == "epoch"]
    assert numbers == list(range(1, len(numbers) + 1))  # nothing twice, nothing left out


@pytest.mark.thorough
async def test_a_killed_training_is_told_within_five_seconds_and_goes_on(home: Home) -> None:
    run = make_run(home, ENDLESS, "cpu")
    start_training(run, home.library, "cpu")
    app = SigmaApp(TrainingScreen(home, run, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = training_screen(pilot)
        await until_text(pilot, "The process is starting")
        await until(pilot, lambda: screen.look and screen.look.standing.trained > 1)
        process = started(run)
        assert process is not None
        os.kill(process.process.pid, signal.SIGKILL)
        await until_text(pilot, "ended without a word: it was killed by SIGKILL. Press c to", 5)
        assert "✗ killed" in text_of(pilot)
        await pilot.press("c")
        await until(pilot, lambda: screen.look and screen.look.phase in ("starting", "training"))
        again = started(run)
        assert again is not None and again.alive and again is not process


@pytest.mark.thorough
async def test_a_training_whose_data_is_gone_says_so_and_what_to_change(home: Home) -> None:
    run = make_run(home, ENDLESS, "cpu")
    with Library.open(home.library, write=True) as library:
        library.remove("small")
    app = SigmaApp(TrainingScreen(home, run, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "Press c to begin")
        await pilot.press("c")
        await until_text(pilot, "Failed: there is no dataset 'small': the library")
        await until_text(pilot, "Press e to change settings and train anew")
        await pilot.press("e")
        await until_text(pilot, "there is no dataset 'small'")


async def test_an_empty_library_says_what_to_do_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    app = SigmaApp(TrainScreen(Home.locate()))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until_text(pilot, "The library is empty")
        assert "sigma-tui data import" in text_of(pilot)
        await pilot.press("f5")
        await until(pilot, lambda: notified(app, "a model learns from data"))
        assert not (tmp_path / "runs").exists()


async def test_what_cannot_start_is_a_message_and_the_form_stays(home: Home) -> None:
    make_run(home, ENDLESS, "cpu")
    app = SigmaApp(TrainScreen(home, dataset="small", device="cpu"))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until_text(pilot, "For small the rule chose")
        app.screen.query_one("#run-name").focus()
        await pilot.press(*"long")
        await until_text(pilot, "✗ there is a run 'long' already. Choose another name.")
        await pilot.press("f5")
        await until(pilot, lambda: notified(app, "Choose another --name"))
        app.screen.query_one("#run-name", Input).value = ""
        with Library.open(home.library, write=True) as library:
            library.remove("small")
        await pilot.press("f5")
        await until(pilot, lambda: notified(app, "there is no dataset 'small'"))
        await until_text(pilot, "The library is empty")
        assert isinstance(app.screen, TrainScreen)


async def test_the_palette_offers_what_makes_sense_now(home: Home) -> None:
    run = make_run(home, ENDLESS, "cpu")
    app = SigmaApp(HomeScreen(home, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "long")
        named = [one.title for one in app.get_system_commands(app.screen)]
        assert named.count("train (t)") == 1 and "import (i)" in named
        assert len(set(named)) == len(named)
        app.push_screen(TrainingScreen(home, run, device="cpu"))
        await until_text(pilot, "Press c to begin")
        offered = [one.title for one in app.get_system_commands(app.screen)]
        assert "continue (c)" in offered and "change (e)" in offered
        assert "stop (s)" not in offered and "explore (enter)" not in offered


async def test_hostile_words_of_a_run_are_shown_as_text(home: Home) -> None:
    run = make_run(home, ENDLESS, "cpu")
    described = json.loads((run / "run.json").read_text())
    described |= {"dataset": "[@click=app.quit]x[/]", "preset": "Foo [/"}
    (run / "run.json").write_text(json.dumps(described))
    write_note(run, "[bold]loud\x1b]52;c;AAAA\x07")
    start = {"event": "start", "device": "[/]", "processes": 1, "epochs": 2, "patience": 1}
    epoch = {
        "event": "epoch", "epoch": 1, "losses": {"loss": float("inf"), "[/a": 1.0},
        "valid": {"recall@20": 0.5, "\x1b[31m": 2.0}, "diagnostics": {}, "best": True,
        "seconds": 1.0, "sequences_per_second": 1.0,
    }  # fmt: skip
    end = {"event": "end", "state": "failed", "reason": "[red]\x1b[31mno [/"}
    with (run / "events.jsonl").open("w") as file:
        file.writelines(json.dumps(event) + "\n" for event in (start, epoch, end))
    app = SigmaApp(TrainingScreen(home, run, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "Failed: [red]␛[31mno [/.")
        await until_text(pilot, "∞")
        shown = text_of(pilot)
        for part in ("[@click=app.quit]x[/]", "Foo [/", "[bold]loud␛]52;c;AAAA␇", "[/a", "␛[31m"):
            assert part in shown, part
        for size in ((20, 5), (300, 8), (120, 36)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await until_text(pilot, "Failed: [red]")


async def test_finding_where_items_begin_is_shown_and_stopped_by_a_key(home: Home) -> None:
    run = make_run(home, ENDLESS, "cpu")
    start = {"event": "start", "device": "cpu", "processes": 1, "epochs": 2, "patience": 1}
    begin = {"event": "begin", "found": False, "seconds": 0.0}
    (run / "events.jsonl").write_text(f"{json.dumps(start)}\n{json.dumps(begin)}\n")
    with FileLock(run / LOCK):
        app = SigmaApp(HomeScreen(home, device="cpu"))
        async with app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "training")
            await pilot.press("enter")
            await until_text(pilot, "Finding where items begin, for training on cpu")
            await until(pilot, lambda: training_screen(pilot).check_action("stop", ()))
            assert "finding where items begin" in text_of(pilot)  # beside the bar
            await pilot.press("s")
            await until_text(pilot, "Stopping in a moment; where items begin is found anew")
            assert is_asked_to_stop(run)


@pytest.mark.thorough
async def test_a_training_that_hangs_is_told_within_five_seconds_and_can_be_ended(
    home: Home,
) -> None:
    run = make_run(home, ENDLESS, "cpu")
    start_training(run, home.library, "cpu")
    app = SigmaApp(TrainingScreen(home, run, device="cpu"))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = training_screen(pilot)
        await until(pilot, lambda: screen.look and screen.look.standing.trained > 1)
        one = started(run)
        assert one is not None
        os.kill(one.process.pid, signal.SIGSTOP)
        await until_text(pilot, "but nothing was heard of it for", 5)
        assert screen.check_action("stop", ()) and "Press s to stop it." in text_of(pilot)
        os.kill(one.process.pid, signal.SIGCONT)
        await until_text(pilot, "It goes on when you leave the app")  # heard again
        os.kill(one.process.pid, signal.SIGSTOP)
        await until_text(pilot, "but nothing was heard of it for", 5)
        await pilot.press("s")
        await until_text(pilot, "It was asked to stop, but nothing was heard of it")
        trained = find_run(home.runs, "long").epochs
        assert one.alive and f"everything up to epoch {trained} is kept" in text_of(pilot)
        training_process._STARTED.clear()  # as the next app, which did not start it
        await pilot.press("s")
        await until_text(pilot, "it was killed, or the machine went down. Press c to go on")
        assert one.process.wait(10) == -signal.SIGKILL
        assert find_run(home.runs, "long").epochs == trained


async def test_what_is_not_known_to_be_a_training_of_ours_is_not_ended(home: Home) -> None:
    """As of a run on a disk that another machine shares: its number is that of somebody else."""
    run = make_run(home, ENDLESS, "cpu")
    other = subprocess.Popen(["sleep", "60"])
    try:
        start = {"event": "start", "process": other.pid, "device": "cpu", "processes": 1,
                 "epochs": 2, "patience": 1}  # fmt: skip
        (run / "events.jsonl").write_text(json.dumps(start) + "\n")
        with pytest.raises(RunError, match=rf"process {other.pid} does not answer.*yourself"):
            end_training(run)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_loss_of_one_part_is_one_curve() -> None:
    falling, other = ((1, 3.0), (2, 2.0)), ((1, 1.0), (2, 0.5))
    one = _losses({"loss": falling, "reconstruction": falling})
    assert [(curve.name, curve.points) for curve in one] == [("loss: reconstruction", falling)]
    several = {"loss": falling, "reconstruction": other, "mixture_kl": other}
    assert [curve.name for curve in _losses(several)] == ["loss", "reconstruction", "mixture KL"]
    assert len(_losses({"loss": falling, "weighted": other})) == 2
