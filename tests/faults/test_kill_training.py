"""kill -9 at random moments of trainings, and of making and removing runs.

With ``-m slow`` two hundred times each.
"""

from pathlib import Path
from typing import Any

import pytest
import torch
from killing import SLOW, Nursery, moments, rests
from safetensors import safe_open

from engine.training.checkpoint import load_model
from engine.training.events import read_events
from engine.training.runs import MODEL, find_run, list_runs

SETTINGS = [
    *("--device", "cpu", "--epochs", "4", "--set", "dim=16", "--set", "categories=4"),
    *("--set", "batch_positions=60", "--set", "interest_negatives=16"),
]


def trained(run: Path) -> tuple[dict[str, torch.Tensor], dict[str, str], dict[int, Any]]:
    """What a finished run came to: weights, what is said of them, and every epoch as it was trained
    last."""
    with safe_open(run / MODEL, framework="pt") as file:
        names = file.keys()
        weights = {name: file.get_tensor(name) for name in names}
        described = file.metadata()
    epochs = {
        event["epoch"]: (event["losses"], event["valid"], event["best"])
        for event in read_events(run)
        if event["event"] == "epoch"
    }
    return weights, described, epochs


@pytest.mark.thorough
@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=SLOW)])
def test_a_training_goes_on_to_the_same_result(
    nursery: Nursery, small, tmp_path: Path, kills: int
) -> None:
    """It is killed, goes on, is killed again, until it ends; then the next one begins."""
    new = ("train", "small", *SETTINGS, "--library", str(small.library), "--name")
    whole = nursery.well(tmp_path, *new, "whole")
    expected = trained(tmp_path / "runs" / "whole")
    plans, ended, finished, left = moments(whole, kills, seed=8), whole, 0, kills
    while left or ended.status != 0:
        name = f"run-{finished}"
        path = tmp_path / "runs" / name
        again = ("train", "--resume", name, "--library", str(small.library), "--device", "cpu")
        words = again if path.exists() else (*new, name)
        ended = nursery.run(tmp_path, *words, **(next(plans) if left else {}))
        left = max(0, left - 1)
        assert ended.killed or ended.status == 0, ended.said
        assert {run.name for run in list_runs(tmp_path / "runs")} >= {"whole"}
        if path.exists():
            run = find_run(tmp_path / "runs", name)
            # It may be killed after its last word, too.
            assert run.state in (("stopped", "done") if ended.killed else ("done",))
            if (path / MODEL).exists():
                assert load_model(path, device="cpu").epoch >= 1
        if ended.status == 0:
            weights, described, epochs = trained(path)
            assert (described, epochs) == expected[1:]
            assert weights.keys() == expected[0].keys()
            assert all(torch.equal(weights[key], expected[0][key]) for key in weights)
            finished += 1
    assert rests(tmp_path) == []
    print(f"{kills} kills, {finished} trainings that ended as if there had been none")


MAKES_AND_REMOVES = """
import os, sys
from pathlib import Path
from engine.training.runs import create_run, remove_run, summarise, write_json
from engine.training.note import write_note

root = Path(os.environ["SIGMA_TUI_HOME"]) / "runs"
for number in range(12):
    path = create_run(root, f"run-{number % 3}", {
        "model": "sigma", "dataset": "d", "fingerprint": "f", "preset": "best", "created": "now",
        "settings": {"model": {}, "training": {}}})
    for part in ("model.safetensors", "state.safetensors"):
        (path / part).write_bytes(b"0" * 10_000)
    write_note(path, "a note " * 20)
    if number % 2:
        remove_run(root, f"run-{(number - 1) % 3}")
        remove_run(root, path.name)
"""


@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=SLOW)])
def test_runs_are_there_or_not(nursery: Nursery, tmp_path: Path, kills: int) -> None:
    whole = nursery.well(tmp_path, code=MAKES_AND_REMOVES)
    root = tmp_path / "runs"
    for moment in moments(whole, kills, seed=9):
        nursery.run(tmp_path, code=MAKES_AND_REMOVES, **moment)
        names = {path.name for path in root.iterdir() if not path.name.startswith(".")}
        assert {run.name for run in list_runs(root)} == names  # each is a run, whole
        for name in sorted(names):
            nursery.well(tmp_path, code=f"{REMOVES}remove_run(root, {name!r})")
    nursery.well(tmp_path, code=MAKES_AND_REMOVES)
    assert rests(tmp_path) == [] and list_runs(root) == []


REMOVES = """
import os
from pathlib import Path
from engine.training.runs import remove_run
root = Path(os.environ["SIGMA_TUI_HOME"]) / "runs"
"""
