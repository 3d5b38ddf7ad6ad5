"""Edits as values: whatever was done to a sequence can be said in edits and done again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import QuestionError
from engine.explore.edits import Edit, after, steps_to
from engine.explore.versions import Version


def test_one_edit_of_every_kind_is_found_again() -> None:
    start = Version.of((1, 2, 3, 4))
    assert steps_to(start) == ()
    for edit in (Edit("add", None, 9), Edit("insert", 1, 9), Edit("replace", 2, 9),
                 Edit("move", 0, None, 3), Edit("remove", 1), Edit("mute", 3),
                 Edit("until", 1)):  # fmt: skip
        assert steps_to(edit.of(start)) == (edit,), edit


def test_until_here_keeps_what_really_came_next() -> None:
    cut = Version.of((1, 2, 3, 4)).until(1)
    again = after(Version.of((1, 2, 3, 4)), steps_to(cut))
    assert again == cut
    assert again.next_of_original() == 3


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "insert", "remove", "move", "replace", "mute", "until"]),
        st.integers(0, 7),
        st.integers(0, 7),
        st.integers(1, 5),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 5), max_size=6), EDITS)
def test_any_way_of_editing_can_be_said_in_steps(original: list[int], edits) -> None:
    version = Version.of(original)
    for kind, place, to, item in edits:
        count = len(version.entries)
        if kind == "add":
            version = Edit("add", None, item).of(version)
        elif kind == "insert":
            version = version.insert(min(place, count), item)
        elif count:
            at = min(place, count - 1)
            version = {
                "remove": lambda v, at=at: v.remove(at),
                "move": lambda v, at=at, to=to: v.move(at, min(to, len(v.entries) - 1)),
                "replace": lambda v, at=at, item=item: v.swap(at, item),
                "mute": lambda v, at=at: v.mute(at),
                "until": lambda v, at=at: v.until(at),
            }[kind](version)
    again = after(Version.of(original), steps_to(version))
    assert again.entries == version.entries
    assert again.rows() == version.rows()
    if version.entries:  # of nothing there is nothing that came next
        assert again.next_of_original() == version.next_of_original()


def test_an_edit_that_is_none_is_a_sentence() -> None:
    for edit in (Edit("move", 1), Edit("add"), Edit("remove"), Edit("mute", 1, 2)):
        with pytest.raises(QuestionError, match="not an edit"):
            edit.of(Version.of((1, 2, 3)))
    with pytest.raises(QuestionError, match="no place 9"):
        Edit("remove", 8).of(Version.of((1, 2, 3)))
