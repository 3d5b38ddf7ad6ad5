"""Labels that look like numbers: each spelling is a label of its own."""

from pathlib import Path

import pytest

from engine.library import staging
from engine.library.importing import ImportReport, ImportRequest, import_source
from engine.library.library import Library

SPELLINGS = ("7", "07", "7.0", "+7", "7e0", "0x7", " 7", "1e2", "100", "1_00", "-0", "0")


@pytest.fixture(autouse=True)
def short_sample(monkeypatch) -> None:
    monkeypatch.setattr(staging, "SAMPLE_ROWS", 3)


def load(folder: Path, lines: list[str], header: str = "user,item,time") -> ImportReport:
    source = folder / "r.csv"
    source.write_text("\n".join([header, *lines]) + "\n")
    return import_source(folder / "library.duckdb", ImportRequest(source, "it", replace=True))


def users_of(folder: Path) -> list[str]:
    with Library.open(folder / "library.duckdb") as library:
        return library.interactions("it").users


@pytest.mark.parametrize("late", SPELLINGS[1:])
def test_a_spelling_met_late_is_a_user_of_its_own(tmp_path, late) -> None:
    plain = ["7", "8", "9", "100", "0"]
    load(tmp_path, [f"{user},1,5" for user in [*plain, late]])
    assert users_of(tmp_path) == [*plain, *([] if late in plain else [late])]


def test_a_date_met_late_is_a_time(tmp_path) -> None:
    summary = load(tmp_path, ["1,1,5", "1,2,6", "1,3,7", "1,4,1970-01-01 00:00:08"]).summary
    assert (summary.interactions, summary.rejected) == (4, 0)
    assert summary.last == "1970-01-01T00:00:08+00:00"


def test_rows_refused_beside_numbers_keep_line_and_text(tmp_path) -> None:
    lines = ["1,1,5", "2,1,6", "3,1,7", "4,,8", ",1,9", "5,1,never", "6", "7,1,10"]
    report = load(tmp_path, lines)
    assert [(reject.line, reject.reason, reject.text) for reject in report.rejects] == [
        (5, "no item", "4 · 8"),
        (6, "no user", "1 · 9"),
        (7, "the time is neither a number nor a date", "5 · 1 · never"),
        (8, "missing columns", "6"),
    ]
    assert users_of(tmp_path) == ["1", "2", "3", "7"]


def test_a_line_longer_than_any_buffer_is_refused_and_not_lost(tmp_path) -> None:
    report = load(tmp_path, ["1,1,5", "9" * 40_000_000 + ",1,5", "2,1,5"])
    assert [(reject.line, reject.reason) for reject in report.rejects] == [
        (3, "line size over maximum")
    ]
    assert users_of(tmp_path) == ["1", "2"]
