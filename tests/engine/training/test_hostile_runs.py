"""Runs that a stranger made: what is in their directory costs no memory and leads nowhere."""

import json
import math
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tests_support import ROOT

from engine.errors import RunError, SigmaError
from engine.training.note import read_note, write_note
from engine.training.runs import (
    ask_to_stop,
    find_run,
    is_training,
    list_runs,
    remove_run,
    write_json,
)
from engine.training.train import resume
from sigma_tui.training.process import start_training

MIB = 1 << 20


@pytest.fixture
def run(small, tmp_path) -> Path:
    return Path(shutil.copytree(small.run, tmp_path / "runs" / "theirs"))


def packed(header: object, body: bytes = b"", size: int | None = None) -> bytes:
    """A safetensors file with a header of one's own. size: that it claims the header to have."""
    told = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(told) if size is None else size) + told + body


def hostile_checkpoints(good: Path, folder: Path) -> list[Path]:
    """Files that lie about sizes, offsets, types and names, each a variation of a good one."""
    raw = good.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, body = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    name = next(key for key, one in header.items() if len(one.get("shape", [])) == 2
                and one["data_offsets"][0])  # fmt: skip
    meta, one = header["__metadata__"], header[name]
    begin, end = one["data_offsets"]
    settings = json.loads(meta["settings"])

    def tensor(**changes: object) -> dict[str, object]:
        return {**header, name: {**one, **changes}}

    def metadata(**changes: object) -> dict[str, object]:
        return {**header, "__metadata__": {**meta, **changes}}

    double = json.dumps({name: one})[1:-1].encode()
    huge = 100 * 10**9
    contents = {
        "header-2^63": packed(header, body, 1 << 63),
        "header-100GB": packed(header, body, huge),
        "header-short": packed(header, body, length - 1),
        "header-array": packed([1], body),
        "header-deep": packed(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", body),
        "header-nan": packed(b'{"a": NaN}', body),
        "header-many": packed({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
                               for n in range(50_000)}),
        "double-name": packed(json.dumps(header)[:-1].encode() + b", " + double + b"}", body * 2),
        "double-elsewhere": packed(
            json.dumps(header)[:-1].encode() + b', "' + name.encode()
            + b'": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', body),
        "offsets-beyond": packed(tensor(data_offsets=[begin, end + huge]), body),
        "offsets-back": packed(tensor(data_offsets=[end, begin]), body),
        "offsets-negative": packed(tensor(data_offsets=[-4, end]), body),
        "offsets-overlap": packed(tensor(data_offsets=[0, end - begin]), body),
        "offsets-2^64": packed(tensor(data_offsets=[begin, 1 << 64]), body),
        "shape-100GB": packed(tensor(shape=[huge // 4], data_offsets=[begin, begin + huge]), body),
        "shape-overflow": packed(tensor(shape=[1 << 62, 1 << 62]), body),
        "shape-negative": packed(tensor(shape=[-1, -4]), body),
        "shape-other": packed(tensor(shape=[(end - begin) // 4]), body),
        "shape-deep": packed(tensor(shape=[1] * 5000), body),
        "dtype-unknown": packed(tensor(dtype="OBJECT"), body),
        "dtype-int": packed(tensor(dtype="I32"), body),
        "dtype-half": packed(tensor(dtype="F16"), body),
        "items-100G": packed(metadata(items=str(huge)), body),
        "items-most": packed(metadata(items=str(len(raw))), body),
        "items-words": packed(metadata(items="4 0"), body),
        "users-100G": packed(metadata(users=str(huge)), body),
        "no-metadata": packed({k: v for k, v in header.items() if k != "__metadata__"}, body),
        "metrics-deep": packed(metadata(metrics="[" * 100_000), body),
        "metrics-large": packed(metadata(metrics='{"a": 1' + "0" * 400 + "}"), body),
        "epoch-large": packed(metadata(epoch="9" * 5000), body),
        "settings-deep": packed(metadata(settings='{"dim":' * 50_000), body),
    } | {
        f"settings-{n}": packed(metadata(settings=json.dumps({**settings, **wrong})), body)
        for n, wrong in enumerate((
            {"dim": 4096, "categories": 256, "layers": 24, "feedforward": 16}, {"dim": 10**12},
            {"dim": 1e308}, {"dim": "1e9"}, {"dim": -16}, {"dim": None}, {"dim": [16]},
            {"dim": True}, {"max_length": 10**9}, {"layers": 2**63}, {"heads": 0}, {"heads": 3},
            {"categories": 10**9}, {"dropout": math.nan}, {"temperature": 0}, {"dropout": 1.0},
            {"positions": "../x"}, {"scorer": "interests"}, {"prior": 7}, {"__class__": "x"},
        ))
    }  # fmt: skip
    paths = []
    for kind, content in contents.items():
        paths.append(folder / f"{kind}.safetensors")
        paths[-1].write_bytes(content)
    # One that is as large as it says: a hole of 100 GB, as an archive may unpack to.
    length = huge // 64 * 64
    vocabulary = {"dtype": "U8", "shape": [length], "data_offsets": [len(body), len(body) + length]}
    hole = {key: value for key, value in header.items() if key != "vocabulary"}
    rest = header["vocabulary"]["data_offsets"]
    if rest[1] == len(body):
        vocabulary["data_offsets"] = [rest[0], rest[0] + length]
        body = body[: rest[0]]
    paths.append(folder / "hole.safetensors")
    start = packed({**hole, "vocabulary": vocabulary}, body)
    with paths[-1].open("wb") as file:
        file.write(start)
        file.truncate(len(start) + length)
    return paths


TRYING = """
import resource, sys
from pathlib import Path
from engine.errors import RunError
from engine.training.checkpoint import load_model
good, paths = Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]]
load_model(good, device="cpu")
def peak():
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
for path in paths:
    before = peak()
    try:
        load_model(path, device="cpu")
        print(path.stem, "loaded", 0)
    except RunError as error:
        text = str(error)
        assert path.name in text and len(text) < 1000, text[:2000]
        print(path.stem, "refused", peak() - before)
"""


@pytest.mark.thorough
def test_hostile_checkpoints_are_refused_before_memory_is_taken(small, tmp_path) -> None:
    good = small.run / "model.safetensors"
    paths = hostile_checkpoints(good, tmp_path)
    tried = subprocess.run(
        [sys.executable, "-c", TRYING, str(good), *map(str, paths)],
        capture_output=True, text=True, cwd=ROOT, timeout=250, check=False,
    )  # fmt: skip
    assert tried.returncode == 0, tried.stderr[-3000:]
    told = {line.split()[0]: line.split()[1:] for line in tried.stdout.splitlines()}
    assert set(told) == {path.stem for path in paths}
    assert {name for name, (outcome, _) in told.items() if outcome != "refused"} == set()
    grown = {name: int(more) // MIB for name, (_, more) in told.items()}
    print("MiB more:", {name: more for name, more in grown.items() if more})
    assert sum(grown.values()) < 150, grown


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_numbers_are_refused(run, value) -> None:
    from engine.training.checkpoint import load_model

    path = run / "model.safetensors"
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    name = next(name for name in tensors if name != "vocabulary")
    tensors[name].view(-1)[-1] = value
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(RunError, match="not numbers"):
        load_model(run, device="cpu")


DESCRIPTIONS = [
    "", "[]", "{", "null", "[" * 100_000, '{"a":' * 100_000, '{"version": 1}', '{"version": 2}',
    '{"version": 1e999}', "\ud800", "9" * 5000, " " * (2 << 20), '"' + "x" * (2 << 20) + '"',
]  # fmt: skip
EVENTS = [
    '{"event": "epoch"}', '{"event": "epoch", "epoch": 1, "valid": {"recall@20": "x"}}',
    '{"event": "epoch", "epoch": 1e999, "valid": {"recall@20": 0.5}}',
    '{"event": "epoch", "epoch": 1, "valid": {"recall@20": 0.5}, '
    '"diagnostics": {"interests_alive": Infinity}}',
    '{"event": "epoch", "epoch": 1, "valid": {"recall@20": 1' + "0" * 400 + "}}",
    '{"event": "epoch", "epoch": 1, "valid": [1]}', "[" * 100_000, '{"event":' * 100_000,
]  # fmt: skip


def test_damaged_descriptions_do_not_hide_the_other_runs(small, run) -> None:
    root = run.parent
    for file, contents in (("run.json", DESCRIPTIONS), ("events.jsonl", EVENTS)):
        for number, content in enumerate(contents):
            other = Path(shutil.copytree(run, root / f"{file[:3]}{number}"))
            (other / file).write_bytes(content.encode("utf-8", "surrogatepass") + b"\n")
    listed = {found.name for found in list_runs(root)}
    assert "theirs" in listed
    for path in sorted(root.iterdir()):
        if path.name in listed:
            assert find_run(root, path.name).name == path.name
        else:
            with pytest.raises(RunError) as refused:
                find_run(root, path.name)
            assert len(str(refused.value)) < 1000
    assert len(listed) <= len(EVENTS) + 1  # lines that are no events are left out


POSITIONS = [
    {"epoch": "1"}, {"epoch": -1}, {"epoch": 10**30}, {"epoch": 1.5}, {"step": -7}, {"step": None},
    {"best": math.nan}, {"best": [1]}, {"processes": 0}, {"processes": True}, {"seconds": -1.0},
    {"unknown": 1}, [1, 2], "x",
]  # fmt: skip


def test_a_state_that_lies_about_where_it_stands_is_refused(small, run) -> None:
    path = run / "state.safetensors"
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    for wrong in POSITIONS:
        told = json.loads(metadata["position"])
        changed = {**told, **wrong} if isinstance(wrong, dict) else wrong
        save_file(tensors, path, metadata={**metadata, "position": json.dumps(changed)})
        with pytest.raises(RunError, match="not a whole training state"):
            resume(run, library=small.library, device="cpu")
    first = next(name for name in tensors if name.startswith("model."))
    for key, value in ((first, tensors[first][:1]), ("random.cpu", tensors["random.cpu"][:5])):
        save_file({**tensors, key: value.clone()}, path, metadata=metadata)
        with pytest.raises(RunError, match="not a whole training state"):
            resume(run, library=small.library, device="cpu")


def test_links_in_a_run_lead_no_writing_elsewhere(small, run, tmp_path) -> None:
    victim, nothing = tmp_path / "bashrc", tmp_path / "made"
    victim.write_text("theirs alone")

    def linked(name: str, target: Path = victim) -> Path:
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(target)
        return run / name

    linked(".note.txt.tmp")
    write_note(run, "mine")
    assert read_note(run) == "mine"
    linked("note.txt")
    write_note(run, "again")
    assert read_note(run) == "again"
    linked(".x.json.tmp")
    write_json(run / "x.json", {"a": 1})
    for target in (victim, nothing):
        lock = linked("training.lock", target)
        assert not is_training(run)
        with pytest.raises(SigmaError, match="link"):
            resume(run, library=small.library, device="cpu")
        lock.unlink()
        for name in ("events.jsonl", "training.log"):
            kept = (run / name).read_bytes() if (run / name).exists() else b""
            linked(name, target)
            with pytest.raises(SigmaError, match="link"):
                if name == "training.log":
                    start_training(run, small.library, "cpu")
                else:
                    resume(run, library=small.library, device="cpu")
            (run / name).unlink()
            (run / name).write_bytes(kept)
    linked(".model.safetensors.tmp")
    linked(".state.safetensors.tmp")
    (run / "state.safetensors").unlink()
    resume(run, library=small.library, device="cpu")  # trains anew, and writes both
    with pytest.raises(RunError, match="not being trained"):
        ask_to_stop(run)
    assert victim.read_text() == "theirs alone"
    assert not nothing.exists()


def test_removing_a_linked_run_removes_the_link_alone(run, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    run.rename(elsewhere)
    run.symlink_to(elsewhere)
    (elsewhere / "up").symlink_to(tmp_path)
    before = sorted(path.name for path in elsewhere.iterdir())
    remove_run(run.parent, "theirs")
    assert not os.path.lexists(run)
    assert sorted(path.name for path in elsewhere.iterdir()) == before
    assert not list(run.parent.iterdir())
