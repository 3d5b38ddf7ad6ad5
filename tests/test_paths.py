"""Paths as people type them."""

from pathlib import Path

import pytest

from sigma_tui.typed.paths import common_start, completions, typed_path


def offered(text: str) -> list[str]:
    return [one.text for one in completions(text, lambda: False)]


def test_directories_come_first_and_hidden_ones_only_when_asked_for(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Ratings.csv").write_text("12345")
    (tmp_path / "raw").mkdir()
    (tmp_path / ".raw").mkdir()
    (tmp_path / "other.csv").write_text("")
    assert offered("") == ["raw/", "other.csv", "Ratings.csv"]
    assert offered("ra") == ["raw/", "Ratings.csv"]
    assert offered(".r") == [".raw/"]
    assert offered(f"{tmp_path}/R") == [f"{tmp_path}/raw/", f"{tmp_path}/Ratings.csv"]
    assert [one.size for one in completions("R", lambda: False)] == [None, 5]


@pytest.mark.parametrize("text", ["/nowhere/at/all/x", "a\x00b/c", "~nobody-is-called-so/x"])
def test_where_nothing_is_nothing_is_offered(text: str) -> None:
    assert offered(text) == []


def test_what_is_out_of_date_is_given_up(tmp_path) -> None:
    (tmp_path / "a").write_text("")
    assert completions(f"{tmp_path}/", lambda: True) == []


def test_the_common_start_ends_where_completions_differ(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ratings-1.csv", "ratings-2.csv"):
        (tmp_path / name).write_text("")
    assert common_start(completions("r", lambda: False)) == "ratings-"
    assert common_start(completions("ratings-1", lambda: False)) == "ratings-1.csv"


def test_a_part_of_a_path_is_completed_however_it_was_dropped(tmp_path) -> None:
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data" / "ratings.csv").write_text("")
    whole = [f"{tmp_path}/my data/ratings.csv"]
    for dressed in ("{}/my data/r", " '{}/my data/r'", '"{}/my data/r', "{}/my\\ data/r "[:-1],
                    "file://{}/my%20data/r"):  # fmt: skip
        assert offered(dressed.format(tmp_path)) == whole, dressed


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", None),
        ("  ", None),
        ("a.csv", Path("a.csv")),
        ("'/a b/c.csv' ", Path("/a b/c.csv")),
        ('"/a b/c.csv"', Path("/a b/c.csv")),
        ("/a\\ b/c.csv", Path("/a b/c.csv")),
        ("file:///a%20b/c.csv", Path("/a b/c.csv")),
        ("~/x", Path.home() / "x"),
        ("~nobody-is-called-so/x", Path("~nobody-is-called-so/x")),
    ],
)
def test_what_a_terminal_puts_around_a_path_is_taken_off(text: str, path: Path | None) -> None:
    assert typed_path(text) == path
