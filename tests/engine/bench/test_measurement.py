"""Timings: median, spread, ratios of neighbours."""

import pytest

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
