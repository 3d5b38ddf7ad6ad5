"""The inference service of two runs on the same data: one thread, the same question to both."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.explore.answer import Answer
from engine.explore.search import TitleSearch
from engine.home import Home
from sigma_tui.beside.inference import Answered, InferenceService, Question, answer_of
from sigma_tui.beside.service import Failed, Service
from sigma_tui.beside.user_index import UserIndex

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


@dataclass(frozen=True)
class LoadedPair:
    """Both models are ready. search, users: see ``Loaded``; intensities are the first run's."""

    first: "Explorer"
    second: "Explorer"
    search: TitleSearch
    users: UserIndex


@dataclass(frozen=True)
class AnsweredPair:
    """The newest question's answer by both."""

    number: int
    question: Question
    first: Answered
    second: Answered


ToldPair = LoadedPair | AnsweredPair | Failed


class ComparisonService(Service[Question, LoadedPair]):
    """Loads two explorers and asks both.

    runs, library: see ``Explorer.load``. tell: called from the thread with all that happens.
    """

    def __init__(
        self,
        runs: tuple[Path, Path],
        library: Path,
        device: str,
        tell: Callable[[ToldPair], None],
    ) -> None:
        super().__init__(tell)
        self._runs, self._device = runs, device
        # It is not started: it loads in this thread.
        cache = Home.locate().cache
        self._first = InferenceService(runs[0], library, device, cache, _say_nothing)
        self._known: tuple[dict[tuple[object, ...], Answer], ...] = ({}, {})

    def load(self) -> LoadedPair:
        """Both explorers, over one dataset in memory."""
        loaded = self._first.load()
        second = loaded.explorer.beside(self._runs[1], device=self._device)
        _ = second.portraits, second.category_of(1)  # computed at first use, and kept
        return LoadedPair(loaded.explorer, second, loaded.search, loaded.users)

    def answer(self, loaded: LoadedPair, number: int, question: Question) -> AnsweredPair:
        """What each says of the sequence, and of its original."""
        first, second = (
            answer_of(explorer, number, question, known)
            for explorer, known in zip((loaded.first, loaded.second), self._known, strict=True)
        )
        return AnsweredPair(number, question, first, second)


def _say_nothing(_told: object) -> None:
    """What is loaded and answered is returned."""
