"""Edits in words of the command line: ``remove=3``, ``insert=3,296``; places count from 1."""

from collections.abc import Callable, Sequence
from typing import cast

from engine.errors import QuestionError
from engine.explore.edits import Edit, Kind

SPELLED: dict[Kind, str] = {
    "add": "add=ITEM",
    "insert": "insert=PLACE,ITEM",
    "remove": "remove=PLACE",
    "move": "move=PLACE,PLACE",
    "replace": "replace=PLACE,ITEM",
    "mute": "mute=PLACE",
    "until": "until=PLACE",
}
HELP = "An edit as the explorer makes it, in order; repeatable: " + ", ".join(SPELLED.values())


def words_of(edit: Edit, labels: Sequence[str]) -> str:
    """The edit as ``--edit`` takes it. labels: of the catalogue's items."""
    parts = [str(place + 1) for place in (edit.place, edit.to) if place is not None]
    if edit.item is not None:
        parts.append(labels[edit.item - 1])
    return f"{edit.kind}={','.join(parts)}"


def edit_from(words: str, item_of: Callable[[str], int]) -> Edit:
    """The edit that somebody typed. item_of: the id of a label, or QuestionError.

    Raises QuestionError with the spelling, or what ``item_of`` raises.
    """
    name, _, rest = words.partition("=")
    kind = cast(Kind, name.strip())
    if kind not in SPELLED:
        raise QuestionError(f"{words!r} is not an edit: write {', '.join(SPELLED.values())}")
    if kind == "add":
        return Edit("add", None, item_of(rest))
    first, separator, second = rest.partition(",")
    if bool(separator) != ("," in SPELLED[kind]):
        raise QuestionError(f"{words!r} is not spelled {SPELLED[kind]}")
    place = _place(first, words, kind)
    if kind == "move":
        return Edit("move", place, None, _place(second, words, kind))
    return Edit(kind, place, item_of(second) if separator else None)


def _place(text: str, words: str, kind: Kind) -> int:
    try:
        return int(text) - 1
    except ValueError:
        raise QuestionError(
            f"{words!r} is not spelled {SPELLED[kind]}, where places are numbers from 1"
        ) from None
