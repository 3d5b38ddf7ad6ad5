"""Errors of what runs beside the screen, as something that is found like an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from engine.errors import SigmaError

Question = TypeVar("Question")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Trouble:
    """Why there is no answer, in a sentence for the person."""

    message: str


def or_trouble(
    find: Callable[[Question], Found],
) -> Callable[[Question, Callable[[], bool]], Found | Trouble]:
    """What a ``Finder`` calls: the thread lives on whatever happens in it."""

    def found(question: Question, _outdated: Callable[[], bool]) -> Found | Trouble:
        try:
            return find(question)
        except SigmaError as error:
            return Trouble(str(error))
        except Exception as error:  # the thread's last line of defence: the app must live on
            return Trouble(f"the model failed on this: {error!r}")

    return found
