"""Columns that no name tells: values say which is the time and which the rating."""

from pathlib import Path

import pytest

from engine.library.by_values import are_ratings, are_times
from engine.library.importing import ImportRequest, import_source
from engine.library.recognition import look_at, with_roles

SECONDS = [str(1_600_000_000 + 86_400 * day) for day in range(30)]


def file(path: Path, header: str, *columns: list[str]) -> Path:
    rows = zip(*columns, strict=True)
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("values", "times"),
    [
        (SECONDS, True),
        ([f"{second}000" for second in SECONDS], True),
        ([f"{second}.5" for second in SECONDS], True),
        (["2024-02-29", "2023-01-01"] * 5, True),
        (["2024-02-29 23:59:59", "2023-01-01T00:00:00.5Z", "2023-01-01 00:00+01"] * 2, True),
        (["2024"] * 10, False),
        (["1600000000"] * 10, False),  # one and the same: a shop, a device
        ([str(1_000_000_000 + 37_000_000 * one) for one in range(30)], False),  # over 34 years
        ([str(one) for one in range(30)], False),
        ([*SECONDS, "later"], False),
        (["nan", "inf", *SECONDS], False),
        (SECONDS[:3], False),
        ([], False),
    ],
)
def test_times_are_told_by_values(values: list[str], times: bool) -> None:
    assert are_times(values) is times


@pytest.mark.parametrize(
    ("values", "ratings"),
    [
        (["1", "5", "3"] * 4, True),
        (["0.5", "4.5", "10"] * 4, True),
        (["5"] * 12, False),
        ([str(one) for one in range(10)], False),  # each once: numbers of lines
        (["-1", "1"] * 6, False),
        (["1", "50"] * 6, False),
        ([*["1", "2", "3"] * 6, "nan"], False),
        (["1", "x"] * 6, False),
    ],
)
def test_ratings_are_told_by_values(values: list[str], ratings: bool) -> None:
    assert are_ratings(values) is ratings


USERS = [f"p{number // 6}" for number in range(30)]
ITEMS = [f"s{number % 7}" for number in range(30)]
RATINGS = [str(1 + number % 5) for number in range(30)]


def test_values_tell_what_unknown_names_do_not_and_it_is_said(tmp_path: Path) -> None:
    source = file(tmp_path / "x.csv", "a,b,c,d", USERS, ITEMS, SECONDS, RATINGS)
    found = look_at(source)
    assert found.roles == {"time": "c", "rating": "d"}
    assert found.why.endswith("; by its values c is the time and d is the rating")
    chosen = with_roles(found, {"user": "a", "item": "b"})
    assert chosen.roles == {"user": "a", "item": "b", "time": "c", "rating": "d"}
    assert with_roles(found, {"time": None}).roles == {"rating": "d"}
    assert with_roles(found, {"user": "d"}).roles == {"user": "d", "time": "c"}


def test_names_come_first_and_are_not_said_to_be_told_by_values(tmp_path: Path) -> None:
    source = file(tmp_path / "x.csv", "user,item,timestamp,seen", USERS, ITEMS, SECONDS, SECONDS)
    found = look_at(source)
    assert found.roles["time"] == "timestamp" and "values" not in found.why


def test_of_columns_that_look_alike_none_is_taken_until_others_have_a_role(tmp_path: Path) -> None:
    numbers = [str(1 + number // 6) for number in range(30)]  # users, five of them
    source = file(tmp_path / "x.csv", "a,b,c,d", numbers, ITEMS, RATINGS, SECONDS)
    found = look_at(source)
    assert found.roles == {"time": "d"}
    assert with_roles(found, {"user": "a"}).roles == {"user": "a", "time": "d", "rating": "c"}


def test_without_a_header_the_time_may_come_before_the_rating(tmp_path: Path) -> None:
    source = file(tmp_path / "x.csv", "p0,s0,1600000000,4", USERS, ITEMS, SECONDS, RATINGS)
    found = look_at(source)
    assert found.roles == {"user": "user", "item": "item", "time": "time", "rating": "rating"}
    assert found.columns == ("user", "item", "time", "rating")
    usual = file(tmp_path / "y.csv", "p0,s0,4,1600000000", USERS, ITEMS, RATINGS, SECONDS)
    assert look_at(usual).columns == ("user", "item", "rating", "time")


def test_what_values_tell_orders_the_import(tmp_path: Path) -> None:
    source = file(tmp_path / "x.csv", "who,what,c,d", USERS, ITEMS, SECONDS[::-1], RATINGS)
    request = ImportRequest(source, "x", roles={"user": "who", "item": "what"})
    summary = import_source(tmp_path / "library.duckdb", request).summary
    assert summary.first is not None and str(summary.first).startswith("2020-09-13")
    assert summary.rejected == 0
