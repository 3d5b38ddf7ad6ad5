"""kill -9 at random moments of packing and unpacking runs: each is done wholly or not at all.

With ``-m slow`` two hundred times each.
"""

import zipfile
from pathlib import Path

import pytest
from killing import SLOW, Nursery, moments, rests
from whole_library import held

from engine.library.library import Library
from engine.training.checkpoint import load_model
from engine.training.runs import list_runs, remove_run

KILLS = [2, pytest.param(200, marks=SLOW)]


def files(bundle: Path) -> dict[str, bytes]:
    """What a bundle holds; raises BadZipFile if it is none, or not a whole one."""
    with zipfile.ZipFile(bundle) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("kills", KILLS)
def test_a_bundle_is_whole_or_not_there(
    nursery: Nursery, small, tmp_path: Path, kills: int
) -> None:
    """Each has a name of its own, so that no packing finds what the one before it left by that."""
    packing = ("runs", "pack", "tiny", "--output")
    first = tmp_path / "first.sigma.zip"
    whole = nursery.well(small.home, *packing, str(first))
    expected = files(first)
    count = 0
    for number, moment in enumerate(moments(whole, kills, seed=12)):
        bundle = tmp_path / f"b{number}.sigma.zip"
        ended = nursery.run(small.home, *packing, str(bundle), **moment)
        assert ended.killed or bundle.exists(), ended.said
        if bundle.exists():
            count += 1
            assert files(bundle) == expected
            bundle.unlink()
        assert len(list(tmp_path.glob(".*"))) <= 1, "the next one leaves what was left"
    nursery.well(small.home, *packing, str(tmp_path / "last.sigma.zip"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [first.name, "last.sigma.zip"]
    assert rests(small.home) == []
    print(f"{kills} kills, {count} times the bundle was there")


@pytest.mark.parametrize("kills", KILLS)
def test_a_run_is_unpacked_wholly_or_not_at_all(
    nursery: Nursery, small, tmp_path: Path, kills: int
) -> None:
    """One home lives through all kills. Its data is taken away again every other time, so that
    runs come with data and without."""
    bundle, home = tmp_path / "b.sigma.zip", tmp_path / "home"
    runs, library = home / "runs", home / "library.duckdb"
    nursery.well(small.home, "runs", "pack", "tiny", "--output", str(bundle))
    unpacking = ("runs", "unpack", str(bundle), "--name", "new")
    with_data = nursery.well(home, *unpacking)
    data, run = held(library), contents(runs / "new")
    remove_run(runs, "new")
    without_data = nursery.well(home, *unpacking)
    plans = [moments(one, kills, seed=13) for one in (without_data, with_data)]
    with_run = with_data_only = 0
    for number in range(kills):
        if list_runs(runs):
            remove_run(runs, "new")
        if number % 2 and held(library):
            with Library.open(library, write=True) as opened:
                opened.remove("small")
        nursery.run(home, *unpacking, **next(plans[not held(library)]))
        now, there = held(library), [one.name for one in list_runs(runs)]
        assert now in ({}, data) and there in ([], ["new"])
        if there:
            assert now == data and contents(runs / "new") == run
            assert load_model(runs / "new", device="cpu").fingerprint == data["small"].fingerprint
        assert len([*home.glob(".*"), *runs.glob(".*")]) <= 3, "what is left piles up"
        with_run += bool(there)
        with_data_only += now == data and not there
    if not list_runs(runs):
        nursery.well(home, *unpacking)
    nursery.well(home, "runs", "unpack", str(bundle), "--name", "last")
    assert (contents(runs / "new"), held(library)) == (run, data)
    assert rests(home) == []
    print(f"{kills} kills: {with_run} times the run was there, {with_data_only} its data alone")


def contents(run: Path) -> dict[str, bytes]:
    """All files of a run."""
    return {path.name: path.read_bytes() for path in run.iterdir() if path.name[0] != "."}
