"""Files of every released version open, and files of a version to come are refused kindly."""

import gzip
import json
import shutil
from pathlib import Path

import duckdb
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.errors import LibraryError, RunError
from engine.explore.explorer import Explorer
from engine.library.library import Library
from engine.training.checkpoint import load_model
from engine.training.runs import MODEL, RUN, find_run
from engine.training.train import resume

RELEASED = Path(__file__).parent / "released"
VERSIONS = sorted(path.name for path in RELEASED.iterdir() if path.is_dir())


@pytest.fixture(params=VERSIONS)
def home(request, tmp_path: Path) -> Path:
    """A home as that version left it."""
    kept = RELEASED / request.param
    shutil.copytree(kept / "runs", tmp_path / "runs")
    with gzip.open(kept / "library.duckdb.gz") as packed:
        (tmp_path / "library.duckdb").write_bytes(packed.read())
    return tmp_path


def test_a_library_and_a_run_are_explored(home: Path) -> None:
    explorer = Explorer.load(home / "runs" / "tiny", home / "library.duckdb", device="cpu")
    assert len(explorer.interactions.users) == 14 and len(explorer.catalogue.labels) == 11
    assert explorer.catalogue.titles[0].startswith("Title ")
    answer = explorer.answer(explorer.history(3), k=5)
    assert len(answer.recommendations) > 0 and len(answer.interests) == 2
    assert answer.diversity is not None


def test_a_run_goes_on(home: Path) -> None:
    run = home / "runs" / "tiny"
    described = json.loads((run / RUN).read_text("utf-8"))
    described["settings"]["training"]["epochs"] = 2
    (run / RUN).write_text(json.dumps(described), "utf-8")
    result = resume(run, library=home / "library.duckdb", device="cpu")
    assert result.finished and result.epochs == 2


def test_a_library_of_a_version_to_come_is_left_as_it_is(home: Path) -> None:
    path = home / "library.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE library SET version = 99")
    for write in (False, True):
        with pytest.raises(LibraryError, match=r"format 99.*Update sigma-tui"):
            Library.open(path, write=write)
    with duckdb.connect(path, read_only=True) as connection:
        assert connection.execute("SELECT version FROM library").fetchall() == [(99,)]
        assert connection.execute("SELECT count(*) FROM datasets").fetchall() == [(1,)]


def test_a_run_of_a_version_to_come_is_refused(home: Path) -> None:
    run = home / "runs" / "tiny"
    described = json.loads((run / RUN).read_text("utf-8"))
    (run / RUN).write_text(json.dumps({**described, "version": 99}), "utf-8")
    with pytest.raises(RunError, match=r"format 99.*Update sigma-tui"):
        resume(find_run(home / "runs", "tiny"), library=home / "library.duckdb", device="cpu")


def test_a_checkpoint_of_a_version_to_come_is_refused(home: Path) -> None:
    path = home / "runs" / "tiny" / MODEL
    with safe_open(path, "pt") as opened:
        metadata = opened.metadata()
        names = opened.keys()
        tensors: dict[str, torch.Tensor] = {name: opened.get_tensor(name) for name in names}
    save_file(tensors, path, {**metadata, "version": "99"})
    with pytest.raises(RunError, match=r"format 99.*Update sigma-tui"):
        load_model(home / "runs" / "tiny", device="cpu")
