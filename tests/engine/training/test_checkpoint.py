"""Checkpoints: equal after saving, and everything foreign, damaged or hostile is refused."""

import json
import pickle
import shutil
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import RunError
from engine.explore.explorer import Explorer
from engine.library.importing import ImportRequest, import_source
from engine.training.checkpoint import load_model


def header_of(path: Path) -> tuple[dict[str, object], bytes]:
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + size]), raw[8 + size :]


def write(path: Path, header: dict[str, object], body: bytes) -> Path:
    packed = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(packed)) + packed + body)
    return path


@pytest.fixture
def run(small, tmp_path) -> Path:
    return Path(shutil.copytree(small.run, tmp_path / "copy"))


def test_two_loads_score_alike_bit_for_bit(small) -> None:
    items, lengths = torch.tensor([[1, 5, 9], [2, 7, 0]]), torch.tensor([3, 2])
    first, again = (load_model(small.run, device="cpu").model for _ in range(2))
    with torch.inference_mode():
        assert torch.equal(first.scores(items, lengths), again.scores(items, lengths))


def test_a_checkpoint_carries_what_it_knows(small) -> None:
    loaded = load_model(small.run, device="cpu")
    assert loaded.model_name == "sigma"
    assert loaded.dataset == "small"
    assert len(loaded.item_labels) == loaded.model.items == 40
    assert set(loaded.metrics) == {"recall@20", "ndcg@20", "mrr"}
    assert not loaded.model.training


def test_every_cut_of_the_file_is_refused(run) -> None:
    path = run / "model.safetensors"
    whole = path.read_bytes()
    for size in (0, 1, 7, 8, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(RunError):
            load_model(run, device="cpu")


@pytest.mark.parametrize(
    "settings",
    [
        {"dim": 10**9},
        {"dim": 64},
        {"dim": 4096, "layers": 24, "feedforward": 16},
        {"layers": 10**6},
        {"heads": 0},
        {"temperature": "nan"},
        {"unknown": 1},
        {"max_length": -5},
        {"categories": 3},
    ],
)
def test_settings_that_lie_are_refused_before_memory_is_taken(run, settings) -> None:
    path = run / "model.safetensors"
    header, body = header_of(path)
    metadata = dict(header["__metadata__"])  # type: ignore[call-overload]
    metadata["settings"] = json.dumps({**json.loads(metadata["settings"]), **settings})
    write(path, {**header, "__metadata__": metadata}, body)
    with pytest.raises(RunError):
        load_model(run, device="cpu")


def test_output_weights_that_are_not_there_are_refused_before_memory_is_taken(run) -> None:
    """SVAE's own output weights have a row for every item, as wide as a setting says."""
    path = run / "model.safetensors"
    header, body = header_of(path)
    metadata = dict(header["__metadata__"])  # type: ignore[call-overload]
    settings = {"dim": 8, "hidden": 4096, "output": "own"}
    metadata |= {"model": "svae", "settings": json.dumps(settings), "items": "1000000"}
    write(path, {**header, "__metadata__": metadata}, body)
    with pytest.raises(RunError, match=r"cannot hold|is amiss"):
        load_model(run, device="cpu")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "something else"),
        ("version", "99"),
        ("model", "os.system"),
        ("items", "100000000000"),
        ("items", "-1"),
        ("items", "nan"),
        ("settings", "[]"),
        ("settings", "{"),
        ("metrics", "[1]"),
        ("epoch", "x"),
    ],
)
def test_a_header_that_lies_is_refused(run, key, value) -> None:
    path = run / "model.safetensors"
    header, body = header_of(path)
    metadata = {**header["__metadata__"], key: value}  # type: ignore[dict-item]
    write(path, {**header, "__metadata__": metadata}, body)
    with pytest.raises(RunError):
        load_model(run, device="cpu")


def test_missing_extra_and_misshapen_tensors_are_refused(run) -> None:
    path = run / "model.safetensors"
    header, _ = header_of(path)
    metadata = header["__metadata__"]
    tensors = load_file(path)
    name = next(name for name in tensors if name.endswith("direction"))
    broken = [
        {key: value for key, value in tensors.items() if key != name},
        {**tensors, "more": torch.zeros(1)},
        {**tensors, name: torch.zeros(2, 2)},
        {**tensors, name: tensors[name].double()},
        {**tensors, "vocabulary": torch.tensor([1, 2], dtype=torch.uint8)},
    ]
    for wrong in broken:
        save_file(wrong, path, metadata=metadata)  # type: ignore[arg-type]
        with pytest.raises(RunError):
            load_model(run, device="cpu")


class Bomb:
    """Would write a file if it were ever unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.target,)


def test_a_pickle_is_never_run(run, tmp_path) -> None:
    trap = tmp_path / "trap"
    (run / "model.safetensors").write_bytes(pickle.dumps(Bomb(trap)))
    with pytest.raises(RunError):
        load_model(run, device="cpu")
    torch.save({"a": Bomb(trap)}, run / "model.safetensors")
    with pytest.raises(RunError):
        load_model(run, device="cpu")
    assert not trap.exists()


def test_other_data_under_the_same_name_is_refused(small, tmp_path) -> None:
    source = tmp_path / "other.csv"
    source.write_text("user,item\na,i01\na,i02\na,i03\n")
    library = tmp_path / "library.duckdb"
    import_source(library, ImportRequest(source, "small"))
    with pytest.raises(RunError, match="knows 3 of its 3 items"):
        Explorer.load(small.run, library, device="cpu")
