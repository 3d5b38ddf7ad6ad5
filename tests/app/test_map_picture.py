"""The map as text: dots, outlines and marks stand where the numbers say."""

import numpy as np
import pytest
from rich.style import Style

from engine.explore.projection import Projection
from engine.explore.scene import Region, Scene
from sigma_tui.look.looks import ON_DARK
from sigma_tui.widgets.map_picture import Look, Wanted, draw
from sigma_tui.widgets.viewport import Viewport

LOOK = Look(ON_DARK, "#9aa7b8", "#d9dee7", "#10141b", Style(bgcolor="#10141b"))


def scene(points, owners=None, regions=(), sequence=(), state=None) -> Scene:
    table = np.zeros((len(points) + 1, 2), dtype=np.float32)
    table[1:] = points
    projection = Projection(np.zeros(2), np.eye(2), np.array([0.6, 0.2]), table)
    known = None if owners is None else np.array([0, *owners], dtype=np.int16)
    kind = "none" if owners is None else "catalogue"
    return Scene(projection, tuple(sequence), known, tuple(regions), state, "posterior", kind)


def view(width=20, height=10, x=0.0, y=0.0, scale=1.0) -> Viewport:
    return Viewport(x, y, scale, width, height, scale)


def drawn(a_scene, a_view, recommended=(), lit=None) -> list[str]:
    picture = draw(Wanted(a_scene, (0, 1), a_view, tuple(recommended), lit, LOOK))
    lines = [line.text for line in picture.lines]
    assert [line.cell_length for line in picture.lines] == [a_view.width] * a_view.height
    assert all(len(line) == a_view.width for line in lines)
    return lines


def colour_at(a_scene, a_view, column, row, **wanted) -> str:
    picture = draw(Wanted(a_scene, (0, 1), a_view, (), wanted.get("lit"), LOOK))
    place = 0
    for segment in picture.lines[row]:
        place += len(segment.text)
        if place > column:
            return segment.style.color.name.upper()
    raise AssertionError("beyond the line")


def test_every_dot_of_a_cell_has_its_own_place() -> None:
    look = view(width=1, height=1)  # two dots by four, the origin between them
    for across in range(2):
        for down in range(4):
            point = (across - 1 + 0.5, -(down - 2 + 0.5))
            bit = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]][down][across]
            assert drawn(scene([point]), look) == [chr(0x2800 + bit)]


def test_a_cell_has_the_colour_of_most_of_its_items() -> None:
    at = [(0.2, 0.2), (0.3, 0.3), (0.4, 0.4), (-9.0, 0.0)]
    those = scene(at, owners=[2, 2, 1, 0])
    look = view()
    assert colour_at(those, look, *look.cell(np.array(at[0]))) == ON_DARK[2]
    lit = colour_at(those, look, *look.cell(np.array(at[0])), lit=1)
    assert lit == ON_DARK[1]
    assert "".join(drawn(those, look, lit=0)).strip(" ") != ""
    assert "".join(drawn(scene(at[:3], owners=[2, 2, 1]), look, lit=0)).strip(" ") == ""


def test_an_outline_is_one_standard_deviation_away() -> None:
    region = Region(0, 0.5, np.array([2.0, 1.0]), np.array([[36.0, 0.0], [0.0, 9.0]]))
    look = view(width=40, height=20)
    lines = drawn(scene([(1e3, 1e3)], owners=[0], regions=[region]), look)
    centre = look.cell(region.centre)
    assert lines[centre[1]][centre[0]] == "A"
    for step in ((6.0, 0.0), (-6.0, 0.0), (0.0, 3.0), (0.0, -3.0)):
        column, row = look.cell(region.centre + step)
        around = {lines[row + y][column + x] for x in (-1, 0, 1) for y in (-1, 0, 1)}
        assert around - {" "}, step
    column, row = look.cell(region.centre + np.array([9.0, 0.0]))
    assert lines[row][column] == " "


def test_marks_do_not_hide_each_other() -> None:
    crowd = [(0.0, 0.0)] * 10
    lines = drawn(scene(crowd), view(), recommended=[(n, n) for n in range(1, 11)])
    digits = [[c if c.isdigit() else " " for c in line] for line in lines]
    found = sorted(int(word) for line in digits for word in "".join(line).split())
    assert found == list(range(1, 11))


def test_what_lies_outside_is_pointed_to_from_the_edge() -> None:
    far = [
        Region(0, 0.9, np.array([500.0, 0.0]), None),
        Region(1, 0.1, np.array([0, -500.0]), None),
    ]
    state = Region(None, 1.0, np.array([-500.0, 900.0]), None)
    lines = drawn(scene([(0, 0)], owners=[0], regions=far, state=state), view())
    assert lines[5].endswith("A▸")
    assert "B▾" in lines[-1]
    assert lines[0].startswith("◂z")


def test_the_sequence_is_marked_and_its_last_item_differently() -> None:
    lines = drawn(scene([(-6.0, 0.0), (6.0, 0.0), (0.0, 8.0)], sequence=[1, 2]), view())
    text = "".join(lines)
    assert (text.count("●"), text.count("◉")) == (1, 1)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (0, 5), (3, 0), (2, 1)])
def test_no_size_is_too_small(size) -> None:
    region = Region(0, 0.5, np.zeros(2), np.eye(2))
    known = scene([(0, 0), (1, 1)], owners=[0, 30], regions=[region], sequence=[1], state=region)
    drawn(known, view(*size), recommended=[(1, 2), (10, 1)])


def test_a_view_finds_its_points_again() -> None:
    look = Viewport.around(np.array([[-3.0, 2.0], [5.0, 9.0]]), 33, 17)
    for column, row in ((0, 0), (32, 16), (7, 11)):
        assert look.cell(np.array(look.point(column, row))) == (column, row)
    for corner in ((-3.0, 2.0), (5.0, 9.0), (-3.0, 9.0)):
        assert look.shows(*look.cell(np.array(corner)))


def test_zooming_keeps_the_cell_it_is_around() -> None:
    look = Viewport.around(np.array([[-3.0, 2.0], [5.0, 9.0]]), 33, 17)
    point = look.point(20, 4)
    for factor in (1.5, 0.5, 1e9, 1e-9):
        assert look.zoomed(factor, 20, 4).point(20, 4) == pytest.approx(point)
    assert look.zoomed(1e9, 0, 0).zoom == pytest.approx(200)
    assert look.moved(3, -2).point(0, 0) == pytest.approx(look.point(3, -2))
