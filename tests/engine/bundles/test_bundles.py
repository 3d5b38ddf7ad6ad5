"""A run packed here and unpacked elsewhere is the same run; what is no honest bundle changes
nothing."""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import torch

from engine.bundles.manifest import FILES, MANIFEST
from engine.bundles.pack import pack_run
from engine.bundles.unpack import unpack_run
from engine.errors import LibraryError, OutputError, RunError
from engine.explore.own_names import NAMES
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.training.checkpoint import load_model
from engine.training.note import read_note, write_note
from engine.training.runs import find_run, list_runs, summarise

Change = Callable[[dict[str, bytes]], None]
"""What is done to the files of a bundle."""


@pytest.fixture
def packed(small, tmp_path) -> Path:
    path = tmp_path / "small.sigma.zip"
    pack_run(summarise(small.run), small.library, path)
    return path


@pytest.fixture
def there(tmp_path) -> Path:
    return tmp_path / "there"


def unpacked(bundle: Path, there: Path, name: str | None = None):
    return unpack_run(bundle, there / "library.duckdb", there / "runs", name)


def changed(
    bundle: Path, change: Callable[[dict[str, bytes]], None], *, honest: bool = True
) -> Path:
    """A copy with other files. honest: whether its manifest tells of them as they are."""
    with zipfile.ZipFile(bundle) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    change(files)
    if honest:
        manifest = json.loads(files[MANIFEST])
        manifest["digests"] = {
            name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()
            if name != MANIFEST
        }
        files[MANIFEST] = json.dumps(manifest).encode()
    path = bundle.with_name("changed.sigma.zip")
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def told(key: str, value: object) -> Change:
    """A change of what the manifest says."""

    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = json.dumps({**json.loads(files[MANIFEST]), key: value}).encode()

    return change


def rewritten(file: str, query: str, folder: Path) -> Change:
    """A change of a Parquet file by a query on it."""

    def change(files: dict[str, bytes]) -> None:
        (folder / file).write_bytes(files[file])
        target = folder / f"new-{file}"
        duckdb.execute(f"COPY ({query.format(repr(str(folder / file)))}) TO '{target}'")
        files[file] = target.read_bytes()

    return change


def test_a_run_is_the_same_elsewhere(small, packed, there) -> None:
    made = unpacked(packed, there)
    assert made.imported and made.run.name == small.run.name and made.run.dataset == "small"
    before, after = (load_model(run, device="cpu") for run in (small.run, made.run.path))
    items, lengths = torch.tensor([[1, 5, 9], [2, 7, 0]]), torch.tensor([3, 2])
    with torch.inference_mode():
        assert torch.equal(before.model.scores(items, lengths), after.model.scores(items, lengths))
    with Library.open(small.library) as here, Library.open(there / "library.duckdb") as copy:
        mine, theirs = here.summary("small"), copy.summary("small")
        assert (mine.fingerprint, mine.users, mine.rules) == (
            theirs.fingerprint,
            theirs.users,
            theirs.rules,
        )
        assert (mine.first, mine.last, mine.max_length) == (
            theirs.first,
            theirs.last,
            theirs.max_length,
        )
        assert here.catalogue("small").titles == copy.catalogue("small").titles
        assert here.catalogue("small").categories == copy.catalogue("small").categories
        rows = 'SELECT "user", position, item, time, rating FROM interactions ORDER BY ALL'
        assert here._rows(rows) == copy._rows(rows)
    assert {path.name for path in (there / "runs").iterdir()} == {small.run.name}


def test_names_and_a_note_come_along_and_folders_of_the_packer_do_not(
    small, tmp_path, there
) -> None:
    run = Path(shutil.copytree(small.run, tmp_path / "named"))
    (run / NAMES).write_text('{"version": 1, "names": {"0": "mine"}}')
    write_note(run, "look at readers of plays")
    bundle = tmp_path / "b.zip"
    pack_run(summarise(run), small.library, bundle)
    made = unpacked(bundle, there)
    assert (made.run.path / NAMES).read_text() == (run / NAMES).read_text()
    assert read_note(made.run.path) == "look at readers of plays"
    with zipfile.ZipFile(bundle) as opened:
        assert set(opened.namelist()) == {MANIFEST, *FILES}
        manifest = json.loads(opened.read(MANIFEST))
    assert "/" not in manifest["options"]["source"]


def test_data_that_is_here_already_is_not_taken_twice(small, packed, tmp_path) -> None:
    library = tmp_path / "library.duckdb"
    shutil.copy(small.library, library)
    made = unpack_run(packed, library, tmp_path / "runs", "again")
    assert not made.imported and made.run.name == "again"
    with Library.open(library) as opened:
        assert [one.name for one in opened.datasets()] == ["small"]
    with pytest.raises(RunError, match="there is a run 'again' already"):
        unpack_run(packed, library, tmp_path / "runs", "again")
    assert [run.name for run in list_runs(tmp_path / "runs")] == ["again"]


def test_a_dataset_whose_name_is_taken_gets_another(packed, there, tmp_path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("user,item\n" + "\n".join(f"u{i % 4},i{i % 3}" for i in range(12)))
    import_source(there / "library.duckdb", ImportRequest(other, name="small"))
    made = unpacked(packed, there)
    assert made.run.dataset == "small-2" and find_run(there / "runs", made.run.name)


def test_what_cannot_be_packed_says_why(small, tmp_path, packed) -> None:
    with pytest.raises(OutputError, match="exists already"):
        pack_run(summarise(small.run), small.library, packed)
    link = tmp_path / "link.zip"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="exists already"):
        pack_run(summarise(small.run), small.library, link)
    run = Path(shutil.copytree(small.run, tmp_path / "run"))
    described = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**described, "fingerprint": "other"}))
    with pytest.raises(RunError, match="trained on other data"):
        pack_run(summarise(run), small.library, tmp_path / "a.zip")
    (run / "model.safetensors").unlink()
    with pytest.raises(RunError, match="no checkpoint yet"):
        pack_run(summarise(run), small.library, tmp_path / "a.zip")
    with pytest.raises(OutputError, match="cannot be written"):
        pack_run(summarise(small.run), small.library, tmp_path / "none" / "a.zip")
    assert not list(tmp_path.glob(".*")) and not (tmp_path / "a.zip").exists()


def added(name: str) -> Change:
    return lambda files: files.__setitem__(name, b"harm")


def dropped(name: str) -> Change:
    return lambda files: files.__delitem__(name) if name in files else None


HOSTILE = {
    "a path upwards": (added("../harm.txt"), "no bundle has"),
    "an absolute path": (added("/tmp/harm.txt"), "no bundle has"),
    "a file of another name": (added("state.safetensors"), "no bundle has"),
    "no manifest": (dropped(MANIFEST), "not a bundle"),
    "no weights": (dropped("model.safetensors"), "lacks model.safetensors"),
    "no data": (dropped("items.parquet"), "lacks items.parquet"),
    "a later format": (told("version", 2), "Update sigma-tui"),
    "another format": (told("format", "zip"), "not a bundle"),
    "no list of rules": (told("rules", 7), "not a bundle"),
    "rules of no numbers": (told("rules", [{"text": "x"}]), "not a bundle"),
    "options of no names": (told("options", [1]), "not a bundle"),
    "data of another fingerprint": (told("fingerprint", "0" * 64), "do not belong together"),
    "a run outside": (told("run", "../../out"), "cannot be a run's name"),
    "a run of a place": (told("run", "."), "cannot be a run's name"),
    "a run without a name": (told("run", ""), "cannot be a run's name"),
    "a dataset of an odd name": (told("dataset", "\x1b[2J"), "cannot be a dataset's name"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_honest_bundle_is_refused_and_changes_nothing(kind, packed, there) -> None:
    change, sentence = HOSTILE[kind]
    bundle = changed(packed, change, honest="no " not in kind or kind == "no data")
    refused(bundle, there, sentence)


def refused(bundle: Path, there: Path, sentence: str) -> None:
    with pytest.raises((RunError, LibraryError), match=sentence):
        unpacked(bundle, there)
    assert not (there / "runs").exists() or not list((there / "runs").iterdir())
    with Library.open(there / "library.duckdb") as opened:
        assert opened.datasets() == []
    assert not list(there.glob(".*")) and not list(there.parent.glob("harm*"))


DAMAGED = {
    "items are numbered otherwise": (
        "items.parquet",
        "SELECT * REPLACE (item + 1 AS item) FROM {}",
    ),
    "an item is missing": ("items.parquet", "SELECT * FROM {} WHERE item > 1"),
    "an item has no name": (
        "items.parquet",
        "SELECT * REPLACE (nullif(label, 'i03') AS label) FROM {}",
    ),
    "two users have one name": ("users.parquet", "SELECT * REPLACE ('u' AS label) FROM {}"),
    "a user comes twice": ("users.parquet", "SELECT * FROM {0} UNION ALL SELECT * FROM {0}"),
    "places are missing": (
        "interactions.parquet",
        "SELECT * REPLACE (position + 1 AS position) FROM {}",
    ),
    "an item is not there": (
        "interactions.parquet",
        "SELECT * REPLACE (item + 1000 AS item) FROM {}",
    ),
    "there is nothing": ("interactions.parquet", "SELECT * FROM {} LIMIT 0"),
    "numbers are words": (
        "interactions.parquet",
        "SELECT * REPLACE ('x' AS item) FROM {}",
    ),
    "a column is missing": ("interactions.parquet", 'SELECT * EXCLUDE ("user") FROM {}'),
    "it is other data": (
        "interactions.parquet",
        "SELECT * REPLACE (CASE item WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE item END AS item) FROM {}",
    ),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_data_that_is_none_is_refused(kind, packed, there, tmp_path) -> None:
    file, query = DAMAGED[kind]
    refused(changed(packed, rewritten(file, query, tmp_path)), there, "the dataset is damaged")


def test_a_parquet_file_of_rubbish_is_refused(packed, there) -> None:
    bundle = changed(packed, lambda files: files.__setitem__("users.parquet", b"PAR1" * 99))
    refused(bundle, there, "the dataset is damaged")


def test_what_was_changed_on_the_way_is_found(packed, there) -> None:
    def longer(files: dict[str, bytes]) -> None:
        files["run.json"] += b" "

    refused(changed(packed, longer, honest=False), there, "is not what was packed")
    refused(changed(packed, added("note.txt"), honest=False), there, "does not tell")


def test_every_cut_of_a_bundle_is_refused(packed, there) -> None:
    whole = packed.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        packed.write_bytes(whole[:size])
        refused(packed, there, "bundle")


def test_a_bomb_is_refused_before_it_goes_off(packed, there) -> None:
    bomb = packed.with_name("bomb.zip")
    with (
        zipfile.ZipFile(packed) as opened,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in opened.namelist():
            made.writestr(name, opened.read(name) if name != "events.jsonl" else b"0" * (1 << 27))
    assert bomb.stat().st_size < 1 << 22
    refused(bomb, there, "packed otherwise")


def test_two_files_of_one_name_are_refused(packed, there) -> None:
    with zipfile.ZipFile(packed, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr("run.json", b"{}")
    refused(packed, there, "2 files 'run.json'")


def test_what_is_no_file_is_no_bundle(there, tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "none", tmp_path, pipe):
        with pytest.raises(RunError, match="there is no file"):
            unpacked(path, there)
