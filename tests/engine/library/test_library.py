"""The library file: reading, removing, locks, versions."""

import shutil
import subprocess
import sys
from pathlib import Path
from threading import Timer

import duckdb
import pytest

from engine.errors import LibraryError
from engine.library.file import InUseError
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library

ROOT = Path(__file__).parents[3]


def filled(folder: Path, *names: str) -> Path:
    source = folder / "r.csv"
    source.write_text("user,item\na,x\na,y\nb,x\n")
    for name in names:
        import_source(folder / "library.duckdb", ImportRequest(source, name))
    return folder / "library.duckdb"


def test_a_reader_of_a_missing_library_sees_it_empty_and_creates_nothing(tmp_path) -> None:
    path = tmp_path / "library.duckdb"
    with Library.open(path) as library:
        assert library.datasets() == []
        with pytest.raises(LibraryError, match="is empty"):
            library.summary("x")
    assert not path.exists()


def test_an_unknown_dataset_suggests_the_nearest(tmp_path) -> None:
    path = filled(tmp_path, "films", "books")
    with Library.open(path) as library, pytest.raises(LibraryError, match="Did you mean 'films'"):
        library.interactions("film")


def test_removing_one_leaves_the_other(tmp_path) -> None:
    path = filled(tmp_path, "one", "two")
    with Library.open(path, write=True) as library:
        library.remove("one")
    with Library.open(path) as library:
        assert [dataset.name for dataset in library.datasets()] == ["two"]
        assert library.interactions("two").users == ["a", "b"]


def test_two_readers_at_once_and_a_writer_that_is_told_who_reads(tmp_path) -> None:
    path = filled(tmp_path, "one")
    code = (
        "from pathlib import Path; from engine.library.library import Library; import time\n"
        f"l = Library.open(Path({str(path)!r})); print(len(l.datasets()), flush=True)\n"
        "time.sleep(60)\n"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "1\n"
        with Library.open(path) as library:
            assert len(library.datasets()) == 1
        with pytest.raises(LibraryError, match=f"process {reader.pid}"):
            Library.open(path, write=True)
    finally:
        reader.kill()
        reader.wait()


def test_foreign_and_damaged_files_and_newer_formats_are_refused(tmp_path) -> None:
    path = tmp_path / "library.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(LibraryError):
        Library.open(path)
    path.unlink()
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE mine (a INTEGER)")
    with pytest.raises(LibraryError, match="not a sigma-tui library"):
        Library.open(path)
    path.unlink()
    filled(tmp_path, "one")
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE library SET version = 99")
    with pytest.raises(LibraryError, match="format 99"):
        Library.open(path)


def test_reading_twelve_thousand_items_is_exact(data, tmp_path) -> None:
    source = data / "amazon" / "Beauty.txt"
    import_source(tmp_path / "library.duckdb", ImportRequest(source, "beauty"))
    with Library.open(tmp_path / "library.duckdb") as library:
        read, catalogue = library.interactions("beauty"), library.catalogue("beauty")
    assert read.items.min() == 1
    assert read.items.max() == len(catalogue.labels) == 12_101
    assert read.offsets[-1] == len(read.items) == 198_502
    assert int(catalogue.popularity.sum()) == 198_502


def test_a_writer_may_wait_for_a_reader_beside(small, tmp_path) -> None:
    path = Path(shutil.copy(small.library, tmp_path))
    reader = Library.open(path)
    with pytest.raises(InUseError):
        Library.open(path, write=True)
    Timer(0.3, reader.close).start()
    with Library.open(path, write=True, patience=30) as library:
        library.remove("small")
    with Library.open(path) as library:
        assert library.datasets() == []
