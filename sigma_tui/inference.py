"""The one inference service: a thread that owns the loaded model and answers the newest question.

Questions carry numbers. One that comes while another is worked on waits alone: a newer one takes
its place, and an answer that is out of date when it is ready is dropped. The thread speaks to the
screen through one callback, which must be safe to call from it.
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
    """The model is ready. search: over the catalogue's titles. entropies: of every user, float
    [U], or None without interests."""

    explorer: "Explorer"
    search: TitleSearch
    entropies: npt.NDArray[np.float32] | None


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
    """

    def __init__(self, run: Path, library: Path, device: str, tell: Callable[[Told], None]) -> None:
        self._run, self._library, self._device = run, library, device
        self._tell = tell
        self._change = threading.Condition()
        self._asked: tuple[int, Question] | None = None
        self._newest = 0
        self._closed = False
        # A daemon: leaving the app must not wait for a forward pass or a slow import.
        self._thread = threading.Thread(target=self._serve, name="inference", daemon=True)

    def start(self) -> None:
        """Begins to load the model."""
        self._thread.start()

    def ask(self, question: Question) -> int:
        """Asks; the answer comes through ``tell``. Returns the question's number."""
        with self._change:
            self._newest += 1
            self._asked = (self._newest, question)
            self._change.notify()
            return self._newest

    def close(self) -> None:
        """Ends the thread after what it is doing; nothing is told any more."""
        with self._change:
            self._closed = True
            self._change.notify()

    def _serve(self) -> None:
        try:
            from engine.explore.explorer import Explorer
            from engine.training.device import leave_a_core_free

            explorer = Explorer.load(self._run, self._library, device=self._device)
            leave_a_core_free()
            # A million titles take seconds to prepare: here, not on the screen's thread.
            search = TitleSearch(explorer.catalogue.titles, explorer.catalogue.popularity)
            self._say(Loaded(explorer, search, explorer.entropies()))
        except SigmaError as error:
            self._say(Failed(str(error), fatal=True))
            return
        except Exception as error:  # the thread's last line of defence: the app must live on
            self._say(Failed(f"the model cannot be loaded: {error!r}", fatal=True))
            return
        known: dict[tuple[object, ...], Answer] = {}
        while True:
            with self._change:
                while self._asked is None and not self._closed:
                    self._change.wait()
                if self._closed or self._asked is None:
                    return
                number, question = self._asked
                self._asked = None
            try:
                told: Told = _answer(explorer, number, question, known)
            except SigmaError as error:
                told = Failed(str(error), fatal=False)
            except Exception as error:  # as above
                told = Failed(f"the model failed on this sequence: {error!r}", fatal=False)
            if number == self._newest:
                self._say(told)

    def _say(self, told: Told) -> None:
        if not self._closed:
            self._tell(told)


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
