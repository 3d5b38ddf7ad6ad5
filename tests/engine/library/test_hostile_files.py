"""Traps in files and in their names, one by one; test_fuzz.py makes them up by the thousand."""

import gzip
import json
import os
import threading
import time
from pathlib import Path

import duckdb
import pytest

from engine.errors import SigmaError, SourceError
from engine.library.draft import Draft
from engine.library.importing import ImportReport, ImportRequest, import_source
from engine.library.library import Library

PLAIN = "user,item,time\na,x,1\nb,y,2\n"


def put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def load(folder: Path, source: Path, **options: object) -> ImportReport:
    """Imports, in less than the ten seconds that are promised."""
    request = ImportRequest(source, "it", replace=True, **options)  # type: ignore[arg-type]
    began = time.process_time()
    try:
        return import_source(folder / "library.duckdb", request)
    finally:
        assert time.process_time() - began < 10


def pairs(folder: Path) -> list[tuple[str, str]]:
    """What was imported: user and item, in the library's order."""
    with Library.open(folder / "library.duckdb") as library:
        read = library.interactions("it")
    owners = [user for user, count in enumerate(read.offsets[1:] - read.offsets[:-1])
              for _ in range(count)]  # fmt: skip
    return [(read.users[user], read.item_labels[item - 1])
            for user, item in zip(owners, read.items.tolist(), strict=True)]  # fmt: skip


def drafted(folder: Path, source: Path) -> list[tuple[str, str]]:
    """As ``pairs``, of what an import would read first."""
    with Draft(folder / "library.duckdb") as draft:
        request = ImportRequest(source, "it")
        return [(row.user, row.item) for row in draft.keep(request, draft.look(request)).rows]


def refusal(folder: Path, source: Path, **options: object) -> str:
    with pytest.raises(SigmaError) as refused:
        load(folder, source, **options)
    said = str(refused.value)
    assert "\n" not in said and len(said) < 1500
    return said


@pytest.mark.parametrize(
    "name",
    ["g*.csv", "g?.csv", "g[1].csv", "[a-z]1.csv", "{g1,g2}.csv", "**/x.csv",
     "user=7/x.csv", "rating=9/item=4/x.csv", "~/x.csv", "$HOME.csv", "a'; DROP TABLE t;--.csv",
     'q"uo"te.csv', "x.csv.gz", "x.zst", "x.bz2", "-rf.csv", "file:x.csv", "s3:/x/y.csv", "七.csv",
     "a\nb.csv", " .csv"],
)  # fmt: skip
def test_the_file_of_that_name_is_read_and_no_other(tmp_path, monkeypatch, name) -> None:
    """To DuckDB ``*`` is a pattern, ``user=7`` a column and ``.gz`` something to unpack."""
    for other in ("g1.csv", "g2.csv", "a1.csv"):
        put(tmp_path / "in" / other, "user,item,time\nOTHER,FILE,3\n")
    source = put(tmp_path / "in" / name, PLAIN)
    assert drafted(tmp_path, source) == [("a", "x"), ("b", "y")]
    if name in ("g*.csv", "~/x.csv", "-rf.csv"):  # names that begin with them
        monkeypatch.chdir(tmp_path / "in")
        assert drafted(tmp_path, Path(name)) == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize("name", ["p*.parquet", "p[1].parquet", "user=7/p.parquet"])
def test_a_parquet_file_of_that_name_is_read_and_no_other(tmp_path, name) -> None:
    other = put(tmp_path / "p1.parquet", b"")
    with duckdb.connect() as connection:
        for user, path in (("OTHER", other), ("a", tmp_path / "made.parquet")):
            connection.execute(f"COPY (SELECT '{user}' AS user, 'x' AS item) TO '{path}'")
    source = put(tmp_path / name, (tmp_path / "made.parquet").read_bytes())
    assert drafted(tmp_path, source) == [("a", "x")]


def test_gzip_is_told_by_content_whatever_the_name(tmp_path) -> None:
    for name in ("plain", "x.csv", "x.gz", "x.parquet"):
        source = put(tmp_path / name, gzip.compress(PLAIN.encode()))
        assert drafted(tmp_path, source) == [("a", "x"), ("b", "y")]


def test_pipes_devices_and_loops_are_refused_and_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "to-zero").symlink_to("/dev/zero")
    good = put(tmp_path / "good.csv", PLAIN)
    said: dict[str, str] = {}

    def ask() -> None:
        for name in ("pipe", "to-pipe", "loop", "to-zero", "nowhere", "a\0b", "n" * 5000):
            said[name] = refusal(tmp_path, tmp_path / name)
        for path in ("/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem", "/"):
            said[path] = refusal(tmp_path, Path(path))
        said["items"] = refusal(tmp_path, good, items=tmp_path / "pipe")
        said["duckdb"] = refusal(tmp_path, tmp_path / "pipe", format="duckdb")
        said["table"] = refusal(tmp_path, tmp_path / "pipe", table="t")
        with Draft(tmp_path / "library.duckdb") as draft, pytest.raises(SourceError):
            draft.look(ImportRequest(tmp_path / "pipe", "it"))
        said["draft"] = ""

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(60)
    assert "draft" in said, f"hangs after {list(said)[-1:]}"
    for name in ("pipe", "to-pipe", "to-zero", "/dev/zero", "/dev/null", "items"):
        assert "not an ordinary file" in said[name], name
    assert "File name too long" in said["n" * 5000]
    assert "no file" in said["loop"] or "symbolic links" in said["loop"]


def test_a_name_that_is_no_text_is_told_in_a_sentence(tmp_path) -> None:
    raw = os.fsencode(tmp_path) + b"/r\xff\x1b[31m.csv"
    Path(os.fsdecode(raw)).write_text(PLAIN)
    said = refusal(tmp_path, Path(os.fsdecode(raw)))
    assert "is not UTF-8" in said and "\x1b" not in said
    said.encode()


def test_a_small_file_that_unpacks_to_a_large_one_is_refused_early(tmp_path) -> None:
    row = b"a,b,5\n" * (1 << 17)
    for name, block in (("bomb.gz", row), ("utf16.gz", row.decode().encode("utf-16-le"))):
        head = "user,item,rating\n".encode("utf-16" if "16" in name else "utf-8")
        # Members one after the other are one file: made in no time, unpacked in minutes.
        packed = gzip.compress(head) + gzip.compress(block) * (2000 << 20 // len(block))
        packed = packed[: 8 << 20]
        said = refusal(tmp_path, put(tmp_path / name, packed))
        assert "unpacks to more than" in said and "gunzip" in said
    with pytest.raises(SourceError, match="cannot be read"):
        load(tmp_path, put(tmp_path / "cut.gz", gzip.compress(PLAIN.encode() * 999)[:-9]))


@pytest.mark.thorough
def test_many_columns_and_long_lines_take_seconds_at_most(tmp_path) -> None:
    def wide(count: int) -> str:
        return ("user,item," + ",".join(f"c{n}" for n in range(count)) + "\n"
                + ("a,b," + "1," * (count - 1) + "1\n") * 3)  # fmt: skip

    assert load(tmp_path, put(tmp_path / "w", wide(10_000))).summary.interactions == 3
    assert "16,384" in refusal(tmp_path, put(tmp_path / "v", wide(30_000)))
    long = PLAIN + f'a,"{"z" * 10_000_000}",3\nc,d,4\n'
    report = load(tmp_path, put(tmp_path / "l", long))
    assert report.summary.interactions == 4 and report.summary.rejected == 0
    lines = '{"user":"a","item":"b","x":"' + "z" * 10_000_000 + '"}\n{"user":"c","item":"d"}\n'
    assert "first 256 KiB" in refusal(tmp_path, put(tmp_path / "j", lines))
    turned = "\n".join(reversed(lines.splitlines())) + "\n"
    assert load(tmp_path, put(tmp_path / "j", turned)).summary.interactions == 2


def test_ratings_and_times_beyond_all_numbers_are_refused_row_by_row(tmp_path) -> None:
    rows = [("nan", 5), ("inf", 5), ("-inf", 5), ("1e999", 5), ("1", "infinity"), ("1", "nan"),
            ("1", "1e300"), ("1", "-infinity"), ("2", "1677-09-20"), ("3", "1969-12-31 23:59:59"),
            ("4", "2262-04-12"), ("5", "9999-12-31"), ("6", "294248-01-01")]  # fmt: skip
    text = "user,item,rating,time\n" + "".join(f"u,i{n},{r},{t}\n" for n, (r, t) in enumerate(rows))
    report = load(tmp_path, put(tmp_path / "r.csv", text))
    assert [item for _, item in pairs(tmp_path)] == ["i8", "i9", "i10", "i11"]
    assert report.summary.rejected == 9
    assert report.summary.first == "1677-09-20T00:00:00+00:00"
    assert report.summary.last == "9999-12-31T00:00:00+00:00"
    lines = [{"user": "u", "item": f"i{n}", "rating": float(r), "time": 7}
             for n, (r, _) in enumerate(rows)]  # fmt: skip
    report = load(tmp_path, put(tmp_path / "r.jsonl", "".join(json.dumps(x) + "\n" for x in lines)))
    assert (report.summary.interactions, report.summary.rejected) == (9, 4)


HOSTILE_LABELS = [
    "'", '"', "';--", "u'; DROP TABLE users; --", "../../etc/passwd", "C:\\x\\..", "$(touch pwned)",
    "`touch pwned`", "%s%n", "{{7*7}}", "=1+1", "@SUM(A1)", "\\", "\\N", "NULL", "nan", "[", "{}",
    "a\tb", "a,b", "a|b", "a;b", "#a", "\x1b]52;c;AAAA\x07", "\u202egnp", "z\u200bw", "ﷺ", "👩‍👩‍👧",
    "\ufeff", " a ", "x" * 70_000,
]  # fmt: skip


def test_hostile_labels_come_back_as_they_are_in_every_format(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [(label, label[::-1] + "i") for label in HOSTILE_LABELS]
    quoted = "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows
    )
    with duckdb.connect("made.duckdb") as connection:
        connection.execute("CREATE TABLE t (user VARCHAR, item VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.execute("COPY t TO 'made.parquet'")
    sources = [
        put(tmp_path / "r.csv", "user,item\n" + quoted),
        put(tmp_path / "u.csv", ("user,item\n" + quoted).encode("utf-16")),
        put(tmp_path / "r.jsonl", "".join(
            json.dumps({"user": user, "item": item}) + "\n" for user, item in rows)),
        tmp_path / "made.parquet",
        tmp_path / "made.duckdb",
    ]  # fmt: skip
    for source in sources:
        report = load(tmp_path, source)
        assert sorted(pairs(tmp_path)) == sorted(rows), source.name
        assert report.summary.rejected == 0
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("user,USER,item\na,b,c\n", "twice"),
        ("user,item,,\na,b,,\n", "twice"),
        (("user,item\na,b\n").encode("utf-16-be").join([b"\xfe\xff", b""]), "iconv"),
        ("user,item\na,b\n".encode("utf-32"), "iconv"),
        ("user,item\na,b\n".encode("utf-16") + b"x", "utf-16"),
        (PLAIN + "a\0b,x,1\n", "binary"),
        ('{"user":' * 40_000 + "1" + "}" * 40_000 + "\n", "first 256 KiB"),
        ('{"user":"a","item":"b","genres":' + "[" * 40_000 + "]" * 40_000 + "}\n", "256 KiB"),
        ("\x1b]52;c;AAAA\x07,\x1b[31m\n1,2\n", "which column"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path, content, said) -> None:
    assert said in refusal(tmp_path, put(tmp_path / "r", content))


def test_json_deeper_than_any_program_follows_is_read_where_it_does_not_matter(tmp_path) -> None:
    deep = '{"user":"a","item":"b"}\n{"user":"a","item":"c","genres":' + "[" * 400_000
    deep += "]" * 400_000 + "}\n" + '{"user":' + '{"a":' * 100_000 + "1" + "}" * 100_001 + "\n"
    report = load(tmp_path, put(tmp_path / "r.jsonl", deep))
    assert pairs(tmp_path)[:2] == [("a", "b"), ("a", "c")]
    assert report.summary.rejected == 1
