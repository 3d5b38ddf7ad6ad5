"""What several tests need: a small real run, and the real datasets where they are at hand."""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hostile import HOSTILE
from killing import Nursery

from engine.library.importing import ImportRequest, import_source
from engine.training.train import TrainRequest, train

DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Small tensors are slower on many threads, and tests may share a machine."""
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the processes that tests start


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """Workers of pytest-xdist ignore Ctrl-C, and so would all processes that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The process that starts the program in milliseconds; loaded once for all tests."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real datasets; tests that need it are left out where it is not there."""
    if not DATA.is_dir():
        pytest.skip("the real datasets are not at ../shared/data")
    return DATA


@dataclass(frozen=True)
class SmallWorld:
    """A trained run over a small dataset with hostile titles. home: directory of both."""

    home: Path
    library: Path
    run: Path

    def request(self, runs: Path, name: str) -> TrainRequest:
        """The training that made the run of `small`, to be done again elsewhere."""
        return small_request(self.library, runs, name)


def small_request(library: Path, runs: Path, name: str) -> TrainRequest:
    """Two epochs of SIGMA, begun at random: tests know what they make of that."""
    settings = {
        "dim": 16,
        "categories": 4,
        "epochs": 2,
        "interest_negatives": 0,
        "initial": "random",
    }
    return TrainRequest(library, runs, "small", name=name, settings=settings, device="cpu")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """Thirty users of forty items in two groups, and two epochs of SIGMA on them."""
    home = tmp_path_factory.mktemp("small")
    chance = random.Random(7)
    readings = ["user,item,timestamp"]
    for user in range(30):
        group = user % 2
        for step in range(6 + user % 9):
            item = chance.randrange(20) + 20 * group
            readings.append(f"u{user:02},i{item:02},{1_000_000 + step}")
    titles = ["item\ttitle\tgenres"]
    for item in range(40):
        title = HOSTILE[item] if item < len(HOSTILE) else f"Title {item}"
        title = title.replace("\t", " ").replace("\r\n", " ").replace("\x00", "")
        titles.append(f"i{item:02}\t{title}\t{'Drama|War' if item < 20 else 'Comedy'}")
    (home / "readings.csv").write_text("\n".join(readings), encoding="utf-8")
    (home / "titles.tsv").write_text("\n".join(titles), encoding="utf-8")
    library = home / "library.duckdb"
    import_source(library, ImportRequest(home / "readings.csv", "small", items=home / "titles.tsv"))
    result = train(small_request(library, home / "runs", "tiny"))
    return SmallWorld(home, library, result.path)


@pytest.fixture(scope="session")
def personal(small: SmallWorld, tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """The same dataset in a home of its own, and one epoch of a model whose interests are a
    person's own."""
    home = tmp_path_factory.mktemp("personal")
    library = Path(shutil.copy(small.library, home))
    result = train(
        TrainRequest(
            library=library,
            runs=home / "runs",
            dataset="small",
            name="own",
            model="comirec-sa",
            settings={"dim": 16, "interests": 3, "max_length": 6, "epochs": 1},
            device="cpu",
        )
    )
    return SmallWorld(home, library, result.path)
