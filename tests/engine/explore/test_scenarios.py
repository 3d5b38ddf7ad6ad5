"""Scenarios on disk: they stay, whatever else is in the file or has become of the data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ScenarioError
from engine.explore.scenarios import KeptScenarios, exported
from engine.explore.versions import Version
from engine.library.contents import Interactions

LABELS = ["a", "b", "[/] c", "d\x1b[31m", "e", "f"]
DATA = Interactions(
    "films", "f", ["u"], LABELS, np.array([1, 2, 3], dtype=np.int32), np.array([0, 3])
)
ORIGINAL = (1, 2, 3)


def kept(folder: Path, user: str | None = "414", data: Interactions = DATA) -> KeptScenarios:
    return KeptScenarios(folder, data, user, ORIGINAL)


def edited() -> Version:
    return Version.of(ORIGINAL).insert(1, 5).remove(0).mute(1).swap(2, 6).move(0, 2)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    cut = Version.of(ORIGINAL).until(1)
    kept(tmp_path).keep(" no horror ", edited())
    kept(tmp_path).keep("that day", cut)
    first, second = kept(tmp_path).read()
    assert (first.name, first.version, first.missing) == ("no horror", edited(), 0)
    assert (second.name, second.version) == ("that day", cut)


def test_a_name_is_used_once_and_keeps_its_place(tmp_path: Path) -> None:
    shelf = kept(tmp_path)
    shelf.keep("one", Version.of(ORIGINAL))
    shelf.keep("two", edited())
    names = [one.name for one in shelf.keep("one", edited())]
    assert names == ["one", "two"]
    assert shelf.read()[0].version == edited()
    assert [one.name for one in shelf.remove("one")] == ["two"]
    assert [one.name for one in shelf.remove("one")] == ["two"]


def test_users_and_datasets_have_their_own(tmp_path: Path) -> None:
    kept(tmp_path).keep("mine", edited())
    assert not kept(tmp_path, user="415").read()
    assert not kept(tmp_path, user=None).read()
    assert not kept(tmp_path, data=replace(DATA, name="books")).read()


def test_after_another_import_items_are_found_by_their_labels(tmp_path: Path) -> None:
    kept(tmp_path).keep("one", edited())
    other = replace(DATA, item_labels=["x", *LABELS[:4], LABELS[5]])  # e is gone
    found = KeptScenarios(tmp_path, other, "414", (2, 3, 4)).read()[0]
    assert found.missing == 1
    assert found.version.items == (6,)  # b is muted
    assert [(one.item, one.origin) for one in found.version.entries] == [(3, 1), (6, 2)]


def test_where_the_history_is_another_one_nothing_claims_a_place_in_it(tmp_path: Path) -> None:
    kept(tmp_path).keep("one", Version.of(ORIGINAL))
    found = KeptScenarios(tmp_path, DATA, "414", (1, 4)).read()[0]
    assert [entry.origin for entry in found.version.entries] == [0, None, None]
    assert found.version.rows()  # can be drawn


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_impossible_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="1 to 60"):
        kept(tmp_path).keep(name, edited())
    assert not list(tmp_path.iterdir())


GOOD = {"name": "n", "original": ["a"], "entries": [["a", 0, False]], "cut": False}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"format": "other", "version": 1, "scenarios": []}',
        *(
            json.dumps({"format": "sigma-tui scenarios", "version": 1, "scenarios": [GOOD | bad]})
            for bad in (
                {"name": 3}, {"name": "x" * 61}, {"name": ""}, {"original": "abc"},
                {"original": [1]}, {"entries": None}, {"entries": [["a", "0", False]]},
                {"entries": [["a", True, False]]}, {"entries": [["a", 0]]}, {"cut": 1},
            )
        ),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_and_never_written_over(tmp_path: Path, content: str) -> None:
    shelf = kept(tmp_path)
    shelf.path.write_text(content)
    with pytest.raises(ScenarioError, match="Move the file away"):
        shelf.read()
    with pytest.raises(ScenarioError):
        shelf.keep("new", edited())
    assert shelf.path.read_text() == content


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    shelf = kept(tmp_path)
    shelf.path.write_text('{"format": "sigma-tui scenarios", "version": 2, "scenarios": 7}')
    with pytest.raises(ScenarioError, match="newer"):
        shelf.read()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*LABELS, "gone", "\ud800"]),
            st.none() | st.integers(-1, 3) | st.just(2**70),
            st.booleans(),
        ).map(list),
        max_size=8,
    ),
    st.just(LABELS[:3]) | st.lists(st.sampled_from([*LABELS, "gone"]), max_size=5),
)
def test_whatever_a_file_claims_the_sequence_can_be_drawn(
    tmp_path_factory, entries, original
) -> None:
    shelf = kept(tmp_path_factory.mktemp("any"))
    one = {"name": "n", "original": original, "entries": entries, "cut": True}
    content = {"format": "sigma-tui scenarios", "version": 1, "scenarios": [one]}
    shelf.path.write_text(json.dumps(content))
    found = shelf.read()[0]
    assert len(found.version.entries) + found.missing == len(entries)
    assert found.version.edits() == sum(bool(r.mark) or r.muted for r in found.version.rows())
    origins = [entry.origin for entry in found.version.entries if entry.origin is not None]
    assert len(set(origins)) == len(origins)
    assert all(1 <= item <= len(LABELS) for item in found.version.items)


def test_an_export_has_every_line_with_its_mark(tmp_path: Path) -> None:
    found = kept(tmp_path).keep("one", Version.of(ORIGINAL).remove(0).swap(0, 4))
    told = exported(found, DATA, [label.upper() for label in LABELS], "414")
    assert told["user"] == "414"
    lines = told["scenarios"][0]["lines"]
    assert [line["mark"] for line in lines] == ["-", "~", ""]
    assert lines[1]["was"] == {"item": "b", "title": "B"}
    assert json.loads(json.dumps(told)) == told


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScenarioError, match="cannot be written"):
        kept(tmp_path / "file").keep("one", edited())
