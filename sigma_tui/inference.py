"""The one inference service: a thread that owns the loaded model and answers the newest question.

A question that comes while another is worked on waits alone: a newer one takes its place, and an
answer that is out of date when it is ready is dropped. The thread speaks to the screen through one
callback, which must be safe to call from it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.errors import SigmaError
from engine.explore.answer import Answer
from engine.explore.search import TitleSearch
from sigma_tui.lasting import lasting, release
from sigma_tui.newest import Newest
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


@dataclass(frozen=True)
class Failed:
    """Loading or an answer failed; message is for the person. fatal: nothing can be asked."""

    message: str
    fatal: bool


Told = Loaded | Answered | Failed


class InferenceService:
    """Loads an explorer in its own thread and answers questions there.

    run, library: see ``Explorer.load``. tell: called from the thread with everything that happens.
    turn: is held while the explorer is asked; whoever else asks it takes turns with this thread.
    """

    def __init__(self, run: Path, library: Path, device: str, tell: Callable[[Told], None]) -> None:
        self._run, self._library, self._device = run, library, device
        self._tell = tell
        self._questions: Newest[Question] = Newest()
        self.turn = threading.Lock()
        # A daemon: leaving the app must not wait for a forward pass or a slow import.
        self._thread = threading.Thread(target=self._serve, name="inference", daemon=True)

    def start(self) -> None:
        """Begins to load the model."""
        self._thread.start()

    def ask(self, question: Question) -> int:
        """Asks; the answer comes through ``tell``. Returns the question's number."""
        return self._questions.ask(question)

    def close(self) -> None:
        """Ends the thread after what it is doing; nothing is told any more."""
        self._questions.close()
        release()

    def _serve(self) -> None:
        try:
            with lasting():
                loaded = _load(self._run, self._library, self._device)
            self._say(loaded)
        except SigmaError as error:
            self._say(Failed(str(error), fatal=True))
            return
        except Exception as error:  # the thread's last line of defence: the app must live on
            self._say(Failed(f"the model cannot be loaded: {error!r}", fatal=True))
            return
        explorer = loaded.explorer
        known: dict[tuple[object, ...], Answer] = {}
        while (taken := self._questions.take()) is not None:
            number, question = taken
            try:
                with self.turn:
                    told: Told = _answer(explorer, number, question, known)
            except SigmaError as error:
                told = Failed(str(error), fatal=False)
            except Exception as error:  # as above
                told = Failed(f"the model failed on this sequence: {error!r}", fatal=False)
            if not self._questions.outdated(number):
                self._tell(told)

    def _say(self, told: Told) -> None:
        if not self._questions.closed:
            self._tell(told)


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
