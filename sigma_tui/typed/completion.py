"""Completion of settings as they are typed: names, then the values that can be listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.training.known_settings import KnownSetting


@dataclass(frozen=True)
class Match:
    """A way to go on. text: the whole line with it. setting: that it is about."""

    text: str
    setting: "KnownSetting"


def word_at_end(text: str) -> str:
    """The last word of a line, which is the one being typed; empty after a blank."""
    return "" if not text or text[-1].isspace() else text.split()[-1]


def matches(text: str, known: Iterable["KnownSetting"]) -> list[Match]:
    """Ways to complete the last word of a line, names that begin with it before those that have it
    in them; after an =, values of that setting, or the setting itself where any number will do."""
    word = word_at_end(text)
    before = text[: len(text) - len(word)]
    name, equals, value = word.partition("=")
    if equals:
        found = [setting for setting in known if setting.name == name]
        if found and not value and not found[0].choices:
            return [Match(text, found[0])]
        return [
            Match(f"{before}{name}={choice}", setting)
            for setting in found
            for choice in setting.choices
            if choice.startswith(value)
        ]
    if not name:
        return []
    known = list(known)
    found = [setting for setting in known if setting.name.startswith(name)]
    found += [setting for setting in known if name in setting.name and setting not in found]
    return [Match(f"{before}{setting.name}=", setting) for setting in found]
