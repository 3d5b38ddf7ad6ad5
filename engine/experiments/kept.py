"""Kept results: what a finished cell leaves behind, and how it is found again.

A cell is an ordinary run directory under ``runs/experiments/``; when it is trained and evaluated it
also holds

result.json         what was asked for, how it was trained, what came out (docs/files.md)
ranks.safetensors   the test rank of every evaluated user, for paired tests

A result belongs to a cell if its settings are those that the cell asks for now, so a preset that
has changed since makes another cell. A setting that the program did not have when the result was
made counts as its default.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.errors import RunError
from engine.experiments.machine import Machine
from engine.experiments.plan import Cell
from engine.library.library import DatasetSummary
from engine.models.registry import kind_of
from engine.training.checkpoint import write_tensors
from engine.training.events import read_events
from engine.training.presets import settings_for
from engine.training.rule import Shape
from engine.training.runs import RUN, write_json
from engine.training.settings import TrainingSettings
from engine.training.tensor_file import opened

RESULT, RANKS = "result.json", "ranks.safetensors"
VERSION = 1
RANKS_FORMAT = "sigma-tui ranks"

Settings = Mapping[str, Mapping[str, Any]]
"""Of ``model`` and ``training``, by name."""


@dataclass(frozen=True)
class DataFacts:
    """The data of a result. name: in the library at that time."""

    name: str
    fingerprint: str
    users: int
    items: int
    interactions: int

    @classmethod
    def of(cls, summary: DatasetSummary) -> "DataFacts":
        """What is kept of a dataset."""
        return cls(
            summary.name, summary.fingerprint, summary.users, summary.items, summary.interactions
        )

    @property
    def shape(self) -> Shape:
        """What of it decides settings."""
        return Shape(self.users, self.items, self.interactions / self.users)


@dataclass(frozen=True)
class Result:
    """One finished cell.

    run: name of its directory. dataset, model, preset, seed: of the cell. settings: all of them.
    epochs: trained; best_epoch: whose weights were tested. seconds: of training steps;
    seconds_evaluating: of the test. valid: at the best epoch. test: read once, at that epoch.
    users: evaluated; missed_by_history: who can only miss. without_categories: share of recommended
    items without any. interests_alive, diagnostics: at the best epoch. command: that made it.
    created: ISO time. slider: of data with categories, accuracy and diversity of the test's lists
    re-ranked with each weight (slider.py). meaning: what the learned categories share with those
    of the metadata, figures of evaluation/meaning.py by name; None without either.
    """

    run: str
    dataset: str
    model: str
    preset: str
    seed: int
    settings: dict[str, dict[str, Any]]
    data: DataFacts
    epochs: int
    best_epoch: int
    seconds: float
    seconds_evaluating: float
    valid: dict[str, float]
    test: dict[str, float]
    users: int
    missed_by_history: int
    without_categories: float | None
    interests_alive: int | None
    diagnostics: dict[str, float]
    machine: Machine
    command: str
    created: str
    slider: dict[str, dict[str, float]] = field(default_factory=dict)
    meaning: dict[str, float] | None = None


def wanted_settings(cell: Cell, shape: Shape) -> dict[str, dict[str, Any]]:
    """The settings that a cell asks for on data of some shape. Raises SettingsError."""
    changes = {**dict(cell.changes), "seed": cell.seed}
    model, training = settings_for(cell.model, cell.preset, changes, shape)
    return {"model": asdict(model), "training": asdict(training)}


def cell_name(cell: Cell, data: DataFacts) -> str:
    """The name of a cell's run: readable, and another one for other settings or other data."""
    settings = wanted_settings(cell, data.shape)
    plain = wanted_settings(Cell(cell.dataset, cell.model, cell.preset, (), cell.seed), data.shape)
    changed = [
        f"{name}-{value:g}" if isinstance(value, float) else f"{name}-{value}"
        for part in settings
        for name, value in settings[part].items()
        if value != plain[part][name]
    ]
    whole = json.dumps([data.fingerprint, cell.model, settings], sort_keys=True)
    words = "+".join([f"{cell.dataset}-{cell.model}-{cell.preset}", *changed]).replace(" ", "-")
    return f"{words[:80]}-s{cell.seed}-{sha256(whole.encode()).hexdigest()[:8]}"


def same_settings(model: str, made: Settings, wanted: Settings) -> bool:
    """Whether something made with some settings is what is wanted; see the module."""
    defaults = {"model": kind_of(model).settings(), "training": TrainingSettings()}
    for part, default in defaults.items():
        values = {one.name: getattr(default, one.name) for one in fields(default)}
        if {**values, **made[part]} != {**values, **wanted[part]}:
            return False
    return True


def find_run_of(root: Path, cell: Cell, data: DataFacts) -> Path | None:
    """The directory of a cell, trained or begun; None if there is none."""
    wanted = wanted_settings(cell, data.shape)
    named = root / cell_name(cell, data)
    if (named / RUN).is_file():
        return named
    for path in _directories(root):
        try:
            made = json.loads((path / RUN).read_text("utf-8"))
            if (
                (made["dataset"], made["fingerprint"]) == (data.name, data.fingerprint)
                and made["model"] == cell.model
                and same_settings(cell.model, made["settings"], wanted)
            ):
                return path
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not a run of this program; it is left alone
    return None


def _directories(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob(f"*/{RUN}")) if root.is_dir() else []


def write_result(run: Path, result: Result, ranks: Tensor) -> None:
    """Writes ranks, then the result, which makes the cell a finished one.

    ranks: float64 [U'], in the order of ``SequenceSet.evaluated``.
    """
    metadata = {"format": RANKS_FORMAT, "fingerprint": result.data.fingerprint, "split": "test"}
    write_tensors(run / RANKS, {"ranks": ranks.float()}, metadata)
    write_json(run / RESULT, {"version": VERSION, **asdict(result)})


def read_result(run: Path) -> Result | None:
    """The result of a run's directory; None if it is not finished.

    Raises RunError if the result is damaged.
    """
    path = run / RESULT
    if not path.is_file():
        return None
    try:
        held = json.loads(path.read_text("utf-8"))
        version = held.pop("version")
        if version != VERSION:
            raise RunError(
                f"{path} has format {version}, this program reads format {VERSION}. "
                "Update sigma-tui."
            )
        held["data"] = DataFacts(**held["data"])
        held["machine"] = Machine(**held["machine"])
        return Result(**held)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            f"{path} is damaged ({error!r}). Remove it, and the experiment evaluates its run again."
        ) from None


def kept_results(root: Path) -> list[Result]:
    """All finished cells, by name."""
    found = (read_result(path) for path in _directories(root))
    return [result for result in found if result is not None]


def failed_runs(root: Path) -> list[tuple[str, str]]:
    """Runs whose training ended in an error, by name, and the error; paths are left out of it."""
    found = []
    for path in _directories(root):
        ends = [event for event in read_events(path) if event.get("event") == "end"]
        if ends and ends[-1].get("state") == "failed" and not (path / RESULT).is_file():
            reason = str(ends[-1].get("reason", ""))
            found.append((path.name, reason.replace(f"{root}{os.sep}", "")))
    return found


def result_of(cell: Cell, results: Iterable[Result]) -> Result | None:
    """The kept result of a cell; None if it was not run, or is not finished."""
    for result in results:
        named = (result.dataset, result.model, result.seed)
        if named != (cell.dataset, cell.model, cell.seed):
            continue
        wanted = wanted_settings(cell, result.data.shape)
        if same_settings(cell.model, result.settings, wanted):
            return result
    return None


def read_ranks(run: Path, fingerprint: str) -> Tensor:
    """The test ranks that a finished cell kept: float32 [U'], infinite where it can only miss.

    Raises RunError if they are missing, damaged, or of other data.
    """
    path = run / RANKS
    try:
        with opened(path) as file:
            metadata = file.metadata
            if metadata.get("format") != RANKS_FORMAT or metadata["fingerprint"] != fingerprint:
                raise RunError(f"{path} does not hold the ranks of this result's data.")
            return file.tensor("ranks")
    except (ValueError, OSError, KeyError) as error:
        raise RunError(
            f"{path} cannot be read ({str(error).splitlines()[0][:200]}). Remove {RESULT} beside "
            "it, and the experiment evaluates its run again."
        ) from None
