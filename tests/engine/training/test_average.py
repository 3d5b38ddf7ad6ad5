"""The running average of the weights."""

import pytest
import torch

from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.training.average import WeightAverage


def model() -> SASRec:
    torch.manual_seed(0)
    return SASRec(5, SASRecSettings(dim=8, heads=2))


def test_the_average_follows_the_weights_and_soon_forgets_the_first() -> None:
    made = model()
    average = WeightAverage(made, 0.9)
    expected = [parameter.detach().clone() for parameter in made.parameters()]
    for step in range(1, 200):
        for parameter in made.parameters():
            parameter.data += torch.randn_like(parameter)
        average.update()
        kept = min(0.9, (1 + step) / (10 + step))
        expected = [
            kept * old + (1 - kept) * new.detach()
            for old, new in zip(expected, made.parameters(), strict=True)
        ]
    for found, wanted in zip(average.averages, expected, strict=True):
        torch.testing.assert_close(found, wanted)


def test_the_model_computes_with_the_average_within_and_with_its_weights_after() -> None:
    made = model()
    average = WeightAverage(made, 0.5)
    made.table.weight.data[1:] = 1.0
    average.update()
    last = {name: value.clone() for name, value in made.state_dict().items()}
    with pytest.raises(ZeroDivisionError), average.in_use():
        assert (made.table.weight[1:] < 1.0).all()
        torch.testing.assert_close(made.table.weight.data, average.averages[0])
        raise ZeroDivisionError
    assert all(torch.equal(value, last[name]) for name, value in made.state_dict().items())


def test_without_an_average_nothing_is_kept() -> None:
    made = model()
    average = WeightAverage(made, 0.0)
    average.update()
    with average.in_use():
        assert average.averages == []
