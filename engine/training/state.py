"""The whole state of a training: resuming from it gives what an uninterrupted run would have."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import RunError
from engine.models.protocol import Recommender
from engine.training.average import WeightAverage
from engine.training.checkpoint import write_tensors
from engine.training.step import TrainingStep
from engine.training.tensor_file import opened

FORMAT = "sigma-tui training state"
VERSION = "1"
LARGEST = 1 << 40
"""Of the numbers of a position; a larger one is none of ours."""


@dataclass
class Position:
    """Where a training stands.

    epoch: being trained, from 1. step: batches of it that are done. best, best_epoch: validation
    Recall@20 so far, and when. waited: epochs since. seconds: spent so far. processes: that share
    the batches.
    """

    epoch: int = 1
    step: int = 0
    best: float = -1.0
    best_epoch: int = 0
    waited: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    processes: int = 1


def save_state(
    path: Path,
    model: Recommender,
    step: TrainingStep,
    average: WeightAverage,
    position: Position,
    sums: dict[str, Tensor],
    fingerprint: str,
) -> None:
    """Writes weights, their average, Adam's moments, random states, position and running sums."""
    tensors: dict[str, Tensor] = {
        f"model.{name}": tensor.detach().cpu() for name, tensor in model.state_dict().items()
    }
    for index, parameter in enumerate(model.parameters()):
        for name, value in step.state_of(parameter).items():
            tensors[f"adam.{index}.{name}"] = torch.as_tensor(value).detach().cpu().clone()
    for index, value in enumerate(average.averages):
        tensors[f"average.{index}"] = value.cpu()
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for name, total in sums.items():
        tensors[f"sum.{name}"] = total.detach().cpu().clone()
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "fingerprint": fingerprint,
        "position": json.dumps(asdict(position)),
        "averaged": str(average.steps),
    }
    write_tensors(path, tensors, metadata)


def load_state(
    path: Path,
    model: Recommender,
    step: TrainingStep,
    average: WeightAverage,
    fingerprint: str,
) -> tuple[Position, dict[str, Tensor]]:
    """Puts a saved state into model, optimisers, average and random generators.

    Raises RunError if the state is damaged or of other data or another model.
    """
    device = next(model.parameters()).device
    try:
        with opened(path) as file:
            metadata = file.metadata
            if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
                raise RunError(f"{path} is not a training state of this version of sigma-tui.")
            if metadata["fingerprint"] != fingerprint:
                raise RunError(
                    f"{path} belongs to a training on other data; the dataset has changed since. "
                    "Start a new run."
                )
            tensors = {name: file.tensor(name) for name in file.parts}
        position = _position(json.loads(metadata["position"]))
        model.load_state_dict(_part(tensors, "model."))
        for index, parameter in enumerate(model.parameters()):
            kept = _part(tensors, f"adam.{index}.")
            for name in ("exp_avg", "exp_avg_sq"):
                if name in kept and kept[name].shape != parameter.shape:
                    raise RunError(f"{path} does not fit the model of this run.")
            if kept:
                step.restore(parameter, {name: value.to(device) for name, value in kept.items()})
        for index, kept_average in enumerate(average.averages):
            kept_average.copy_(tensors[f"average.{index}"])
        average.steps = int(metadata.get("averaged", 0))  # absent before averages existed
        torch.set_rng_state(tensors["random.cpu"])
        if device.type == "cuda" and "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"])
        sums = {name: value.to(device) for name, value in _part(tensors, "sum.").items()}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        ArithmeticError,
        RuntimeError,
    ) as error:
        raise RunError(
            f"{path} is not a whole training state ({str(error).splitlines()[0][:200]}). The best "
            "weights so far are kept in model.safetensors; start a new run to train further."
        ) from None
    return position, sums


def _position(kept: dict[str, Any]) -> Position:
    """The position that a file tells. Raises ValueError or TypeError if it tells none."""
    position = Position(**kept)
    for field in fields(Position):
        value, usual = getattr(position, field.name), getattr(Position(), field.name)
        whole = type(value) is int
        if not whole and not (isinstance(usual, float) and type(value) is float):
            raise TypeError(f"{field.name} is not a number")
        least, most = (1 if field.name in ("epoch", "processes") else min(0, usual)), LARGEST
        if not least <= value <= most:  # nor NaN
            raise ValueError(f"{field.name} is {value}")
    return position


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = len(prefix)
    return {name[start:]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
