"""What the train screen asks of the engine: what can be chosen, what a choice means, and the run.

All of it takes time, torch's import first of all: it is called beside the screen.
"""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import LibraryError, SettingsError, SigmaError
from engine.home import Home
from sigma_tui.commands.shared.options import changes_of

if TYPE_CHECKING:
    from engine.library.library import DatasetSummary
    from engine.training.known_settings import KnownSetting
    from engine.training.rule import Choice, Shape
    from engine.training.runs import RunSummary
    from engine.training.train import TrainRequest
    from engine.tuning.tuned import Tuned


@dataclass(frozen=True)
class Offer:
    """What there is to choose from. models: name and what it is."""

    datasets: tuple["DatasetSummary", ...]
    models: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Wish:
    """What a person chose. own: settings as NAME=VALUE, by blanks. name: of the run; empty takes a
    free one."""

    dataset: str
    model: str
    preset: str
    own: str = ""
    name: str = ""


@dataclass(frozen=True)
class Judged:
    """What a wish means.

    presets: of the model, name and what it is. choices: what the rule chose for the data. known:
    what can be set. base: all settings without the person's own. changes: own settings that differ,
    by name, as the engine reads them. trouble: what is wrong with the own settings, name_trouble:
    with the name. free_name: that is taken without one. command: that does the same.
    """

    wish: Wish
    presets: tuple[tuple[str, str], ...]
    choices: tuple["Choice", ...]
    known: tuple["KnownSetting", ...]
    base: Mapping[str, object]
    changes: Mapping[str, object]
    trouble: str
    name_trouble: str
    free_name: str
    command: str


def offer(home: Home) -> Offer:
    """Reads the library. Raises LibraryError if it cannot be read."""
    from engine.library.library import Library
    from engine.models.registry import MODELS

    with Library.open(home.library) as library:
        datasets = tuple(library.datasets())
    return Offer(datasets, tuple((name, kind.about) for name, kind in MODELS.items()))


def judge(home: Home, data: "DatasetSummary", wish: Wish) -> Judged:
    """Asks the engine about a wish; its own checks speak. Raises SettingsError for a model or
    preset that does not exist."""
    from engine.training.known_settings import known_settings
    from engine.training.presets import ABOUT, TUNED, chosen, preset_names
    from engine.training.runs import free_name

    presets = [(name, ABOUT[name]) for name in ABOUT if name in preset_names(wish.model)]
    request = _request(home, Wish(wish.dataset, wish.model, wish.preset))
    found = _tuned_about(home, wish)
    if found:
        presets.append((TUNED, found))
    base = _values(request, data)
    trouble, changes = "", {}
    try:
        own = changes_of(wish.own.split())
        values = _values(_request(home, wish), data)
        changes = {name: values[name] for name in own if values[name] != base[name]}
    except SettingsError as error:
        trouble = str(error)
    return Judged(
        wish=wish,
        presets=tuple(presets),
        choices=()
        if wish.preset == TUNED
        else tuple(chosen(wish.model, wish.preset, _shape(data))),
        known=tuple(known_settings(wish.model)),
        base=base,
        changes=changes,
        trouble=trouble,
        name_trouble=_name_trouble(home, wish.name),
        free_name=free_name(home.runs, wish.dataset, wish.model),
        command=_command(wish),
    )


def make_run(home: Home, wish: Wish, device: str) -> Path:
    """Makes the run that a wish describes; nothing is trained yet.

    Raises SigmaError, and has then made nothing.
    """
    from dataclasses import replace

    from engine.training.train import prepare

    return prepare(replace(_request(home, wish), device=device))


def wish_of(home: Home, run: "RunSummary") -> Wish:
    """The wish that leads to a run's settings, under a free name.

    Raises LibraryError if its dataset is gone.
    """
    from engine.library.library import Library
    from engine.training.presets import preset_names

    with Library.open(home.library) as library:
        data = library.summary(run.dataset)
    preset = run.preset if run.preset in preset_names(run.model) else "best"
    wish = Wish(run.dataset, run.model, preset)
    base = _values(_request(home, wish), data)
    settings = {**run.settings["model"], **run.settings["training"]}
    own = [f"{name}={value}" for name, value in settings.items() if value != base.get(name)]
    return Wish(wish.dataset, wish.model, wish.preset, " ".join(own))


def _request(home: Home, wish: Wish) -> "TrainRequest":
    from engine.training.presets import TUNED
    from engine.training.train import TrainRequest

    request = TrainRequest(
        library=home.library,
        runs=home.runs,
        dataset=wish.dataset,
        model=wish.model,
        preset=wish.preset,
        name=wish.name or None,
        settings=changes_of(wish.own.split()),
    )
    if wish.preset == TUNED:
        return _tuned(home, wish).applied(request)
    return request


def _values(request: "TrainRequest", data: "DatasetSummary") -> dict[str, object]:
    """All settings that a request comes to."""
    from engine.training.presets import settings_for

    of_model, training = settings_for(request.model, request.preset, request.settings, _shape(data))
    return {**asdict(training), **asdict(of_model)}


def _shape(data: "DatasetSummary") -> "Shape":
    from engine.training.rule import Shape

    return Shape(data.users, data.items, data.avg_length)


def _tuned_about(home: Home, wish: Wish) -> str:
    """What searches found for the dataset and model, in a sentence; empty if nothing."""
    try:
        found = _tuned(home, wish)
    except (SettingsError, LibraryError):
        return ""
    return (
        f"The best of your own search: trial {found.trial.number} of study {found.study}, "
        f"validation Recall@20 {found.trial.recall:.4f}."
    )


def _tuned(home: Home, wish: Wish) -> "Tuned":
    """The best settings of all searches. Raises SettingsError if there are none."""
    from engine.tuning.trial_names import DESCRIPTION

    studies = {path.parent for path in home.tuning.glob(f"*/{DESCRIPTION}")}
    if not studies:
        raise SettingsError("nothing has been searched yet. Try `sigma-tui tune DATASET`.")
    stamp = max(file.stat().st_mtime_ns for study in studies for file in study.iterdir())
    return _tuned_then(home.tuning, home.library, wish.dataset, wish.model, stamp)


@lru_cache(maxsize=16)
def _tuned_then(studies: Path, library: Path, dataset: str, model: str, _stamp: int) -> "Tuned":
    """Journals are long, and the form asks at every key."""
    from engine.tuning.tuned import tuned

    return tuned(studies, library, dataset, model)


def _name_trouble(home: Home, name: str) -> str:
    from engine.training.runs import check_name

    if not name:
        return ""
    try:
        check_name(name)
    except SigmaError as error:
        return str(error)
    if (home.runs / name).exists():
        return f"there is a run {name!r} already. Choose another name."
    return ""


def _command(wish: Wish) -> str:
    """The command line that does the same."""
    words = ["sigma-tui", "train", wish.dataset, "--model", wish.model, "--preset", wish.preset]
    if wish.name:
        words += ["--name", wish.name]
    for own in wish.own.split():
        words += ["--set", own]
    return shlex.join(words)
