"""Results depend on data, settings and seed alone."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.evaluation.evaluate import evaluate, held_out_ranks
from engine.evaluation.ranking import rank_users
from engine.explore.explorer import Explorer
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.sequences.sequence_set import SequenceSet


@pytest.fixture(scope="module")
def explorer(small) -> Explorer:
    return Explorer.load(small.run, small.library, device="cpu")


def ranks_of(explorer: Explorer) -> torch.Tensor:
    sequences = SequenceSet.of(explorer.interactions, "cpu")
    return evaluate(explorer.model, sequences, explorer.catalogue, "test").ranks


@pytest.mark.parametrize("scores", [1, 100, 777])
def test_ranks_do_not_depend_on_how_many_users_are_ranked_at_once(
    explorer: Explorer, scores: int
) -> None:
    sequences = SequenceSet.of(explorer.interactions, "cpu")
    found = torch.zeros(len(sequences.lengths), dtype=torch.float64)
    for part in rank_users(explorer.model, sequences, "test", k=0, scores_held=scores):
        found[part.users] = part.ranks
    assert torch.equal(found[sequences.evaluated()], ranks_of(explorer))


def test_nor_on_the_order_in_which_users_are_asked(explorer: Explorer) -> None:
    sequences = SequenceSet.of(explorer.interactions, "cpu")
    users = sequences.evaluated()
    order = torch.randperm(len(users), generator=torch.Generator().manual_seed(3))
    expected = held_out_ranks(explorer.model, sequences, "test", users)
    assert torch.equal(
        held_out_ranks(explorer.model, sequences, "test", users[order]), expected[order]
    )


def test_scores_hardly_depend_on_the_number_of_threads(explorer: Explorer) -> None:
    window, length = torch.tensor([[3, 9, 27, 4, 12]]), torch.tensor([5])
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            with torch.inference_mode():
                found.append(explorer.model.scores(window, length)[:, 1:])
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        torch.testing.assert_close(other, found[0], rtol=1e-5, atol=1e-5)


def test_users_in_another_order_and_lines_of_another_system_are_the_same_data(tmp_path) -> None:
    chance = random.Random(5)
    rows = [
        f"u{chance.randrange(12)},i{chance.randrange(9)},{1_000_000 + step}" for step in range(150)
    ]
    shuffled = rows[:]
    chance.shuffle(shuffled)
    found = []
    for name, lines, end in (("a", rows, "\n"), ("b", rows, "\r\n"), ("c", shuffled, "\n")):
        file = tmp_path / f"{name}.csv"
        file.write_bytes((end.join(["user,item,timestamp", *lines]) + end).encode())
        library = tmp_path / f"{name}.duckdb"
        import_source(library, ImportRequest(file, "one"))
        with Library.open(library) as opened:
            data = opened.interactions("one")
        parts = zip(data.users, data.offsets[:-1], data.offsets[1:], strict=True)
        found.append(
            {
                user: [data.item_labels[item - 1] for item in data.items[start:stop]]
                for user, start, stop in parts
            }
        )
    assert found[0] == found[1] == found[2]


IMPORT = """
import sys
from pathlib import Path
from engine.library.importing import ImportRequest, import_source
folder = Path(sys.argv[1])
report = import_source(folder / "library.duckdb", ImportRequest(folder / "r.csv", "one"))
print(report.summary.fingerprint, report.summary.interactions)
"""


def test_neither_time_zone_nor_locale_changes_what_is_imported(tmp_path: Path) -> None:
    rows = "".join(
        f"u{n % 4},i{n % 7},2024-03-31 0{n % 9}:30:00,{n % 5 + 0.5}\n" for n in range(60)
    )
    printed = set()
    places = (("UTC", "C"), ("America/St_Johns", "de_DE.UTF-8"), ("Asia/Kathmandu", "tr_TR.UTF-8"))
    for number, (zone, locale) in enumerate(places):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "r.csv").write_text("user,item,timestamp,rating\n" + rows, encoding="utf-8")
        told = subprocess.run(
            [sys.executable, "-c", IMPORT, str(folder)], capture_output=True, text=True,
            check=True, timeout=120, env={**os.environ, "TZ": zone, "LC_ALL": locale},
        )  # fmt: skip
        printed.add(told.stdout)
    assert len(printed) == 1, printed


def test_a_run_and_its_library_give_the_same_ranks_elsewhere(small, tmp_path, explorer) -> None:
    elsewhere = tmp_path / "over there é"
    shutil.copytree(small.run, elsewhere / "runs" / "moved")
    shutil.copy(small.library, elsewhere / "books.duckdb")
    moved = Explorer.load(elsewhere / "runs" / "moved", elsewhere / "books.duckdb", device="cpu")
    assert torch.equal(ranks_of(moved), ranks_of(explorer))
