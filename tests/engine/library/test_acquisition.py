"""Known datasets from a loopback server into a library: titles, rules, the cache, kill -9."""

import hashlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import loopback as answers
import pytest
from filelock import FileLock
from loopback import Loopback, serving
from tests_support import ROOT

from engine.errors import LibraryError, SourceError
from engine.experiments import datasets as experiments
from engine.library.acquisition import acquire
from engine.library.download import Bounds
from engine.library.importing import ImportReport
from engine.library.known_datasets import KNOWN, KnownDataset, known_dataset
from engine.library.library import Library
from engine.library.partial_file import Remote

PLAIN = Bounds(schemes=frozenset({"http"}))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def zip_of(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def small_ml_1m() -> bytes:
    """Eight users who rated six films with 4 or 5 and a seventh with 3, packed as ML-1M is."""
    ratings = [
        f"{user}::{film}::{3 if film == 7 else 4 + film % 2}::{1000 + 10 * user + film}"
        for user in range(1, 9)
        for film in range(1, 8)
    ]
    films = ["1::Misérables, Les (1995)::Drama|Musical"]
    films += [f"{film}::Film {film} (1999)::Comedy" for film in range(2, 8)]
    return zip_of(
        {
            "ml-1m/README": random.Random(5).randbytes(400_000),  # so that it takes a while
            "ml-1m/ratings.dat": "\n".join(ratings).encode("latin-1"),
            "ml-1m/movies.dat": "\n".join(films).encode("latin-1"),
        }
    )


def at(server: Loopback, name: str) -> KnownDataset:
    """A known dataset whose file is the server's."""
    content = server.content
    here = Remote(server.url, len(content), hashlib.sha256(content).hexdigest(), "https://page")
    return replace(KNOWN[name], remote=here)


def acquired(server: Loopback, home: Path, known: str = "ml-1m", **more) -> ImportReport:
    return acquire(
        at(server, known),
        downloads=home / "downloads",
        library=home / "library.duckdb",
        bounds=PLAIN,
        **more,
    )


def files(folder: Path) -> list[str]:
    """What is there but for the lock."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_ml_1m_ends_as_a_dataset_with_titles_and_the_right_rules(tmp_path) -> None:
    told: list[str] = []
    with serving(small_ml_1m()) as server:
        report = acquired(server, tmp_path, progress=lambda progress: told.append(progress.step))
    assert (report.summary.users, report.summary.items, report.summary.interactions) == (8, 6, 48)
    assert report.summary.options["min_rating"] == 4
    assert report.summary.options["k_core"] == 5
    assert report.summary.options["source"] == server.url
    assert report.summary.options["items"] == "movies.dat"
    with Library.open(tmp_path / "library.duckdb") as library:
        catalogue = library.catalogue("ml-1m")
    first = catalogue.labels.index("1")
    assert catalogue.titles[first] == "Misérables, Les (1995)"
    assert list(catalogue.categories[first]) == ["Drama", "Musical"]
    assert told[0] == "unpacking"
    # The archive is kept for the next time; what came out of it is not.
    assert files(tmp_path / "downloads") == ["ml-1m.zip"]


def test_ml_100k_gets_the_names_of_its_genres(tmp_path) -> None:
    films = ["1|Cité (1995)|01-Jan-1995||http://x/y?z=(1995)|" + "0|0|0|0|0|1|1" + 12 * "|0"]
    films += [f"{film}|Film {film}||||" + "1" + 18 * "|0" for film in range(2, 7)]
    genres = "".join(f"genre {number}|{number}\n" for number in range(19)) + "\n"
    ratings = [f"{user}\t{film}\t5\t{user + film}" for user in range(7) for film in range(1, 7)]
    members = {"u.data": "\n".join(ratings), "u.item": "\n".join(films) + "\n", "u.genre": genres}
    content = zip_of({f"ml-100k/{name}": text.encode("latin-1") for name, text in members.items()})
    with serving(content) as server:
        report = acquired(server, tmp_path, "ml-100k")
    assert (report.summary.users, report.summary.items, report.summary.interactions) == (7, 6, 42)
    with Library.open(tmp_path / "library.duckdb") as library:
        catalogue = library.catalogue("ml-100k")
    first, second = catalogue.labels.index("1"), catalogue.labels.index("2")
    assert catalogue.titles[first] == "Cité (1995)"
    assert list(catalogue.categories[first]) == ["genre 5", "genre 6"]
    assert list(catalogue.categories[second]) == ["genre 0"]


@pytest.mark.parametrize(
    ("name", "file"),
    [("office", "Office_Products"), ("beauty", "Beauty"), ("toys", "Toys_and_Games")],
)
def test_the_amazon_files_are_those_of_the_paper(data, name, file) -> None:
    content, known = (data / "amazon" / f"{file}.txt").read_bytes(), KNOWN[name]
    assert known.remote.url.endswith(f"/data/{file}.txt")
    assert known.remote.size == len(content)
    assert known.remote.sha256 == hashlib.sha256(content).hexdigest()
    assert known.rows == sum(len(line.split()) - 1 for line in content.splitlines())


def test_a_dataset_that_is_no_archive_is_imported_as_it_is(data, tmp_path) -> None:
    content = (data / "amazon" / "Office_Products.txt").read_bytes()
    with serving(content, file="Office_Products.txt") as server:
        report = acquired(server, tmp_path, "office")
    summary = report.summary
    assert (summary.users, summary.items, summary.interactions) == (4905, 2420, 53258)
    assert (tmp_path / "downloads" / "office.txt").is_file()
    assert experiments.KNOWN["office"].is_it("office", summary)
    assert summary.fingerprint == experiments.KNOWN["office"].fingerprint


def test_a_name_that_is_taken_costs_no_download_and_replace_uses_the_cache(tmp_path) -> None:
    with serving(small_ml_1m()) as server:
        acquired(server, tmp_path, name="ml-1m")
        with pytest.raises(LibraryError, match="--replace"):
            acquired(server, tmp_path)
        acquired(server, tmp_path, replace=True)
        acquired(server, tmp_path, name="films")
        assert len(server.asked) == 1
    with Library.open(tmp_path / "library.duckdb") as library:
        assert [dataset.name for dataset in library.datasets()] == ["films", "ml-1m"]


def test_an_impossible_name_is_refused_before_the_download(tmp_path) -> None:
    with serving(small_ml_1m()) as server:
        with pytest.raises(LibraryError, match="cannot be a dataset's name"):
            acquired(server, tmp_path, name="../x")
        assert not server.asked
    assert not list(tmp_path.iterdir())


def test_a_wrong_checksum_imports_nothing(tmp_path) -> None:
    with serving(small_ml_1m()) as server:
        known = at(server, "ml-1m")
        server.content = bytes([server.content[0] ^ 1]) + server.content[1:]
        with pytest.raises(SourceError, match="SHA-256"):
            acquire(known, downloads=tmp_path / "d", library=tmp_path / "l.duckdb", bounds=PLAIN)
    assert files(tmp_path / "d") == []
    assert not (tmp_path / "l.duckdb").exists()


def test_a_second_download_of_the_same_is_refused_meanwhile(tmp_path) -> None:
    (tmp_path / "downloads").mkdir()
    with (
        serving(small_ml_1m()) as server,
        FileLock(tmp_path / "downloads" / "ml-1m.lock"),
        pytest.raises(SourceError, match="another sigma-tui is getting ml-1m now"),
    ):
        acquired(server, tmp_path)


def test_a_cache_that_cannot_be_written_is_told_in_a_sentence(tmp_path) -> None:
    (tmp_path / "downloads").write_text("a file where the folder should be")
    with serving(small_ml_1m()) as server, pytest.raises(SourceError, match="cannot be used"):
        acquired(server, tmp_path)


@pytest.mark.thorough
def test_kill_9_in_the_middle_of_a_download_and_a_later_one_goes_on(tmp_path) -> None:
    part = tmp_path / "downloads" / "ml-1m.zip.part"
    with serving(small_ml_1m(), answers.slowly(0.01)) as server:
        known = at(server, "ml-1m").remote
        code = (
            "from dataclasses import replace; from pathlib import Path\n"
            "from engine.library.acquisition import acquire\n"
            "from engine.library.download import Bounds\n"
            "from engine.library.known_datasets import KNOWN\n"
            "from engine.library.partial_file import Remote\n"
            f"remote = Remote({known.url!r}, {known.size}, {known.sha256!r}, '')\n"
            "acquire(replace(KNOWN['ml-1m'], remote=remote), "
            f"downloads=Path({str(part.parent)!r}), "
            f"library=Path({str(tmp_path / 'library.duckdb')!r}), "
            "bounds=Bounds(frozenset({'http'})))\n"
        )
        before = 0
        for enough in (20_000, 120_000, 240_000):
            child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
            wait_for(part, enough)
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
            assert server.content.startswith(part.read_bytes())
            assert server.ranges[-1] == (f"bytes={before}-" if before else None)
            before = part.stat().st_size
        stale = part.parent / ".ml-1m.unpacked-stale"  # of one that was killed a little later
        stale.mkdir()
        (stale / "ratings.dat").write_text("1::")
        server.answers = [answers.well]
        report = acquired(server, tmp_path)
        assert server.ranges[-1] == f"bytes={before}-"
    assert report.summary.interactions == 48
    assert files(part.parent) == ["ml-1m.zip"]


def wait_for(part: Path, size: int) -> None:
    deadline = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < size:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN.keys())
def test_what_is_known_is_complete(known) -> None:
    assert known.remote.url.startswith("https://")
    assert known.remote.page.startswith("https://")
    assert re.fullmatch(r"[0-9a-f]{64}", known.remote.sha256)
    assert known.remote.size > 100_000
    assert known.licence.endswith(".")
    assert Path(known.file).name == known.file
    assert known.k_core == 5
    assert known.min_rating == (4 if known.name.startswith("ml-") else None)
    assert all(Path(name).name == name for name in known.members.values())
    if known.members:
        assert known.interactions in known.members.values()
        assert known.unpacked > 1_000_000


@pytest.mark.parametrize("key", experiments.KNOWN)
def test_the_experiments_find_what_was_got_by_its_name_and_rules(key) -> None:
    wanted, got = experiments.KNOWN[key], KNOWN[key]
    assert wanted.min_rating == got.min_rating
    assert wanted.k_core in (None, got.k_core)  # Amazon's files are 5-cores already


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(SourceError, match="Did you mean 'ml-1m'"):
        known_dataset("ml1m")
