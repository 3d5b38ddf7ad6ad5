"""Overlap of two lists, held against sums made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.explore.overlap import overlap_at, rank_biased_overlap

LISTS = st.lists(st.integers(1, 30), min_size=1, max_size=12, unique=True)


def agreement(first: list[int], second: list[int], depth: int) -> float:
    return len(set(first[:depth]) & set(second[:depth])) / depth


def test_overlap_counts_what_is_in_both_beginnings() -> None:
    assert overlap_at([1, 2, 3, 4], [3, 1, 9, 8], 2) == 0.5
    assert overlap_at([1, 2, 3, 4], [3, 1, 9, 8], 4) == 0.5
    assert overlap_at([1, 2], [1, 2], 10) == 1.0
    assert overlap_at([1, 2], [1], 10) == 0.5
    assert overlap_at([], [], 10) is None


def test_lists_of_two_by_hand() -> None:
    """Agreements 1 and 1/2: .1/.9 · (1 · .9 + ½ · .81) + ½ · .81."""
    assert rank_biased_overlap([1, 2], [1, 3]) == pytest.approx(0.1 / 0.9 * (0.9 + 0.405) + 0.405)


def test_a_longer_list_by_hand() -> None:
    """The paper's (32) with s = 1, l = 2: overlaps 0 and 1."""
    p = 0.8
    expected = (1 - p) / p * (0 * p + 1 / 2 * p**2 + 0 * p**2) + ((1 - 0) / 2 + 0 / 1) * p**2
    assert rank_biased_overlap([2], [1, 2], p) == pytest.approx(expected)


def test_what_only_one_list_goes_on_with_is_no_disagreement() -> None:
    assert rank_biased_overlap([1], [1, 2, 3]) == pytest.approx(1)
    assert rank_biased_overlap([1, 2], [2, 1, 3, 4, 5]) == pytest.approx(
        rank_biased_overlap([1, 2], [2, 1])
    )


def test_without_anything_to_compare_there_is_no_number() -> None:
    assert rank_biased_overlap([], [1, 2]) is None


@given(LISTS, LISTS)
def test_equally_long_lists_agree_as_a_very_long_sum_does(first, second) -> None:
    depth = min(len(first), len(second))
    first, second = first[:depth], second[:depth]
    last = agreement(first, second, depth)
    endless = sum(
        0.1 * 0.9 ** (d - 1) * (agreement(first, second, d) if d <= depth else last)
        for d in range(1, 400)
    )
    assert rank_biased_overlap(first, second) == pytest.approx(endless, abs=1e-9)


@given(LISTS, LISTS)
def test_it_is_symmetric_and_between_nothing_and_all(first, second) -> None:
    found = rank_biased_overlap(first, second)
    assert found == pytest.approx(rank_biased_overlap(second, first))
    assert -1e-12 <= found <= 1 + 1e-12
    assert rank_biased_overlap(first, first) == pytest.approx(1)
    assert rank_biased_overlap(first, [item + 100 for item in second]) == pytest.approx(0)
    assert overlap_at(first, second, 5) == overlap_at(second, first, 5)
