"""The training benchmark on made data: what it reports is what was run."""

import pytest
import torch

from engine.bench.made_data import made_sequences
from engine.bench.training import time_to_recall, training_speed, where_time_goes
from engine.models.registry import build, model_settings
from engine.training.settings import TrainingSettings

SETTINGS = model_settings("sigma", {"dim": 16, "interest_negatives": 32, "categories": 2})
TRAINING = TrainingSettings(batch_positions=256, epochs=3)


def test_made_data_has_the_size_asked_for_and_a_popular_few() -> None:
    made = made_sequences(500, 20_000, mean_length=12.0, seed=3)
    assert int(made.items.min()) >= 1 and int(made.items.max()) <= 500
    assert abs(len(made.items) / 20_000 - 1) < 0.1
    assert int(made.lengths.min()) >= 3
    counts = torch.bincount(made.items, minlength=501).sort(descending=True).values
    assert int(counts[0]) > 20 * int(counts[250])
    assert torch.equal(made.items, made_sequences(500, 20_000, mean_length=12.0, seed=3).items)


@pytest.mark.thorough
def test_speed_is_reported_beside_the_rate_and_the_floor_of_the_same_run() -> None:
    made = made_sequences(100, 3_000)
    model = build("sigma", 100, SETTINGS, 0)
    before = model.state_dict()["table.embedding.weight"].clone()
    found = training_speed(model, SETTINGS, TRAINING, made, epochs=2, steps=3)
    assert not torch.equal(model.state_dict()["table.embedding.weight"], before)
    assert found.steps == 3 < found.whole_steps
    assert len(found.seconds.values) == 2
    assert found.precision in found.rates and "float32" in found.rates
    for name, times in found.ratios.items():
        assert times.values[0] == found.seconds.values[0] / found.floors[name].values[0]


@pytest.mark.thorough
def test_the_time_to_a_recall_ends_when_it_is_reached_or_the_epochs_are_over() -> None:
    made = made_sequences(100, 3_000)
    torch.manual_seed(0)
    easy = time_to_recall(build("sigma", 100, SETTINGS, 0), TRAINING, made, 0.0001)
    assert easy.seconds is not None and easy.seconds == easy.curve[-1][0]
    hard = time_to_recall(build("sigma", 100, SETTINGS, 0), TRAINING, made, 1.0)
    assert hard.seconds is None and hard.epochs == len(hard.curve) == 3


def test_the_profile_names_what_a_step_spends_its_time_on() -> None:
    made = made_sequences(100, 3_000)
    spent = where_time_goes(build("sigma", 100, SETTINGS, 0), TRAINING, made, steps=2, top=5)
    assert len(spent.operations) == 5 and spent.device == 0
    times = [one.host for one in spent.operations]
    assert times == sorted(times, reverse=True) and times[-1] > 0
    assert sum(times) < spent.host < 1.2 * spent.seconds
    assert all(one.calls >= 0.5 for one in spent.operations)
