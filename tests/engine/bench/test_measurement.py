"""Timings: median, spread, ratios of neighbours."""

import pytest
import torch

from engine.bench import matrix_rate
from engine.bench.measurement import Timing, ratio, seconds_of


def test_median_and_spread() -> None:
    timing = Timing.of([3.0, 1.0, 2.0, 10.0, 2.5])
    assert timing.median == 2.5
    assert timing.as_json() == {"median": 2.5, "p5": 1.2, "p95": 8.6, "repeats": 5}
    assert Timing.of([4.0]).as_json() == {"median": 4.0, "p5": 4.0, "p95": 4.0, "repeats": 1}


def test_ratios_are_of_neighbours() -> None:
    found = ratio(Timing.of([2.0, 9.0]), Timing.of([1.0, 3.0]))
    assert found.values == (2.0, 3.0)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        ratio(Timing.of([1.0]), Timing.of([1.0, 2.0]))


def test_the_device_is_waited_for_before_and_after() -> None:
    told: list[str] = []
    spent = seconds_of(lambda: told.append("work"), lambda: told.append("wait"))
    assert told == ["wait", "work", "wait"] and spent >= 0


def test_the_rate_of_products_tells_before_each_measurement(monkeypatch) -> None:
    monkeypatch.setattr(matrix_rate, "SIDE", 32)
    monkeypatch.setattr(matrix_rate, "SECONDS", 0.001)
    told: list[str] = []
    timing = matrix_rate.matrix_rate(torch.device("cpu"), torch.float32, 2, tell=told.append)
    assert told[0] == "warming up, 1 of 3" and told[-2:] == ["1 of 2", "2 of 2"]
    assert len(timing.values) == 2 and timing.median > 0
