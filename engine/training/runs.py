"""Runs on disk: listing, finding, removing. Light: nothing here imports torch.

A run is a directory:

run.json            what was asked for: model, dataset, settings (made once, never changed)
model.safetensors   the best weights so far by validation Recall@20
state.safetensors   everything needed to go on exactly where training stopped
events.jsonl        what happened, one JSON object a line, append-only
training.lock       held while a process trains
training.stop       asks that process to stop
training.log        what a process that the app started said last
note.txt            what a person noted
"""

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from engine.errors import RunError
from engine.held import is_held
from engine.own_files import check_plain, make_private
from engine.scratch import ScratchFolder, written_whole
from engine.training.events import Event, read_events

VERSION = 1
State = Literal["training", "done", "stopped", "failed"]

RUN, MODEL, STATE, LOCK, STOP, SAID = (
    "run.json",
    "model.safetensors",
    "state.safetensors",
    "training.lock",
    "training.stop",
    "training.log",
)
LARGEST_DESCRIPTION = 1 << 20
"""Characters of a description that are read; a larger one is none of ours."""
REMOVED = ".removed-"
"""How a directory's name begins that was a run."""
EXPERIMENTS = "experiments"
"""Directory among the runs that holds those of ``sigma-tui reproduce``. They are found by name, as
``experiments/NAME``, and listed by nobody else: there are hundreds."""


class NameTakenError(RunError):
    """There is a run of that name already."""


@dataclass(frozen=True)
class RunSummary:
    """What the directory says of a run.

    fingerprint: of the dataset it was trained on. created: ISO time. best_epoch: counted from 1, 0
    before the first. epochs: finished. valid: metrics at the best epoch. interests_alive: at the
    best epoch; None for a model without interests. settings: of model and training by name.
    """

    name: str
    path: Path
    model: str
    dataset: str
    fingerprint: str
    preset: str
    state: State
    created: str
    best_epoch: int
    epochs: int
    valid: dict[str, float]
    interests_alive: int | None
    settings: dict[str, dict[str, Any]]

    @property
    def interests(self) -> int:
        """K of a model with interests, else 0."""
        settings = self.settings["model"]
        return int(settings.get("categories", settings.get("interests", 0)))

    @property
    def living_share(self) -> float:
        """Living interests as a share of the half that ought to live, at most 1.

        Below 1 the interests have collapsed; a model without any has 1.
        """
        if self.interests_alive is None or not self.interests:
            return 1.0
        return min(1.0, self.interests_alive / (self.interests / 2))


def list_runs(root: Path) -> list[RunSummary]:
    """All runs, newest first. Directories that are not runs are left out."""
    if not root.is_dir():
        return []
    found = []
    for path in root.iterdir():
        if path.name.startswith(".") or not (path / RUN).is_file():
            continue
        try:
            found.append(summarise(path))
        except RunError:
            continue
    return sorted(found, key=lambda run: (run.created, run.name), reverse=True)


def find_run(root: Path, name: str) -> RunSummary:
    """The run of that name. Raises RunError, with the nearest name if there is none, and if it is
    damaged or of a newer version."""
    folder, _, own = name.rpartition("/")
    if folder == EXPERIMENTS:
        root, name = root / EXPERIMENTS, own
    if Path(name).name == name and not name.startswith(".") and (root / name / RUN).is_file():
        return summarise(root / name)
    names = [run.name for run in list_runs(root)]
    if not names:
        raise RunError(
            f"there is no run {name!r}, nor any other. Train one with `sigma-tui train DATASET`."
        )
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(names[:8])}."
    raise RunError(f"there is no run {name!r}. {hint}")


def summarise(path: Path) -> RunSummary:
    """Reads a run's directory. Raises RunError if its description is damaged."""
    try:
        described = json.loads(_description(path))
        if described["version"] != VERSION:
            raise RunError(
                f"run {path.name!r} has format {described['version']}, this program reads "
                f"format {VERSION}. Update sigma-tui."
            )
        training = is_training(path)  # before the events: the lock is held until the last one
        events = read_events(path, steps=False)
        epochs = [event for event in events if event.get("event") == "epoch"]
        best = max(epochs, key=lambda event: float(event["valid"]["recall@20"]), default=None)
        alive = (best or {}).get("diagnostics", {}).get("interests_alive")
        return RunSummary(
            name=path.name,
            path=path,
            model=str(described["model"]),
            dataset=str(described["dataset"]),
            fingerprint=str(described["fingerprint"]),
            preset=str(described["preset"]),
            state="training" if training else _state(events),
            created=str(described["created"]),
            best_epoch=int(best["epoch"]) if best else 0,
            epochs=max((int(event["epoch"]) for event in epochs), default=0),
            valid={str(k): float(v) for k, v in best["valid"].items()} if best else {},
            interests_alive=None if alive is None else round(float(alive)),
            settings={part: dict(described["settings"][part]) for part in ("model", "training")},
        )
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,  # an infinite epoch
        RecursionError,
    ) as error:
        raise RunError(
            f"the description of run {path.name!r} is damaged ({repr(error)[:200]}). Remove the "
            f"run with `sigma-tui runs remove {path.name}`."
        ) from None


def _description(path: Path) -> str:
    with (path / RUN).open(encoding="utf-8") as file:
        text = file.read(LARGEST_DESCRIPTION + 1)
    if len(text) > LARGEST_DESCRIPTION:
        raise ValueError("it is too large")
    return text


def create_run(root: Path, name: str, description: Mapping[str, Any]) -> Path:
    """Makes a run's directory, wholly or not at all, and returns it.

    Raises NameTakenError if the name is taken, RunError if it is impossible or the directory cannot
    be made.
    """
    check_name(name)
    try:
        make_private(root)
        _remove_rests(root)
        with ScratchFolder(root, ".new-") as scratch:
            made = scratch / name
            make_private(made)
            write_json(made / RUN, {"version": VERSION, **description})
            return place_run(root, made)
    except OSError as error:
        raise RunError(f"cannot make a run in {root}: {error}.") from None


def place_run(root: Path, made: Path) -> Path:
    """Moves a directory, which has all that a run needs, among the runs under its own name, and
    returns where it is now.

    Raises NameTakenError if the name is taken, RunError if it is impossible, OSError.
    """
    check_name(made.name)
    path = root / made.name
    try:
        return made.rename(path)  # fails if the name is taken by a directory with anything in it
    except OSError:
        if not path.exists():
            raise
        raise NameTakenError(
            f"there is a run {made.name!r} already. Choose another --name, go on with it by "
            f"`sigma-tui train --resume {made.name}`, or remove it."
        ) from None


def free_name(root: Path, dataset: str, model: str) -> str:
    """A name for a new run that is not taken: DATASET-MODEL-NUMBER."""
    readable = re.sub(r"[^\w.+-]", "-", dataset).lstrip("._+-")[:80] or "run"
    base = f"{readable}-{model}"
    number = 1
    while (root / f"{base}-{number}").exists():
        number += 1
    return f"{base}-{number}"


def remove_run(root: Path, name: str) -> None:
    """Removes a run; RunError if there is none or a process trains it."""
    path = root / name
    check_name(name)
    if not (path / RUN).is_file():
        find_run(root, name)
    if is_training(path):
        raise RunError(
            f"run {name!r} is being trained by {trained_by(path)}. Stop the training first."
        )
    if path.is_symlink():
        path.unlink()  # what it leads to is not ours
        return
    doomed = root / f"{REMOVED}{secrets.token_hex(8)}"
    try:
        path.rename(doomed)
    except FileNotFoundError:
        return  # somebody else has removed it
    except OSError as error:
        raise RunError(f"run {name!r} cannot be removed: {error}.") from None
    _remove_rests(root)


def _remove_rests(root: Path) -> None:
    """Deletes the files of removed runs, also of one whose removal was cut short: its name is free
    already."""
    with suppress(OSError):
        for left in root.glob(f"{REMOVED}*"):
            shutil.rmtree(left, ignore_errors=True)


def check_name(name: str) -> None:
    """Raises RunError unless a name can be a directory's on every system."""
    allowed = all(character.isalnum() or character in "._+-" for character in name)
    if not name or len(name) > 100 or not allowed or not name[0].isalnum():
        raise RunError(
            f"{name!r} cannot be a run's name: use up to 100 letters, digits, '.', '-', '_' and "
            "'+', beginning with a letter or digit."
        )


def is_training(path: Path) -> bool:
    """Whether a process trains this run now."""
    return is_held(path / LOCK)


def trained_by(path: Path) -> str:
    """Which process trains a run, in words."""
    process = process_of(path)
    return "another process" if process is None else f"process {process}"


def process_of(path: Path) -> int | None:
    """The number of the process that began to train a run last, if its events tell it."""
    starts = [event for event in read_events(path, steps=False) if event.get("event") == "start"]
    process = starts[-1].get("process") if starts else None
    return process if isinstance(process, int) and process > 1 else None


def ask_to_stop(path: Path) -> None:
    """Asks the process that trains a run to stop after the step under way; it keeps everything.

    Raises RunError if no process trains it, or the wish cannot be written.
    """
    if not is_training(path):
        raise RunError(f"run {path.name!r} is not being trained, so there is nothing to stop.")
    try:
        check_plain(path / STOP)
        (path / STOP).touch()
    except OSError as error:
        raise RunError(f"run {path.name!r} cannot be asked to stop: {error}.") from None


def is_asked_to_stop(path: Path) -> bool:
    """Whether somebody asked and the process has not stopped yet."""
    return (path / STOP).exists()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes JSON so that the path holds the old or the new, whole. Raises OSError."""
    with written_whole(path) as file:
        file.write(json.dumps(value, indent=2).encode())


def _state(events: list[Event]) -> State:
    """What became of a run that no process trains."""
    last = next((event for event in reversed(events) if event.get("event") == "end"), None)
    started = max((i for i, event in enumerate(events) if event.get("event") == "start"), default=0)
    ended = max((i for i, event in enumerate(events) if event.get("event") == "end"), default=-1)
    if last is None or ended < started:
        return "stopped"
    state = last.get("state")
    return state if state in ("done", "failed") else "stopped"
