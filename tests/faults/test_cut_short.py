"""Files of a run that another process cuts short while they are read: a sentence, and no signal.

Mapped into memory they would kill whoever looks at what is gone (SIGBUS).
"""

from pathlib import Path

import pytest
from app_support import home_of
from killing import Nursery

from engine.training.train import TrainRequest, train

CUTS = """
import os
from engine.training import checkpoint, state, tensor_file

number, at = [0], {at}

class Cut(tensor_file.TensorFile):
    def read_into(self, name, tensor):
        number[0] += 1
        if number[0] == at:
            for path in {paths!r}:
                os.truncate(path, {left})
        super().read_into(name, tensor)

tensor_file.TensorFile = Cut
import sys
sys.argv = ["sigma-tui", *{words!r}]
from sigma_tui.main import run
run()
"""
"""Cuts the files right before the tensor of a number is read."""


@pytest.mark.parametrize(("at", "left"), [(1, 0), (2, 9), (4, 5_000)])
def test_a_checkpoint_that_is_cut_short_while_it_is_read(
    nursery: Nursery, small, tmp_path: Path, at: int, left: int
) -> None:
    home = home_of(small.run, small.library, tmp_path)
    path = home.runs / "tiny" / "model.safetensors"
    words = ["recommend", "tiny", "--user", "u03", "--device", "cpu"]
    cut = CUTS.format(at=at, paths=[str(path)], left=left, words=words)
    ended = nursery.run(tmp_path, code=cut)
    assert ended.is_refusal, ended
    assert "became shorter while it was read" in ended.said and "copy the file anew" in ended.said


def state_of_a_stopped_training(small, folder: Path) -> Path:
    settings = {"dim": 16, "epochs": 3, "interest_negatives": 0, "initial": "random"}
    request = TrainRequest(small.library, folder / "runs", "small", name="mine",
                           settings=settings, device="cpu")  # fmt: skip
    train(request, should_stop=lambda: True)
    return folder / "runs" / "mine" / "state.safetensors"


def test_a_state_that_is_cut_short_while_a_training_goes_on(
    nursery: Nursery, small, tmp_path: Path
) -> None:
    path = state_of_a_stopped_training(small, tmp_path)
    words = ["train", "--resume", "mine", "--library", str(small.library), "--device", "cpu"]
    ended = nursery.run(tmp_path, code=CUTS.format(at=4, paths=[str(path)], left=900, words=words))
    assert ended.is_refusal, ended
    assert "became shorter while it was read" in ended.said


def test_files_cut_short_after_they_were_read_harm_nobody(
    nursery: Nursery, small, tmp_path: Path
) -> None:
    """What was read is held in memory: Adam's moments would otherwise lie in the file."""
    path = state_of_a_stopped_training(small, tmp_path)
    code = f"""
import os
from pathlib import Path
from engine.training import trainer
from engine.training.train import resume

load = trainer.load_state
def loaded(*arguments):
    found = load(*arguments)
    os.truncate({str(path)!r}, 0)
    return found
trainer.load_state = loaded
print(resume(Path({str(path.parent)!r}), library=Path({str(small.library)!r}), device="cpu"))
"""
    ended = nursery.run(tmp_path, code=code)
    assert ended.status == 0 and "finished=True" in ended.said, ended
