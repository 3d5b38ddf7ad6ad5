"""Checkpoints: weights, settings and vocabulary in one safetensors file.

Nothing is unpickled. A file is checked before anything of it is used: format and version, settings
within limits, and the name, type and shape of every tensor against the model that the settings
describe.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import RunError, SettingsError, TrainingError
from engine.library.contents import Interactions
from engine.models.protocol import Recommender, UserRecommender
from engine.models.registry import Settings, build, model_settings
from engine.models.shapes import shapes_of
from engine.training.device import choose_device
from engine.training.memory import machine_memory
from engine.training.runs import MODEL
from engine.training.tensor_file import TensorFile, opened

FORMAT = "sigma-tui checkpoint"
VERSION = "1"
VOCABULARY = "vocabulary"
"""Name of the tensor that holds the item labels as JSON in UTF-8, uint8."""


@dataclass(frozen=True)
class LoadedRun:
    """A checkpoint in memory.

    model: in evaluation mode, on the device. item_labels: of ids 1..V. dataset, fingerprint: of the
    data it was trained on. metrics: validation metrics of these weights. epoch: counted from 1.
    """

    model: Recommender
    model_name: str
    settings: Settings
    item_labels: list[str]
    dataset: str
    fingerprint: str
    metrics: dict[str, float]
    epoch: int


def save_checkpoint(
    path: Path,
    model: Recommender,
    *,
    model_name: str,
    settings: Settings,
    item_labels: list[str],
    dataset: str,
    fingerprint: str,
    metrics: dict[str, float],
    epoch: int,
) -> None:
    """Writes a checkpoint to a temporary name, then renames it."""
    vocabulary = json.dumps(item_labels).encode("ascii")
    tensors = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    tensors[VOCABULARY] = torch.frombuffer(bytearray(vocabulary), dtype=torch.uint8)
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "model": model_name,
        "settings": json.dumps(asdict(settings)),
        "items": str(model.items),
        "users": str(model.users if isinstance(model, UserRecommender) else 0),
        "dataset": dataset,
        "fingerprint": fingerprint,
        "metrics": json.dumps(metrics),
        "epoch": str(epoch),
    }
    write_tensors(path, tensors, metadata)


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Writes a safetensors file so that the path holds the old or the new one, whole.

    Raises TrainingError if it cannot be written; what was begun is removed, which leaves room to
    tell of it on a full disk.
    """
    scratch = path.with_name(f".{path.name}.tmp")
    try:
        scratch.unlink(missing_ok=True)  # a link there would lead elsewhere
        save_file(
            {name: tensor.contiguous() for name, tensor in tensors.items()},
            scratch,
            metadata=metadata,
        )
        with scratch.open("rb") as file:
            os.fsync(file.fileno())
        scratch.replace(path)
    except (SafetensorError, OSError) as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise TrainingError(
            f"{path} cannot be written ({error}). What was kept before is whole. Make room or "
            "allow writing there, then go on with the run."
        ) from None


def load_model(run: Path, *, device: str = "auto") -> LoadedRun:
    """Reads the best weights of a run directory, or a checkpoint file itself.

    Raises RunError for a missing, damaged, foreign or hostile file.
    """
    path = run / MODEL if run.is_dir() else run
    if not path.is_file():
        raise RunError(
            f"run {run.name!r} has no checkpoint yet: its first epoch has not ended. "
            f"Train it with `sigma-tui train --resume {run.name}`."
        )
    where = choose_device(device)
    try:
        with opened(path) as file:
            metadata = file.metadata
            name, settings, items = _described(path, metadata)
            users = int(metadata.get("users", 0))  # absent before models of users existed
            _check_tensors(path, file, name, settings, items, users)
            _check_memory(path, file)
            labels = _labels(path, file, items)
            model = build(name, items, settings, users)
            for key, weight in model.state_dict().items():  # they share the model's memory
                file.read_into(key, weight)
                if not bool(torch.isfinite(weight).all()):
                    raise RunError(
                        f"{path} has weights that are not numbers, so it can say nothing. Train "
                        "the run again, or copy the file anew."
                    )
            return LoadedRun(
                model=model.to(where).eval(),
                model_name=name,
                settings=settings,
                item_labels=labels,
                dataset=metadata["dataset"],
                fingerprint=metadata["fingerprint"],
                metrics={str(k): float(v) for k, v in json.loads(metadata["metrics"]).items()},
                epoch=int(metadata["epoch"]),
            )
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,  # a metric that no number can hold
        RuntimeError,
    ) as error:
        raise RunError(
            f"{path} is not a whole checkpoint of sigma-tui ({str(error).splitlines()[0][:200]}). "
            "Train the run again, or copy the file anew."
        ) from None


def check_fits(loaded: LoadedRun, interactions: Interactions) -> None:
    """Raises RunError unless a checkpoint was trained on exactly this data."""
    if loaded.fingerprint == interactions.fingerprint:
        return
    known = set(loaded.item_labels)
    common = sum(label in known for label in interactions.item_labels)
    raise RunError(
        f"the checkpoint was trained on other data than the library's {interactions.name!r}: it "
        f"knows {common:,} of its {len(interactions.item_labels):,} items. Import the data it was "
        "trained on under that name, or train a new run."
    )


def _described(path: Path, metadata: dict[str, str]) -> tuple[str, Settings, int]:
    if metadata.get("format") != FORMAT:
        raise RunError(f"{path} is a safetensors file, but not a checkpoint of sigma-tui.")
    if metadata.get("version") != VERSION:
        raise RunError(
            f"{path} has checkpoint format {str(metadata.get('version'))[:20]}, this program reads "
            f"format {VERSION}. Update sigma-tui."
        )
    values = json.loads(metadata["settings"])
    if not isinstance(values, dict):
        raise RunError(f"{path} has damaged settings.")
    try:
        return metadata["model"], model_settings(metadata["model"], values), int(metadata["items"])
    except SettingsError as error:
        raise RunError(f"{path} asks for an impossible model: {error}") from None


def _check_tensors(
    path: Path, file: TensorFile, name: str, settings: Settings, items: int, users: int
) -> None:
    """Compares every tensor with what the settings describe, before a model of these sizes is made:
    it takes no more memory than the file holds."""
    largest = path.stat().st_size  # a table of V rows takes more than V bytes of the file
    if not 1 <= items <= largest:
        raise RunError(f"{path} claims {items} items, which it cannot hold.")
    if not 0 <= users <= largest:
        raise RunError(f"{path} claims {users} users, which it cannot hold.")
    expected = shapes_of(name, items, settings, users)
    found = set(file.parts) - {VOCABULARY}
    if found != set(expected):
        wrong = sorted(found.symmetric_difference(expected))[0]
        raise RunError(f"{path} does not hold the tensors of {name} ({wrong[:80]!r} is amiss).")
    for key, shape in expected.items():
        part = file.parts[key]
        if part.kind != "F32" or list(part.shape) != shape:
            raise RunError(
                f"{path} has {key!r} of shape {list(part.shape)} and type {part.kind}, where "
                f"{name} has {shape} and F32."
            )


def _check_memory(path: Path, file: TensorFile) -> None:
    """A file may be as large as it says and yet hold nothing but a hole."""
    sizes = {name: part.end - part.begin for name, part in file.parts.items()}
    words = sizes.pop(VOCABULARY, 0)
    # The weights, as long as they are built twice; the labels as bytes, as text and one by one.
    needed, there = 2 * sum(sizes.values()) + 8 * words, machine_memory()
    if there is not None and needed > there:
        raise RunError(
            f"{path} needs {needed >> 20:,} MiB of memory, and this machine has {there >> 20:,}. "
            "Use a larger machine, or train a smaller model."
        )


def _labels(path: Path, file: TensorFile, items: int) -> list[str]:
    labels = json.loads(bytes(file.tensor(VOCABULARY).numpy()))
    if (
        not isinstance(labels, list)
        or len(labels) != items
        or not all(isinstance(label, str) for label in labels)
    ):
        raise RunError(f"{path} has a damaged vocabulary.")
    return labels
