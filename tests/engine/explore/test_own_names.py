"""Own names of categories: kept with the run, and harmless whatever the file holds."""

import json
import os

import pytest

from engine.errors import QuestionError, RunError
from engine.explore.explorer import Explorer
from engine.explore.own_names import LARGEST, LONGEST_NAME, OwnNames


def test_a_name_is_there_in_the_next_session_and_goes_again(tmp_path) -> None:
    path = tmp_path / "names.json"
    names = OwnNames(path, 4)
    names.give(2, "  Noir \n and more ")
    assert OwnNames(path, 4).names == {2: "Noir and more"}
    assert json.loads(path.read_text("utf-8")) == {"version": 1, "names": {"2": "Noir and more"}}
    names.give(2, " ")
    assert OwnNames(path, 4).names == {}
    assert [entry.name for entry in tmp_path.iterdir()] == ["names.json"]  # no scratch is left


def test_a_name_that_another_app_gave_meanwhile_stays(tmp_path) -> None:
    first, second = (OwnNames(tmp_path / "names.json", 4) for _ in range(2))
    first.give(0, "one")
    second.give(1, "two")
    assert second.names == {0: "one", 1: "two"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1, 2]",
        b'{"version": 1}',
        b'{"version": 1, "names": ["A"]}',
        b"[" * 60_000,
        b'{"version": 1, "names": {"0": "' + b"x" * LARGEST + b'"}}',
    ],
)
def test_a_damaged_file_is_said_and_not_overwritten(tmp_path, content) -> None:
    path = tmp_path / "names.json"
    path.write_bytes(content)
    names = OwnNames(path, 4)
    assert names.names == {}
    assert "no whole file of names" in names.trouble
    with pytest.raises(RunError, match="Remove it"):
        names.give(0, "mine")
    assert path.read_bytes() == content


def test_a_file_of_a_newer_program_is_left_alone(tmp_path) -> None:
    path = tmp_path / "names.json"
    path.write_text('{"version": 2, "names": {"0": "later"}}')
    names = OwnNames(path, 4)
    assert "Update sigma-tui" in names.trouble
    with pytest.raises(RunError, match="format 2"):
        names.give(0, "mine")
    assert "later" in path.read_text()


def test_hostile_names_are_short_texts_for_categories_that_there_are(tmp_path) -> None:
    path = tmp_path / "names.json"
    given = {"0": "a\nb\x1b[31m", "1": "\ud800[/", "2": "x" * 500, "9": "beyond", "-1": "below",
             "01": "not a number", "3": 5}  # fmt: skip
    path.write_text(json.dumps({"version": 1, "names": given}))
    names = OwnNames(path, 4).names
    assert names == {0: "a b\x1b[31m", 1: "[/", 2: "x" * LONGEST_NAME, 3: "5"}


def test_what_is_no_file_is_not_read(tmp_path) -> None:
    os.mkfifo(tmp_path / "names.json")  # reading it would wait for ever
    assert OwnNames(tmp_path / "names.json", 4).names == {}


def test_a_directory_that_cannot_be_written_is_a_sentence(tmp_path) -> None:
    names = OwnNames(tmp_path / "gone" / "names.json", 4)
    with pytest.raises(RunError, match="cannot be kept"):
        names.give(0, "mine")
    assert names.names == {}
    with pytest.raises(RunError, match="no run directory"):
        OwnNames(None, 4).give(0, "mine")


def test_the_explorer_calls_its_categories_by_them(small, tmp_path) -> None:
    path = tmp_path / "names.json"
    explorer = Explorer.load(small.run, small.library, device="cpu", names=path)
    before = explorer.portraits
    explorer.rename(1, "mine")
    assert (explorer.portraits[1].name, explorer.portraits[1].own) == ("mine", True)
    assert explorer.portraits[0] == before[0]
    again = Explorer.load(small.run, small.library, device="cpu", names=path)
    assert again.portraits == explorer.portraits
    explorer.rename(1, "")
    assert explorer.portraits == before
    with pytest.raises(QuestionError, match="no category 4"):
        explorer.rename(4, "beyond")
