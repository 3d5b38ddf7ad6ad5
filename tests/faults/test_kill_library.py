"""kill -9 at random moments of imports and removals: a dataset is wholly there or not at all.

With ``-m slow`` two hundred times each, and with a million rows.
"""

import random
from pathlib import Path

import pytest
from killing import SLOW, Nursery, moments, rests
from whole_library import held

USERS_OF_A_LARGE = 20


def ratings(path: Path, rows: int, seed: int = 3) -> Path:
    """A CSV file with so many rows."""
    chance = random.Random(seed)
    users, items = max(4, rows // USERS_OF_A_LARGE), max(10, rows // 200)
    lines = ["user,item,timestamp"]
    lines += [f"u{chance.randrange(users)},i{chance.randrange(items)},{t}" for t in range(rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


KILLS = [
    pytest.param(60, 2, id="small"),
    pytest.param(20_000, 40, marks=SLOW, id="large-40"),
    pytest.param(60, 200, marks=SLOW, id="small-200"),
    pytest.param(1_000_000, 200, marks=SLOW, id="1M-200"),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("rows", "kills"), KILLS)
def test_imports_and_removals(nursery: Nursery, tmp_path: Path, rows: int, kills: int) -> None:
    """One library lives through all kills; what is there is removed, what is not is imported."""
    library = tmp_path / "library.duckdb"
    before, new = ratings(tmp_path / "a.csv", 80), ratings(tmp_path / "b.csv", rows, seed=4)
    nursery.well(tmp_path, "data", "import", str(before), "--name", "before")
    adding = ("data", "import", str(new), "--name", "new")
    removing = ("data", "remove", "new", "--yes")
    whole = {adding: nursery.well(tmp_path, *adding)}
    expected = held(library)
    largest = library.stat().st_size
    whole[removing] = nursery.well(tmp_path, *removing)
    plans = {words: moments(one, kills, seed=5) for words, one in whole.items()}
    count, ended_before = dict.fromkeys(whole, 0), 0
    while min(count.values()) < kills:
        there = "new" in held(library)
        words = removing if there else adding
        if count[words] == kills:  # the other one has kills left
            nursery.well(tmp_path, *words)
            continue
        count[words] += 1
        ended = nursery.run(tmp_path, *words, **next(plans[words]))
        ended_before += not ended.killed
        now = held(library)
        assert now["before"] == expected["before"]
        assert set(now) <= {"before", "new"}
        assert now.get("new", expected["new"]) == expected["new"]
        if not ended.killed:
            assert ended.status == 0, ended.said
            assert ("new" in now) != there
    print(f"{rows} rows: {count}, of them {ended_before} ended before they were killed")
    if "new" in held(library):
        nursery.well(tmp_path, *removing)
    nursery.well(tmp_path, *adding)
    assert held(library) == expected
    assert rests(tmp_path) == []
    assert library.stat().st_size <= 3 * largest  # what killed writers wrote is used again


@pytest.mark.thorough
@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=SLOW)])
def test_the_first_import_of_all(nursery: Nursery, tmp_path: Path, kills: int) -> None:
    """The library itself is made by it; a half made one could never be opened again."""
    source = ratings(tmp_path / "a.csv", 60)
    adding = ("data", "import", str(source), "--name", "first")
    whole = nursery.well(tmp_path / "whole", *adding)
    expected = held(tmp_path / "whole" / "library.duckdb")
    there = 0
    for number, moment in enumerate(moments(whole, kills, seed=6)):
        home = tmp_path / f"home-{number}"
        nursery.run(home, *adding, **moment)
        now = held(home / "library.duckdb")
        there += bool(now)
        assert now in ({}, expected)
        if not now:
            nursery.well(home, *adding)
            assert held(home / "library.duckdb") == expected
            assert rests(home) == []
    print(f"{kills} kills: {there} times the dataset was there")
