"""The timeline's picture, and the short names of reasons, without a terminal."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sigma_tui.widgets.braille import curve_cells
from sigma_tui.widgets.cells import share
from sigma_tui.widgets.recommendation_line import fitted, short_title
from sigma_tui.widgets.timeline_picture import (
    LEFT,
    RIGHT,
    ROOM_FOR_CHART,
    Timeline,
    cell_of,
    draw_timeline,
    step_at,
)


def drawn(line: Timeline, width: int, height: int, *, focused: bool = False) -> list[str]:
    lines = draw_timeline(line, width, height, colour=lambda _: "red", focused=focused)
    return ["".join(segment.text for segment in line) for line in lines]


def made(steps: int, interests: int) -> Timeline:
    chance = np.random.default_rng(steps)
    mass = chance.random((steps, interests)).cumsum(axis=0)
    intensities = (mass / mass.sum(axis=1, keepdims=True)).astype(np.float32)
    ranks = chance.integers(1, 500, steps).astype(np.float64)
    return Timeline(intensities, ranks, steps, steps - 1, None)


@given(st.integers(20, 200), st.integers(1, 8), st.data())
def test_a_step_is_found_again_under_its_cell(width, steps, data) -> None:
    step = data.draw(st.integers(0, steps - 1))
    cell = cell_of(step, width, steps)
    assert LEFT <= cell < width - RIGHT
    assert step_at(cell, width, steps) == step


@given(st.integers(1, 40), st.integers(0, 30), st.integers(0, 120), st.integers(0, 30))
def test_every_picture_has_the_size_that_was_asked_for(steps, interests, width, height) -> None:
    line = made(steps, interests) if interests else Timeline(
        np.zeros((steps, 0), dtype=np.float32), np.full(steps, np.inf), steps, 0, None
    )  # fmt: skip
    picture = drawn(line, width, height, focused=True)
    assert all(len(text) == width for text in picture)
    assert len(picture) in (0, height)


def test_a_chart_names_its_curves_where_they_end() -> None:
    line = made(30, 6)
    last = line.intensities[-1]
    height = ROOM_FOR_CHART + 4
    picture = drawn(line, 100, height)
    named = ""
    for row, text in enumerate(picture[:-2]):
        assert text[-RIGHT] == " ", "the end of a curve and its name are apart"
        label = text[-RIGHT:].strip()
        letters = label.split()[0] if label else ""
        for letter in letters:
            own = Timeline(line.intensities[:, ["ABCDEF".index(letter)]], None, 30, 29, None)
            scaled = curve_cells(
                own.intensities[:, 0], 88, height - 2, float(line.intensities.max())
            )
            assert scaled[row, -1], f"{letter} ends on another line"
        if len(letters) == 1:
            assert label.endswith(share(float(last["ABCDEF".index(letters)])))
        named += letters
    assert named == "".join("ABCDEF"[category] for category in np.argsort(-last))
    assert picture[-2].startswith(" next ") and set(picture[-2][LEFT:].strip()) <= set("●○·")
    assert picture[-1].rstrip().endswith(f"{int(line.ranks[-1])}")


def test_curves_that_end_together_are_named_by_letters_as_far_as_there_is_room() -> None:
    even = Timeline(np.full((9, 8), 0.125, dtype=np.float32), None, 9, 8, lit=6)
    labels = {text[-RIGHT:] for text in drawn(even, 60, ROOM_FOR_CHART + 4)[:-2]}
    assert labels == {" " * RIGHT, " GABC…"}


def test_the_selected_interest_is_never_left_out() -> None:
    line = made(30, 20)
    weakest = int(line.intensities[-1].argmin())
    lit = Timeline(line.intensities, None, 30, 29, weakest)
    assert drawn(lit, 80, 5)[0].startswith(f" {'ABCDEFGHIJKLMNOPQRST'[weakest]} ")
    assert "…" in drawn(lit, 80, 5)[-1], "ranks that are not known yet"


def test_reasons_are_named_shortly() -> None:
    assert short_title("The Sea-Wolf (Jack London, 1904)") == "Sea-Wolf"
    assert short_title("(1904)") == "(1904)"
    assert short_title("\x1b[31mred (x)") == "␛[31mred"
    assert fitted(["Heat", "Alien", "Up"], 40) == "Heat, Alien, Up"
    assert fitted(["Heat", "Alien", "Up"], 11) == "Heat, Alien"
    assert fitted([], 20) == ""


@given(st.lists(st.text("abc 七", min_size=1, max_size=30), max_size=3), st.integers(16, 40))
def test_two_reasons_are_cut_rather_than_one_left_out(names, room) -> None:
    said = fitted(names, room)
    if len(names) > 1:
        assert ", " in said
        assert cell_len(said.split(", ")[0]) <= room
