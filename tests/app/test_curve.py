"""A line of braille dots, and the numbers beside it."""

import math

import pytest
from app_support import text_of
from textual.app import App, ComposeResult

from sigma_tui.screens.training import WAITS
from sigma_tui.widgets.curve import draw_curve
from sigma_tui.widgets.curves_pane import CurvesView, number


def test_a_line_goes_from_corner_to_corner() -> None:
    assert draw_curve([(1, 0.0), (4, 1.0)], 2, 1, across=(1, 4), up=(0, 1)) == ["⡠⠊"]
    assert draw_curve([(1, 1.0), (4, 0.0)], 2, 1, across=(1, 4), up=(0, 1)) == ["⠑⢄"]


def test_a_steep_step_is_one_line_without_gaps() -> None:
    rows = draw_curve([(0, 0.0), (1, 9.0)], 1, 3, across=(0, 1), up=(0, 9))
    assert all(row != "⠀" for row in rows) and len(rows) == 3


def test_one_point_and_a_level_line_are_drawn_in_the_middle() -> None:
    assert draw_curve([(5, 2.0)], 2, 1, across=(5, 5), up=(2, 2)) == ["⠠⠀"]
    level = draw_curve([(1, 2.0), (9, 2.0)], 3, 1, across=(1, 9), up=(2, 2))
    assert len(set(level[0])) == 1 and level[0] != "⠀⠀⠀"


def test_what_is_not_a_number_is_left_out_and_what_lies_outside_is_at_the_edge() -> None:
    points = [(1, math.inf), (2, math.nan), (3, 5.0)]
    assert draw_curve(points, 2, 1, across=(1, 4), up=(0, 1)) == draw_curve(
        [(3, 1.0)], 2, 1, across=(1, 4), up=(0, 1)
    )
    assert draw_curve([], 2, 2, across=(1, 4), up=(0, 1)) == ["⠀⠀", "⠀⠀"]
    assert draw_curve([(1, 1.0)], 0, 2, across=(1, 4), up=(0, 1)) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.18431, ".1843"), (6.46541, "6.4654"), (779.54, "779.54"), (8.0, "8"), (0, "0"),
     (4.3e-5, "4.3e-05"), (123456.7, "1.2e+05"), (-0.25, "-.2500"), (610.4975, "610.50"),
     (10.5, "10.500"), (11.7778, "11.778"), (-779.54, "-779.54"), (9999.96, "10000"),
     (math.inf, "∞"),
     (math.nan, "–")],
)  # fmt: skip
def test_numbers_fit_beside_a_curve(value, said) -> None:
    assert number(value) == said
    assert len(said) <= 7


@pytest.mark.asyncio
async def test_before_the_first_point_a_narrow_view_says_all_of_what_it_waits_for() -> None:
    class Waiting(App[None]):
        def compose(self) -> ComposeResult:
            yield CurvesView(WAITS)

    async with Waiting().run_test(size=(38, 8)) as pilot:  # half of 80 cells, without the border
        assert WAITS in " ".join(text_of(pilot).split())
