"""The inference service of one run: questions about a sequence, answers with all that is shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.explore.answer import Answer
from engine.explore.search import TitleSearch
from engine.explore.survey import Survey, survey_file
from engine.explore.versions import Version
from sigma_tui.assets import names_beside
from sigma_tui.beside.afterthoughts import Afterthought, Surveyed
from sigma_tui.beside.service import Failed, Service
from sigma_tui.beside.user_index import UserIndex

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

SURVEYS = "surveys"
"""The folder of the cache that surveys of all users are kept in."""
METADATA_LISTED = 500
"""Categories of the metadata that are offered to choose from."""


@dataclass(frozen=True)
class Question:
    """What is asked: an edited sequence beside its original.

    target: the item that really came next. original_target: the same for the original. held_out:
    whether the target is the user's held-out last item. k: length of the list. hidden, only: see
    ``Explorer.answer``; of both lists. steering: category and wanted intensity; diversity: γ of the
    re-ranking; both of the edited list alone. over: the sequence of the timeline; after: what came
    after it.
    """

    items: tuple[int, ...]
    original: tuple[int, ...]
    target: int | None
    original_target: int | None
    held_out: bool
    k: int
    hidden: frozenset[int] = frozenset()
    only: int | str | None = None
    steering: tuple[tuple[int, float], ...] = ()
    diversity: float = 0.0
    over: tuple[int, ...] = ()
    after: int | None = None

    @property
    def wanted_intensities(self) -> dict[int, float] | None:
        """The steering as the explorer takes it."""
        return dict(self.steering) or None

    @property
    def differs(self) -> bool:
        """Whether another list than the original's is asked for."""
        asked = self.items, self.target, self.steering, self.diversity
        return asked != (self.original, self.original_target, (), 0.0)

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
            over=version.items if following is None else version.original,
            after=held_out,
        )


@dataclass(frozen=True)
class Loaded:
    """The model is ready. search: over the catalogue's titles. users: with the entropies of their
    intensities, if there are interests. survey: of all users, for the thread alone; surveyed: what
    it knows from before. metadata: names of the catalogue's categories, the most frequent first."""

    explorer: "Explorer"
    search: TitleSearch
    users: UserIndex
    survey: Survey
    surveyed: Surveyed
    metadata: list[str]


@dataclass(frozen=True)
class Answered:
    """The newest question's answer. reference: of the original. timeline: float [T, K], after every
    prefix of the question's ``over``."""

    number: int
    question: Question
    answer: Answer
    reference: Answer
    timeline: npt.NDArray[np.float32]


Told = Loaded | Answered | Failed | Afterthought | Surveyed


class InferenceService(Service[Question, Loaded]):
    """Loads an explorer in its own thread and answers questions there.

    run, library: see ``Explorer.load``. cache: where surveys of all users are kept. tell: called
    from the thread with everything that happens.
    """

    def __init__(
        self, run: Path, library: Path, device: str, cache: Path, tell: Callable[[Told], None]
    ) -> None:
        super().__init__(tell)
        self._run, self._library, self._device, self._cache = run, library, device, cache
        self._known: dict[tuple[object, ...], Answer] = {}

    def load(self) -> Loaded:
        """The explorer, and what the screen needs beside it."""
        return _load(self._run, self._library, self._device, self._cache)

    def answer(self, loaded: Loaded, number: int, question: Question) -> Answered:
        """What the model says of the sequence, and of its original."""
        return answer_of(loaded.explorer, number, question, self._known)


def _load(run: Path, library: Path, device: str, cache: Path) -> Loaded:
    """Reads the run, and prepares here what would hold up the screen with a million users and
    items: entropies, portraits, the indexes of titles and users."""
    from engine.explore.explorer import Explorer
    from engine.training.device import leave_a_core_free
    from engine.training.runs import MODEL

    names = names_beside(run, library)
    explorer = Explorer.load(run, library, device=device, names=names)
    leave_a_core_free()
    catalogue, interactions = explorer.catalogue, explorer.interactions
    search = TitleSearch(catalogue.titles, catalogue.popularity)
    users = UserIndex(
        interactions.users,
        np.diff(interactions.offsets),
        explorer.entropies(),
        diversifies=explorer.surveys_diversity,
    )
    _ = explorer.portraits, explorer.category_of(1)  # computed at first use, and kept
    checkpoint = run / MODEL if run.is_dir() else run
    file = survey_file(cache / SURVEYS, checkpoint, interactions.fingerprint)
    survey = Survey(len(interactions.users), file)
    known = Surveyed.of(survey)
    counted = Counter(name for own in catalogue.categories for name in own)
    metadata = [name for name, _ in counted.most_common(METADATA_LISTED)]
    return Loaded(explorer, search, users, survey, known, metadata)


def answer_of(
    explorer: "Explorer", number: int, question: Question, known: dict[tuple[object, ...], Answer]
) -> Answered:
    """What a model says of the sequence, and of its original. known: answers about originals."""
    key = question.original, question.original_target, question.k, question.hidden, question.only
    if key not in known:
        known.clear()  # one original at a time is looked at
        known[key] = explorer.answer(
            question.original,
            k=question.k,
            target=question.original_target,
            hidden=question.hidden,
            only=question.only,
        )
    reference = answer = known[key]
    if question.differs:
        answer = explorer.answer(
            question.items,
            k=question.k,
            target=question.target,
            hidden=question.hidden,
            only=question.only,
            steering=question.wanted_intensities,
            diversity_weight=question.diversity,
        )
    return Answered(number, question, answer, reference, explorer.timeline(question.over))
