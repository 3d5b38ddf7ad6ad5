"""A draft tells before an import what the import will do."""

import random
from pathlib import Path

import duckdb
import pytest

from engine.errors import SourceError
from engine.library import private
from engine.library.draft import Draft, Kept, Look
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Counts, Library


def ratings(path: Path, lines: int = 400) -> Path:
    """Forty users and thirty items, with repeats, low ratings and times out of order."""
    chance = random.Random(3)
    text = ["user,item,rating,timestamp"]
    text += [
        f"u{chance.randrange(40)},i{chance.randrange(30)},{chance.randrange(1, 6)},"
        f"{1_000_000 + chance.randrange(10_000)}"
        for _ in range(lines)
    ]
    path.write_text("\n".join(text), encoding="utf-8")
    return path


def drafted(draft: Draft, request: ImportRequest) -> tuple[Look, Kept]:
    look = draft.look(request)
    return look, draft.keep(request, look)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"min_rating": 3.0},
        {"duplicates": "last"},
        {"k_core": 5},
        {"min_rating": 2.0, "duplicates": "first", "k_core": 4, "order": "file"},
    ],
)
def test_a_draft_counts_what_the_import_keeps(tmp_path, rules) -> None:
    library = tmp_path / "library.duckdb"
    request = ImportRequest(ratings(tmp_path / "r.csv"), "it", **rules)
    with Draft(library) as draft:
        _, kept = drafted(draft, request)
    report = import_source(library, request)
    assert kept.rules == report.rules
    left = (report.summary.users, report.summary.items, report.summary.interactions)
    assert kept.left == Counts(*left)


def test_a_rule_that_was_tried_leaves_no_trace_on_the_next_one(tmp_path) -> None:
    source = ratings(tmp_path / "r.csv")
    with Draft(tmp_path / "library.duckdb") as draft:
        _, first = drafted(draft, ImportRequest(source, "it"))
        strict = ImportRequest(source, "it", min_rating=5, duplicates="last", k_core=9)
        assert drafted(draft, strict)[1].left.interactions == 0
        assert drafted(draft, ImportRequest(source, "it"))[1] == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]


def test_first_rows_are_shown_as_they_are_read(tmp_path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\na,7,4.5,0\nb,8,x,60\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n7,Heat,Crime|Drama\n8,Up,\n")
    with Draft(tmp_path / "library.duckdb") as draft:
        look, kept = drafted(draft, ImportRequest(tmp_path / "ratings.csv", "it"))
        assert look.items is not None
        assert kept.rows[0].title == "Heat"
        assert kept.rows[0].categories == ("Crime", "Drama")
        assert kept.rows[0].time == "1970-01-01T00:00:00+00:00"
        assert kept.rejected == 1
        assert (kept.rejects[0].source, kept.rejects[0].line) == ("ratings.csv", 3)
        alone = ImportRequest(tmp_path / "ratings.csv", "it", companion=False)
        look, kept = drafted(draft, alone)
        assert look.items is None
        assert kept.rows[0].title is None


def test_a_long_file_shows_its_first_rows_before_it_is_read(tmp_path) -> None:
    source = ratings(tmp_path / "r.csv", lines=20_000)
    with Draft(tmp_path / "library.duckdb") as draft:
        look, kept = drafted(draft, ImportRequest(source, "it"))
    assert len(look.rows) == 20
    assert look.rows == kept.rows


def test_roles_that_cannot_be_told_are_asked_for_and_can_be_given(tmp_path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("who,what,n\na,x,1\nb,y,2\n")
    with Draft(tmp_path / "library.duckdb") as draft:
        assert draft.look(ImportRequest(source, "it")).missing == ("user", "item")
        named = ImportRequest(source, "it", roles={"user": "who", "item": "what"})
        look, kept = drafted(draft, named)
    assert look.missing == ()
    assert kept.rows[0].user == "a"


def test_a_role_can_be_taken_away_and_a_column_has_one_role(tmp_path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("user,item,timestamp,name\na,x,9,one\na,y,1,two\n")
    request = ImportRequest(source, "it", roles={"time": None, "item": "name", "title": None})
    with Draft(tmp_path / "library.duckdb") as draft:
        look, kept = drafted(draft, request)
    assert look.found is not None
    assert dict(look.found.roles) == {"user": "user", "item": "name"}
    assert [row.item for row in kept.rows] == ["one", "two"]


def test_a_title_column_of_the_source_itself_can_be_named(tmp_path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("user,item,label\na,x,The X\n")
    library = tmp_path / "library.duckdb"
    import_source(library, ImportRequest(source, "it", roles={"title": "label"}))
    with Library.open(library) as opened:
        assert opened.catalogue("it").titles == ["The X"]


def test_the_order_of_the_file_can_be_kept_with_its_times(tmp_path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("user,item,timestamp\na,late,9\na,early,1\n")
    library = tmp_path / "library.duckdb"
    summary = import_source(library, ImportRequest(source, "it", order="file")).summary
    assert summary.options["order"] == "file order"
    assert summary.first == "1970-01-01T00:00:01+00:00"
    with Library.open(library) as opened:
        read = opened.interactions("it")
    assert [read.item_labels[item - 1] for item in read.items] == ["late", "early"]


def test_tables_of_a_database_are_told_and_one_is_drafted(tmp_path) -> None:
    source = tmp_path / "some.duckdb"
    with duckdb.connect(source) as connection:
        connection.execute('CREATE TABLE a AS SELECT 1 AS "user", 2 AS item')
        connection.execute("CREATE TABLE b AS SELECT 1 AS x")
    with Draft(tmp_path / "library.duckdb") as draft:
        look = draft.look(ImportRequest(source, "it"))
        assert (look.found, look.tables) == (None, ("a", "b"))
        look, kept = drafted(draft, ImportRequest(source, "it", table="a"))
        assert kept.left.interactions == 1


def test_a_file_that_vanishes_or_is_written_anew_is_noticed(tmp_path) -> None:
    source = ratings(tmp_path / "r.csv")
    request = ImportRequest(source, "it")
    with Draft(tmp_path / "library.duckdb") as draft:
        look, kept = drafted(draft, request)
        source.write_text(source.read_text() + "\nnew,new,1,5\n")
        look, more = drafted(draft, request)
        assert more.read.interactions == kept.read.interactions + 1
        source.unlink()
        with pytest.raises(SourceError, match="no file"):
            draft.keep(request, look)


def test_want_of_memory_is_a_sentence(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(private, "MEMORY_LIMIT", "1MB")
    request = ImportRequest(ratings(tmp_path / "r.csv", lines=5_000), "it")
    with Draft(tmp_path / "library.duckdb") as draft:
        look = draft.look(request)
        with pytest.raises(SourceError, match="not enough memory"):
            draft.keep(request, look)
    with pytest.raises(SourceError, match="not enough memory"):
        import_source(tmp_path / "library.duckdb", request)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]
