"""What-if as values: every edit, undo and redo, and the marks against the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import QuestionError
from engine.explore.versions import Journey, Version

ITEMS = st.lists(st.integers(1, 50), max_size=12)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "remove", "move", "swap", "mute", "until"]),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=12,
)


def edited(version: Version, kind: str, first: int, second: int) -> Version:
    count = len(version.entries)
    if kind == "insert":
        return version.insert(first % (count + 1), second + 1)
    if not count:
        return version
    place = first % count
    if kind == "remove":
        return version.remove(place)
    if kind == "move":
        return version.move(place, second % count)
    if kind == "swap":
        return version.swap(place, second + 1)
    return version.mute(place) if kind == "mute" else version.until(place)


@given(ITEMS, EDITS)
def test_undoing_everything_gives_the_original_and_redoing_the_end(items, edits) -> None:
    journey = Journey.start(items)
    for kind, first, second in edits:
        journey = journey.to(edited(journey.now, kind, first, second))
    end, steps = journey, len(journey.past)
    for _ in range(steps):
        journey = journey.undo()
    assert journey.now == Version.of(items)
    assert journey.undo() is journey
    for _ in range(steps):
        journey = journey.redo()
    assert journey == end


@given(ITEMS, EDITS)
def test_rows_show_every_item_of_both_sequences(items, edits) -> None:
    version = Version.of(items)
    for kind, first, second in edits:
        version = edited(version, kind, first, second)
    rows = version.rows()
    places = [row.place for row in rows if row.place is not None]
    assert places == list(range(len(version.entries)))
    kept = {entry.origin for entry in version.entries} - {None}
    removed = [row.item for row in rows if row.mark == "-"]
    assert sorted(removed) == sorted(item for place, item in enumerate(items) if place not in kept)
    seen = tuple(row.item for row in rows if row.place is not None and not row.muted)
    assert seen == version.items


@given(ITEMS)
def test_an_unedited_sequence_has_no_marks(items) -> None:
    version = Version.of(items)
    assert version.is_original
    assert version.edits() == 0
    assert version.next_of_original() is None


def test_marks_tell_added_removed_replaced_moved_and_muted() -> None:
    version = Version.of([1, 2, 3, 4]).insert(1, 9).remove(4).swap(2, 8).mute(0)
    assert [(row.item, row.mark, row.muted) for row in version.rows()] == [
        (1, "", True),
        (9, "+", False),
        (8, "~", False),
        (3, "", False),
        (4, "-", False),
    ]
    moved = Version.of([1, 2, 3]).move(0, 2)
    assert [(row.item, row.mark) for row in moved.rows()] == [(2, ""), (3, ""), (1, "↕")]


def test_until_here_knows_what_came_next() -> None:
    version = Version.of([5, 6, 7]).until(0)
    assert version.items == (5,)
    assert version.next_of_original() == 6
    assert version.insert(1, 9).next_of_original() is None
    assert Version.of([5, 6, 7]).remove(2).next_of_original() is None
    assert Version.of([5, 6, 7]).until(2).is_original


def test_moving_back_is_the_original_again() -> None:
    version = Version.of([1, 2, 3]).move(0, 1).move(1, 0)
    assert version.is_original


def test_a_place_outside_is_a_sentence() -> None:
    with pytest.raises(QuestionError, match="no place 4"):
        Version.of([1, 2, 3]).remove(3)


def test_an_edit_after_undo_forgets_what_was_undone() -> None:
    journey = Journey.start([1, 2]).to(Version.of([1, 2]).remove(0)).undo()
    assert journey.to(journey.now.remove(1)).redo().now.items == (1,)
