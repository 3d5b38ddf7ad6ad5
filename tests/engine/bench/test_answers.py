"""The engine's benchmark asks real questions of a real model."""

import pytest
import torch

from engine.bench import answers
from engine.bench.answers import answer_times


def test_every_question_is_asked_as_often_as_wanted() -> None:
    found = answer_times(200, length=6, repeats=3, device=torch.device("cpu"))
    for timing in vars(found).values():
        assert len(timing.values) == 3 and min(timing.values) > 0


def test_what_takes_long_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LONGEST", 0.0)
    found = answer_times(200, length=6, repeats=50, device=torch.device("cpu"))
    assert {len(timing.values) for timing in vars(found).values()} == {answers.FEWEST}
