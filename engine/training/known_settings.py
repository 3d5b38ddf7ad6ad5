"""What can be set for a training of a model: names, kinds, bounds, and what the docstrings say."""

import inspect
import re
import typing
from dataclasses import dataclass, fields
from typing import Any

from engine.models.registry import LIMITS as MODEL_LIMITS
from engine.models.registry import kind_of
from engine.training.settings import LIMITS, TrainingSettings


@dataclass(frozen=True)
class KnownSetting:
    """A setting by its name.

    kind: ``int``, ``float``, ``bool`` or ``choice``. choices: its values, where they can be listed.
    limits: the least and the greatest number. about: what the settings' docstring says of it.
    """

    name: str
    kind: str
    choices: tuple[str, ...]
    limits: tuple[float, float] | None
    about: str


def known_settings(model: str) -> list[KnownSetting]:
    """All settings of training and of a model, those of training first.

    Raises SettingsError for an unknown model.
    """
    return [*_known(TrainingSettings, LIMITS), *_known(kind_of(model).settings, MODEL_LIMITS)]


def _known(settings: type[Any], limits: dict[str, tuple[float, float]]) -> list[KnownSetting]:
    names = [field.name for field in fields(settings)]
    kinds, told = typing.get_type_hints(settings), _told(settings, names)
    found = []
    for name in names:
        kind = kinds[name]
        choices: tuple[str, ...] = ()
        if typing.get_origin(kind) is typing.Literal:
            choices = typing.get_args(kind)
        elif kind is bool:
            choices = ("true", "false")
        label = "choice" if typing.get_origin(kind) is typing.Literal else kind.__name__
        found.append(KnownSetting(name, label, choices, limits.get(name), told.get(name, "")))
    return found


def _told(settings: type[Any], names: list[str]) -> dict[str, str]:
    """The docstring by names: it has ``name: text`` or ``name, name (paper: 1 and 2): text``."""
    text = " ".join((inspect.getdoc(settings) or "").split()).replace("``", "")
    name = rf"(?:{'|'.join(sorted(names, key=len, reverse=True))})(?: \([^)]*\))?"
    heads = list(re.finditer(rf"(?:(?<=\s)|^)({name}(?:, {name})*): ", text))
    told = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        said = text[head.end() : following.start() if following else None].strip()
        for one in re.findall(r"\w+", re.sub(r"\([^)]*\)", "", head[1])):
            told[one] = said
    return told
