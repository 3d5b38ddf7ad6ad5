"""Full disks and places that cannot be written: a sentence, status 1, and nothing is damaged.

A full disk is a bound on the size of any file, at many sizes, which the system enforces in every
write of every library; with ``-m slow`` at a hundred sizes each. Where file systems may be mounted
there is a really full one too.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import SLOW, Nursery, rests
from test_kill_library import held, ratings
from test_kill_training import SETTINGS, trained

from engine.training.checkpoint import load_model
from engine.training.runs import list_runs

SIZES = pytest.mark.parametrize("sizes", [1, pytest.param(100, marks=SLOW)])


def bounds(largest: int, sizes: int) -> list[int]:
    """Sizes of files at which a disk is full, up to what is needed."""
    return [largest * step // (sizes + 1) for step in range(1, sizes + 1)]


@pytest.mark.thorough
@SIZES
def test_import_and_remove_on_a_full_disk(nursery: Nursery, tmp_path: Path, sizes: int) -> None:
    library = tmp_path / "library.duckdb"
    sources = [ratings(tmp_path / f"{rows}.csv", rows) for rows in (80, 30_000)]
    adding = [
        ("data", "import", str(source), "--name", name)
        for source, name in zip(sources, ("old", "new"), strict=True)
    ]
    refused = 0
    for bound in bounds(300_000, sizes):  # the library itself
        shutil.rmtree(tmp_path / "first", ignore_errors=True)
        ended = nursery.run(tmp_path / "first", *adding[0], largest_file=bound)
        assert ended.is_refusal or ended.status == 0, ended.said
        first = tmp_path / "first" / "library.duckdb"
        assert set(held(first)) == (set() if ended.status else {"old"})
        assert rests(tmp_path / "first") == []
        refused += ended.status
    nursery.well(tmp_path, *adding[0])
    before, small = held(library), library.stat().st_size
    nursery.well(tmp_path, *adding[1])
    full, large = held(library), library.stat().st_size
    removing = ("data", "remove", "new", "--yes")
    for bound in bounds(large, sizes):
        for words, then in ((removing, before), (adding[1], full)):
            now = held(library)
            ended = nursery.run(tmp_path, *words, largest_file=bound)
            assert ended.is_refusal or ended.status == 0, ended.said
            assert held(library) == (now if ended.status else then)
            nursery.well(tmp_path, *words) if ended.status else None
            assert held(library) == then
            refused += ended.status
    assert rests(tmp_path) == []
    assert small < large
    assert refused
    print(f"{3 * sizes} times at a bound, {refused} refusals")


@pytest.mark.parametrize("sizes", [pytest.param(100, marks=SLOW)])
def test_training_on_a_full_disk_goes_on(
    nursery: Nursery, small, tmp_path: Path, sizes: int
) -> None:
    there = ("--library", str(small.library))
    nursery.well(tmp_path, "train", "small", *SETTINGS, *there, "--name", "whole")
    whole = tmp_path / "runs" / "whole"
    expected = trained(whole)
    largest = max(path.stat().st_size for path in whole.iterdir())
    for number, bound in enumerate(bounds(largest, sizes)):
        run = tmp_path / "runs" / f"run-{number}"
        again = ("train", "--resume", run.name, *there, "--device", "cpu")
        words = ("train", "small", *SETTINGS, *there, "--name", run.name)
        ended = nursery.run(tmp_path, *words, largest_file=bound)
        assert ended.is_refusal or ended.status == 0, ended.said
        assert run in [one.path for one in list_runs(tmp_path / "runs")] or bound < 1000
        if (run / "model.safetensors").exists():
            load_model(run, device="cpu")
        nursery.well(tmp_path, *(again if run.exists() else words))
        weights, described, epochs = trained(run)
        assert (described, epochs) == expected[1:]
        assert all(weights[key].equal(expected[0][key]) for key in expected[0])
    assert rests(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes, where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_really_full_disk(nursery: Nursery, small, small_disk: Path) -> None:
    source = ratings(small_disk.parent / "new.csv", 80)
    adding = ("data", "import", str(source), "--name", "new")
    training = ("train", "small", *SETTINGS, "--library", str(small.library), "--name", "run")
    nursery.well(small_disk, *adding)
    expected = held(small_disk / "library.duckdb")
    filler = small_disk / "filler"
    for free in (0, 65_536):
        filler.unlink(missing_ok=True)
        filler.write_bytes(b"0" * (shutil.disk_usage(small_disk).free - free))
        for words in (adding, training, ("config", "set", "k", "12"), ("data", "list")):
            again = (*words, "--replace") if words is adding else words
            ended = nursery.run(small_disk, *again)
            assert ended.is_refusal or ended.status == 0, (free, words, ended.said)
        assert held(small_disk / "library.duckdb") == expected
        shutil.rmtree(small_disk / "runs", ignore_errors=True)
    filler.unlink()
    nursery.well(small_disk, *training)
    assert rests(small_disk) == []


@pytest.fixture(params=["read-only", "a file is there", "no home"])
def unwritable(request, tmp_path: Path) -> Iterator[dict[str, object]]:
    """Environment in which nothing can be kept, in three ways."""
    home = tmp_path / "home"
    if request.param == "read-only":
        home.mkdir()
        home.chmod(0o555)
        yield {"SIGMA_TUI_HOME": str(home)}
        home.chmod(0o755)
    elif request.param == "a file is there":
        home.write_text("not a folder")
        yield {"SIGMA_TUI_HOME": str(home)}
    else:
        # Nobody may make a folder below a device, whoever it is.
        names = ("DATA", "STATE", "CONFIG", "CACHE")
        yield {"SIGMA_TUI_HOME": None, "HOME": "/dev/null/nobody"} | {
            f"XDG_{name}_HOME": None for name in names
        }


def test_nothing_can_be_kept(nursery: Nursery, small, tmp_path: Path, unwritable) -> None:
    source = ratings(tmp_path / "new.csv", 60)
    there = ("--library", str(small.library))
    before = sorted(Path.cwd().iterdir())
    for words in (
        ("data", "import", str(source), "--name", "new"),
        ("train", "small", *SETTINGS, *there),
        ("config", "set", "k", "12"),
        ("tune", "small", "--trials", "1", "--device", "cpu", *there),
        ("reproduce", "table2", "--datasets", "small", "--device", "cpu", *there),
        ("export", "tiny", "--user", "u01", "--output", "/dev/null/report.html"),
    ):
        ended = nursery.run(tmp_path, *words, env=unwritable, mortal=True)
        assert ended.is_refusal, (words, ended)
    for words in (("data", "list"), ("runs", "list"), ("doctor",)):
        ended = nursery.run(tmp_path, *words, env=unwritable, mortal=True)
        assert ended.status == 0 or ended.is_refusal, (words, ended)
    assert sorted(Path.cwd().iterdir()) == before  # nothing is strewn about instead
