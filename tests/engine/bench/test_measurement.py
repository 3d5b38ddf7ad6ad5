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
    monkeypatch.setattr(matrix_rate, "SIDE", 256)
    monkeypatch.setattr(matrix_rate, "SECONDS", 0.001)
    told: list[str] = []
    timing = matrix_rate.matrix_rate(torch.device("cpu"), torch.float32, 2, tell=told.append)
    assert told == ["warming up", "1 of 2", "2 of 2"]
    assert len(timing.values) == 2 and timing.median > 0


@pytest.mark.parametrize(("longest", "largest"), [(1e9, 64), (0.0, 16)])
def test_where_products_take_long_smaller_ones_are_measured(monkeypatch, longest, largest) -> None:
    monkeypatch.setattr(matrix_rate, "SMALLEST", 16)
    monkeypatch.setattr(matrix_rate, "SIDE", 64)
    monkeypatch.setattr(matrix_rate, "SECONDS", 0.001)
    monkeypatch.setattr(matrix_rate, "LONGEST", longest)
    sides, multiply = [], torch.mm
    monkeypatch.setattr(
        torch, "mm", lambda left, right: sides.append(len(left)) or multiply(left, right)
    )
    matrix_rate.matrix_rate(torch.device("cpu"), torch.float32, 2)
    assert sides[0] == 16 and max(sides) == sides[-1] == largest
