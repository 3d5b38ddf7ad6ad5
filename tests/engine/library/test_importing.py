"""Import of every format: real files, real traps."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from engine.errors import LibraryError, SourceError
from engine.library.importing import ImportReport, ImportRequest, import_source
from engine.library.library import Library

AMAZON = {
    "Beauty": (22_363, 12_101, 198_502),
    "Toys_and_Games": (19_412, 11_924, 167_597),
    "Office_Products": (4_905, 2_420, 53_258),
}


def put(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(folder: Path, source: Path, **options: object) -> ImportReport:
    request = ImportRequest(source, str(options.pop("name", "it")), **options)  # type: ignore[arg-type]
    return import_source(folder / "library.duckdb", request)


def sequences(folder: Path, name: str = "it") -> dict[str, list[str]]:
    """Every user's items by label, as the library gives them back."""
    with Library.open(folder / "library.duckdb") as library:
        read = library.interactions(name)
    bounds = read.offsets.tolist()
    return {
        user: [read.item_labels[item - 1] for item in read.items[bounds[u] : bounds[u + 1]]]
        for u, user in enumerate(read.users)
    }


@pytest.mark.parametrize("name", AMAZON)
def test_the_papers_datasets_have_the_papers_counts(data, tmp_path, name) -> None:
    summary = load(tmp_path, data / "amazon" / f"{name}.txt").summary
    assert (summary.users, summary.items, summary.interactions) == AMAZON[name]
    assert summary.first is None
    assert summary.rejected == 0


def test_item_zero_of_office_is_an_item(data, tmp_path) -> None:
    load(tmp_path, data / "amazon" / "Office_Products.txt")
    read = sequences(tmp_path)
    first = (data / "amazon" / "Office_Products.txt").read_text().splitlines()[0].split()
    assert read[first[0]] == first[1:]
    assert any("0" in items for items in read.values())


@pytest.mark.parametrize("name", ["Office_Products", "Beauty"])  # Beauty spans row groups
def test_sequences_are_given_back_exactly(data, tmp_path, name) -> None:
    source = data / "amazon" / f"{name}.txt"
    load(tmp_path, source)
    lines = [line.split() for line in source.read_text().splitlines()]
    assert sequences(tmp_path) == {line[0]: line[1:] for line in lines}


def test_movielens_csv_brings_titles_and_genres_of_the_file_beside_it(data, tmp_path) -> None:
    report = load(tmp_path, data / "ml-latest-small" / "ratings.csv", min_rating=4.0, k_core=5)
    assert report.items_recognition is not None
    assert report.rules[0].text == "rating at least 4"
    assert report.rules[0].before.interactions == 100_004
    last = report.rules[-1].after
    assert (report.summary.users, report.summary.items) == (last.users, last.items)
    with Library.open(tmp_path / "library.duckdb") as library:
        catalogue = library.catalogue("it")
        read = library.interactions("it")
    films = dict(zip(catalogue.titles, catalogue.categories, strict=True))
    assert films["Toy Story (1995)"] == ("Adventure", "Animation", "Children", "Comedy", "Fantasy")
    assert min(catalogue.popularity) >= 5
    assert min(read.offsets[1:] - read.offsets[:-1]) >= 5
    assert list(catalogue.popularity) == sorted(catalogue.popularity, reverse=True)


def test_recbole_files_bring_their_items(data, tmp_path) -> None:
    report = load(tmp_path, data / "ml-100k-recbole" / "ml-100k.inter")
    assert report.recognition.format == "recbole"
    assert (report.summary.users, report.summary.items) == (943, 1682)
    with Library.open(tmp_path / "library.duckdb") as library:
        catalogue = library.catalogue("it")
    about = dict(zip(catalogue.labels, catalogue.categories, strict=True))
    assert about["1"] == ("Animation", "Children's", "Comedy")


def test_latin_1_movies_are_items_of_made_ratings(data, tmp_path) -> None:
    source = put(tmp_path / "ratings.dat", "1::73::5::10\n1::1::4::20\n2::73::3::30\n")
    load(tmp_path, source, items=data / "ml-1m" / "movies.dat")
    with Library.open(tmp_path / "library.duckdb") as library:
        titles = library.catalogue("it").titles
    assert "Misérables, Les (1995)" in titles


def test_amazon_reviews_with_repeats(data, tmp_path) -> None:
    source = data / "amazon-reviews" / "AMAZON_FASHION_5.json"
    kept = load(tmp_path, source)
    first = load(tmp_path, source, duplicates="first", replace=True)
    assert kept.summary.interactions == 3_176
    assert (kept.summary.users, kept.summary.items) == (406, 31)
    pairs = {
        (row["reviewerID"], row["asin"]) for row in map(json.loads, source.read_text().splitlines())
    }
    assert first.summary.interactions == len(pairs)


def test_order_is_time_then_file_order_in_any_file_order(tmp_path) -> None:
    source = put(
        tmp_path / "r.csv", "user,item,timestamp\na,late,9\na,x,5\na,y,5\nb,z,1\na,early,1\n"
    )
    load(tmp_path, source)
    assert sequences(tmp_path) == {"a": ["early", "x", "y", "late"], "b": ["z"]}


@pytest.mark.parametrize(
    ("times", "first"),
    [
        (("1441324800", "1441324801"), "2015-09-04T00:00:00+00:00"),
        (("1441324800000", "1441324801000"), "2015-09-04T00:00:00+00:00"),
        (("2015-09-04", "2015-09-05"), "2015-09-04T00:00:00+00:00"),
        (("2015-09-04 00:00:00", "2015-09-05T01:00:00"), "2015-09-04T00:00:00+00:00"),
    ],
)
def test_times_in_many_forms(tmp_path, times, first) -> None:
    source = put(tmp_path / "r.csv", f"user,item,time\na,x,{times[0]}\na,y,{times[1]}\n")
    assert load(tmp_path, source).summary.first == first


def test_the_only_broken_row_is_kept_with_line_and_reason(tmp_path) -> None:
    """DuckDB refuses it in its scan then, before our own tests."""
    source = put(tmp_path / "r.csv", "user,item,rating,time\na,x,4,1\na,y,five,2\nb,x,3,3\n")
    report = load(tmp_path, source)
    assert [(reject.line, reject.reason) for reject in report.rejects] == [
        (3, "the rating is not a number")
    ]


def test_rows_that_cannot_be_read_are_kept_with_line_and_reason(tmp_path) -> None:
    source = put(
        tmp_path / "r.csv",
        "user,item,rating,timestamp\n"
        "a,x,5,1\n"
        "a,y,bad,2\n"
        "a,z\n"
        ",x,4,3\n"
        "a,w,4,never\n"
        "b,x,nan,3\n"
        "b,x,4,3\n",
    )
    report = load(tmp_path, source)
    assert report.summary.interactions == 2
    assert report.summary.rejected == 5
    assert [(reject.line, reject.reason) for reject in report.rejects] == [
        (3, "the rating is not a number"),
        (4, "missing columns"),
        (5, "no user"),
        (6, "the time is neither a number nor a date"),
        (7, "the rating is not a number"),
    ]


def test_a_decimal_comma_is_one_where_no_comma_divides_columns(tmp_path) -> None:
    source = put(
        tmp_path / "r.csv",
        "user;was;sterne\nann;Heat;4,5\nann;Up;3\nbob;Up;2,5\nbob;X;x\nbob;Y;1,234\nbob;Z;,5\n",
    )
    report = load(tmp_path, source, roles={"item": "was", "rating": "sterne"}, min_rating=3)
    # 1,234 may be more than a thousand: it is refused, as x is.
    assert sequences(tmp_path) == {"ann": ["Heat", "Up"]} and report.summary.rejected == 3


def test_a_lone_quote_does_not_swallow_the_rest(tmp_path) -> None:
    source = put(tmp_path / "r.csv", 'user,item\na,"x\nb,y\nc,z\n')
    assert sequences_of(tmp_path, source) == {"a": ['"x'], "b": ["y"], "c": ["z"]}


def sequences_of(folder: Path, source: Path, **options: object) -> dict[str, list[str]]:
    load(folder, source, **options)
    return sequences(folder)


@pytest.mark.thorough
def test_parquet_jsonl_tsv_gzip_and_headerless_csv_agree(tmp_path) -> None:
    expected = {"a": ["x", "y"], "b": ["x"]}
    rows = [("a", "x", 1), ("a", "y", 2), ("b", "x", 3)]
    tsv = "user_id\titem_id\ttimestamp\n" + "".join(f"{u}\t{i}\t{t}\n" for u, i, t in rows)
    sources = [
        put(tmp_path / "r.tsv", tsv),
        put(tmp_path / "r.tsv.gz", gzip.compress(tsv.encode())),
        put(tmp_path / "bom.csv", "\ufeff" + tsv.replace("\t", ";")),
        put(tmp_path / "utf16.csv", tsv.encode("utf-16")),
        put(
            tmp_path / "r.jsonl",
            "".join(json.dumps({"user": u, "item": i, "ts": t}) + "\n" for u, i, t in rows),
        ),
        put(tmp_path / "bare.csv", "".join(f"{u},{i},5.0,{1441324800 + t}\n" for u, i, t in rows)),
    ]
    parquet = tmp_path / "r.parquet"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE r (uid VARCHAR, asin VARCHAR, time INTEGER)")
        connection.executemany("INSERT INTO r VALUES (?, ?, ?)", rows)
        connection.execute(f"COPY r TO '{parquet}' (FORMAT parquet)")
    for number, source in enumerate([*sources, parquet]):
        load(tmp_path, source, name=f"d{number}")
        assert sequences(tmp_path, f"d{number}") == expected, source.name


def test_equal_data_has_an_equal_fingerprint_whatever_the_format(tmp_path) -> None:
    csv = put(tmp_path / "r.csv", "user,item\na,x\na,y\nb,x\n")
    text = put(tmp_path / "r.txt", "a x y\nb x\n")
    other = put(tmp_path / "o.txt", "a y x\nb x\n")
    prints = [
        load(tmp_path, source, name=source.name).summary.fingerprint
        for source in (csv, text, other)
    ]
    assert prints[0] == prints[1] != prints[2]


def test_a_table_or_query_of_a_duckdb_file(tmp_path) -> None:
    path = tmp_path / "mine.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE clicks (user_id INTEGER, item_id INTEGER, ts INTEGER)")
        connection.execute("INSERT INTO clicks VALUES (1, 10, 1), (1, 11, 2), (2, 10, 3)")
        connection.execute("CREATE TABLE other (a INTEGER)")
    assert sequences_of(tmp_path, path, table="clicks") == {"1": ["10", "11"], "2": ["10"]}
    query = "SELECT * FROM clicks WHERE user_id = 1"
    assert sequences_of(tmp_path, path, query=query, replace=True) == {"1": ["10", "11"]}
    with pytest.raises(SourceError, match="clicks, other"):
        load(tmp_path, path, replace=True)
    with pytest.raises(SourceError, match="Did you mean 'clicks'"):
        load(tmp_path, path, table="click", replace=True)


def test_named_columns_and_the_nearest_name(tmp_path) -> None:
    source = put(tmp_path / "r.csv", "who,what,n\na,x,1\nb,y,2\n")
    with pytest.raises(SourceError, match="--user COLUMN"):
        load(tmp_path, source)
    assert sequences_of(tmp_path, source, roles={"user": "who", "item": "what"}) == {
        "a": ["x"],
        "b": ["y"],
    }
    with pytest.raises(SourceError, match="Did you mean 'what'"):
        load(tmp_path, source, roles={"user": "who", "item": "whatt"}, replace=True)


def test_hostile_labels_and_titles_are_kept_as_data(tmp_path) -> None:
    rows = [("u'; DROP TABLE users;--", "[REC]"), ("../../x", "\x1b[31m"), ("七", "🎬")]
    source = put(
        tmp_path / "r.jsonl",
        "".join(json.dumps({"user": u, "item": i, "title": i}) + "\n" for u, i in rows),
    )
    assert sequences_of(tmp_path, source) == {user: [item] for user, item in rows}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"user\na\nb\n", "one column"),
        (b"\x7fELF\0\0\1\2", "binary"),
        (b"user,item\n", "no interactions left"),
        (b"user,user,item\na,b,c\n", "twice"),
        (b"PAR1 but not really", "damaged Parquet"),
        (b"\x1f\x8b broken", "cannot be read"),
    ],
)
def test_bad_files_are_one_sentence_and_change_nothing(tmp_path, content, said) -> None:
    good = put(tmp_path / "good.csv", "user,item\na,x\n")
    load(tmp_path, good, name="good")
    before = (tmp_path / "library.duckdb").read_bytes()
    with pytest.raises(SourceError, match=said) as caught:
        load(tmp_path, put(tmp_path / "bad", content), name="bad")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "library.duckdb").read_bytes() == before


def test_missing_files_directories_and_taken_names(tmp_path) -> None:
    good = put(tmp_path / "good.csv", "user,item\na,x\n")
    with pytest.raises(SourceError, match="no file"):
        load(tmp_path, tmp_path / "none.csv")
    with pytest.raises(SourceError, match="directory"):
        load(tmp_path, tmp_path)
    load(tmp_path, good)
    with pytest.raises(LibraryError, match="--replace"):
        load(tmp_path, good)
    with pytest.raises(LibraryError, match="name"):
        load(tmp_path, good, name="../x")
    with pytest.raises(SourceError, match="5-core"):
        load(tmp_path, good, name="other", k_core=5)


def test_replacing_leaves_one_dataset_and_no_rest(tmp_path) -> None:
    load(tmp_path, put(tmp_path / "a.csv", "user,item\na,x\nb,y\n"))
    load(tmp_path, put(tmp_path / "b.csv", "user,item\nc,z\n"), replace=True)
    assert sequences(tmp_path) == {"c": ["z"]}
    with duckdb.connect(tmp_path / "library.duckdb", read_only=True) as connection:
        for table in ("users", "items", "interactions", "datasets"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
    assert not list(tmp_path.glob(".import-*"))
