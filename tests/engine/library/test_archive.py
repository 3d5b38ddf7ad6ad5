"""Zips: the wanted members alone, within a bound, whatever else the archive says."""

import random
import struct
import zipfile
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from engine.errors import SourceError
from engine.library.archive import unpack

WANTED = {"d/ratings.dat": "ratings.dat", "d/movies.dat": "movies.dat"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def zipped(tmp_path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def good(tmp_path: Path) -> Path:
    return zipped(tmp_path, {"d/ratings.dat": b"1::2::3::4\n" * 500, "d/movies.dat": b"2::T::G\n"})


def test_only_the_wanted_members_come_out_and_nothing_lands_outside(tmp_path, out) -> None:
    path = zipped(
        tmp_path,
        {
            "../outside.txt": b"no",
            "/tmp/absolute.txt": b"no",
            "d/README": b"no",
            "d/movies.dat": b"films",
            "d/ratings.dat": b"ratings",
        },
    )
    unpack(path, WANTED, out, limit=100)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == {
        "ratings.dat": b"ratings",
        "movies.dat": b"films",
    }
    assert sorted(file.name for file in tmp_path.iterdir()) == ["made.zip", "out"]


def test_a_bomb_is_refused_before_anything_is_written(tmp_path, out) -> None:
    path = zipped(tmp_path, {"d/ratings.dat": bytes(20 << 20), "d/movies.dat": b"films"})
    assert path.stat().st_size < 100_000
    with pytest.raises(SourceError, match="unpacks to more than the 1,000,000 bytes"):
        unpack(path, WANTED, out, limit=1_000_000)
    assert not list(out.iterdir())


def test_a_bomb_that_hides_its_size_brings_no_more_than_it_says(tmp_path, out) -> None:
    path = zipped(tmp_path, {"d/ratings.dat": bytes(20 << 20), "d/movies.dat": b"films"})
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")  # of the first member in the central directory
    struct.pack_into("<I", content, entry + 24, 1000)  # its size when unpacked
    path.write_bytes(content)
    with pytest.raises(SourceError, match="damaged archive"):
        unpack(path, WANTED, out, limit=1_000_000)
    assert sum(file.stat().st_size for file in out.iterdir()) <= 1000


def test_a_member_that_is_missing_double_or_locked_is_named(tmp_path, out) -> None:
    with pytest.raises(SourceError, match=r"has 0 files 'd/movies.dat'"):
        unpack(zipped(tmp_path, {"d/ratings.dat": b"r"}), WANTED, out, limit=100)
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path, {"d/ratings.dat": b"r", "d/movies.dat": b"m"})
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("d/movies.dat", b"another")
    with pytest.raises(SourceError, match=r"has 2 files 'd/movies.dat'"):
        unpack(path, WANTED, out, limit=100)
    path = good(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # encrypted
    path.write_bytes(content)
    with pytest.raises(SourceError, match="encrypted"):
        unpack(path, WANTED, out, limit=10_000)
    path = zipped(tmp_path, {"d/ratings.dat": b"r", "d/movies.dat": b"m"}, zipfile.ZIP_LZMA)
    with pytest.raises(SourceError, match="unusual way"):
        unpack(path, WANTED, out, limit=100)


def test_a_damaged_archive_is_a_sentence_whatever_the_damage(tmp_path) -> None:
    chance = random.Random(11)
    whole = good(tmp_path).read_bytes()
    path, refused = tmp_path / "damaged.zip", 0
    for number in range(400):
        content = bytearray(whole)
        if number % 4 == 0:
            del content[chance.randrange(len(content)) :]
        for _ in range(chance.randrange(1, 6)):
            if content:
                content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        out = tmp_path / f"out{number}"
        out.mkdir()
        try:
            unpack(path, WANTED, out, limit=10_000)
        except SourceError:
            refused += 1
        assert sum(file.stat().st_size for file in out.iterdir()) <= 10_000
    assert refused > 200


def test_a_caller_may_stop_at_every_piece(tmp_path, out) -> None:
    def stop() -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        unpack(good(tmp_path), WANTED, out, limit=10_000, tick=stop)
