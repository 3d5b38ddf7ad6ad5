"""The inference service of one run: questions about a sequence, answers with all that is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.explore.answer import Answer
from engine.explore.search import TitleSearch
from engine.explore.versions import Version
from sigma_tui.service import Failed, Service
from sigma_tui.user_index import UserIndex

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


@dataclass(frozen=True)
class Question:
    """What is asked: an edited sequence beside its original.

    target: the item that really came next. original_target: the same for the original. held_out:
    whether the target is the user's held-out last item. k: length of the list.
    """

    items: tuple[int, ...]
    original: tuple[int, ...]
    target: int | None
    original_target: int | None
    held_out: bool
    k: int

    @classmethod
    def about(cls, version: Version, held_out: int | None, k: int) -> "Question":
        """About edits as they are. held_out: the user's last item, which the original lacks."""
        following = version.next_of_original()
        return cls(
            items=version.items,
            original=version.original,
            target=held_out if following is None else following,
            original_target=held_out,
            held_out=following is None,
            k=k,
        )


@dataclass(frozen=True)
class Loaded:
    """The model is ready. search: over the catalogue's titles. users: with the entropies of their
    intensities, if there are interests."""

    explorer: "Explorer"
    search: TitleSearch
    users: UserIndex


@dataclass(frozen=True)
class Answered:
    """The newest question's answer. reference: of the original. timeline: float [T, K]."""

    number: int
    question: Question
    answer: Answer
    reference: Answer
    timeline: npt.NDArray[np.float32]


Told = Loaded | Answered | Failed


class InferenceService(Service[Question, Loaded]):
    """Loads an explorer in its own thread and answers questions there.

    run, library: see ``Explorer.load``. tell: called from the thread with everything that happens.
    """

    def __init__(self, run: Path, library: Path, device: str, tell: Callable[[Told], None]) -> None:
        super().__init__(tell)
        self._run, self._library, self._device = run, library, device
        self._known: dict[tuple[object, ...], Answer] = {}

    def load(self) -> Loaded:
        """The explorer, and what the screen needs beside it."""
        return _load(self._run, self._library, self._device)

    def answer(self, loaded: Loaded, number: int, question: Question) -> Answered:
        """What the model says of the sequence, and of its original."""
        return _answer(loaded.explorer, number, question, self._known)


def _load(run: Path, library: Path, device: str) -> Loaded:
    """Reads the run, and prepares here what would hold up the screen with a million users and
    items: entropies, portraits, the indexes of titles and users."""
    from engine.explore.explorer import Explorer
    from engine.training.device import leave_a_core_free

    explorer = Explorer.load(run, library, device=device)
    leave_a_core_free()
    catalogue, interactions = explorer.catalogue, explorer.interactions
    search = TitleSearch(catalogue.titles, catalogue.popularity)
    users = UserIndex(interactions.users, np.diff(interactions.offsets), explorer.entropies())
    _ = explorer.portraits, explorer.category_of(1)  # computed at first use, and kept
    return Loaded(explorer, search, users)


def _answer(
    explorer: "Explorer", number: int, question: Question, known: dict[tuple[object, ...], Answer]
) -> Answered:
    key = (question.original, question.original_target, question.k)
    if key not in known:
        known.clear()  # one original at a time is looked at
        known[key] = explorer.answer(
            question.original, k=question.k, target=question.original_target
        )
    reference = known[key]
    if (question.items, question.target) == (question.original, question.original_target):
        answer = reference
    else:
        answer = explorer.answer(question.items, k=question.k, target=question.target)
    return Answered(number, question, answer, reference, explorer.timeline(question.items))
