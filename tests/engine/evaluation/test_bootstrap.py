"""The paired bootstrap against plain loops and cases whose answer is known."""

import math
import random

import pytest
import torch

from engine.evaluation.bootstrap import paired_difference
from engine.evaluation.metrics import mrr, ndcg, of_users, recall


def test_every_users_part_of_a_metric_has_the_metric_as_its_mean() -> None:
    ranks = torch.tensor([1.0, 2.5, 20.0, 20.5, math.inf])
    assert of_users(ranks, "recall@20").tolist() == [1, 1, 1, 0, 0]
    gains = of_users(ranks, "ndcg@20")
    expected = [1.0, 1 / math.log2(3.5), 1 / math.log2(21), 0, 0]
    assert gains.tolist() == pytest.approx(expected)
    assert float(gains.mean()) == pytest.approx(ndcg(ranks, 20))
    assert recall(ranks, 20) == pytest.approx(0.6)
    assert mrr(ranks) == pytest.approx((1 + 0.4 + 0.05 + 1 / 20.5) / 5)


def slow_interval(first: list[float], second: list[float], resamples: int) -> tuple[float, float]:
    """The same in plain loops, with chance of its own."""
    chance = random.Random(3)
    users = range(len(first))
    means = []
    for _ in range(resamples):
        drawn = [chance.choice(users) for _ in users]
        means.append(sum(first[u] - second[u] for u in drawn) / len(first))
    means.sort()
    return means[int(0.025 * resamples)], means[int(0.975 * resamples)]


def test_the_interval_is_that_of_a_slow_reference() -> None:
    generator = torch.Generator().manual_seed(0)
    first = torch.rand(80, generator=generator)
    second = 0.7 * first + 0.3 * torch.rand(80, generator=generator)
    found = paired_difference(first, second, resamples=4000)
    low, high = slow_interval(first.tolist(), second.tolist(), 4000)
    assert found.mean == pytest.approx(float((first - second).mean()), abs=1e-6)
    width = high - low
    assert found.low == pytest.approx(low, abs=0.06 * width)
    assert found.high == pytest.approx(high, abs=0.06 * width)


def test_pairing_finds_a_small_gain_among_users_of_great_variety() -> None:
    generator = torch.Generator().manual_seed(1)
    hardness = torch.rand(400, generator=generator)
    gain = 0.01 + 0.01 * torch.rand(400, generator=generator)
    assert paired_difference(hardness + gain, hardness).is_clear
    elsewhere = hardness[torch.randperm(400, generator=generator)]
    assert not paired_difference(elsewhere + gain, hardness).is_clear  # not paired


def test_equal_results_differ_by_nothing_and_seeds_are_averaged() -> None:
    same = paired_difference(torch.ones(5), torch.ones(5))
    assert (same.mean, same.low, same.high, same.is_clear) == (0, 0, 0, False)
    first = torch.tensor([[1.0, 0, 1, 0], [0, 1, 1, 0]])
    second = torch.tensor([[0.0, 0, 0, 0], [1, 0, 0, 0]])
    assert paired_difference(first, second).mean == pytest.approx((0 + 0.5 + 1 + 0) / 4)
    with pytest.raises(ValueError, match="same users"):
        paired_difference(torch.ones(5), torch.ones(4))


def test_the_interval_is_the_same_every_time_and_in_whatever_portions(monkeypatch) -> None:
    first, second = torch.rand(50), torch.rand(50)
    whole = paired_difference(first, second)
    assert paired_difference(first, second) == whole
    monkeypatch.setattr("engine.evaluation.bootstrap.DRAWN_AT_ONCE", 500)
    assert paired_difference(first, second) == whole
