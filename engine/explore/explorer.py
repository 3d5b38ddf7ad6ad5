"""The explorer: what a person may ask of one trained model and any sequence.

Pure: item ids in, plain values out (answer.py). It holds the model, the catalogue and the users'
sequences, and knows nothing of the screen; one thread at a time may ask it.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.errors import QuestionError
from engine.evaluation.diversify import CANDIDATES, diversify
from engine.evaluation.diversity import list_diversity
from engine.explore.answer import Answer, Recommendation
from engine.explore.categories import CategoryPortrait, portray, renamed
from engine.explore.intensities import intensities_of_users
from engine.explore.long_questions import LongQuestions
from engine.explore.own_names import NAMES
from engine.explore.personal import personal_timeline, read_personal
from engine.library.library import Library
from engine.models.protocol import (
    PersonalInterestRecommender,
)
from engine.training.checkpoint import check_fits, load_model


class Explorer(LongQuestions):
    """What may be asked of a trained model; long questions: see long_questions.py."""

    @classmethod
    def load(
        cls, run: Path, library: Path, *, device: str = "auto", names: Path | None = None
    ) -> "Explorer":
        """Reads a run's best checkpoint and its dataset. names: if not in the run's directory.

        Raises RunError if the checkpoint is damaged, foreign or does not fit the data, LibraryError
        if the dataset is not in the library.
        """
        loaded = load_model(run, device=device)
        with Library.open(library) as opened:
            interactions = opened.interactions(loaded.dataset)
            catalogue = opened.catalogue(loaded.dataset)
        check_fits(loaded, interactions)
        return cls(
            loaded.model,
            interactions,
            catalogue,
            run_name=run.name,
            metrics=loaded.metrics,
            names=names or (run / NAMES if run.is_dir() else None),
        )

    def beside(self, run: Path, *, device: str = "auto") -> "Explorer":
        """Another run on the same data, which is shared and not read again.

        Raises RunError if the checkpoint is damaged, foreign or does not fit the data.
        """
        loaded = load_model(run, device=device)
        check_fits(loaded, self.interactions)
        return Explorer(
            loaded.model,
            self.interactions,
            self.catalogue,
            run_name=run.name,
            metrics=loaded.metrics,
        )

    @cached_property
    def portraits(self) -> tuple[CategoryPortrait, ...]:
        """What each hyper-category is about, by a person's own names where there are any; empty
        without categories."""
        return renamed(self._described, self.own_names.names)

    @cached_property
    def _described(self) -> tuple[CategoryPortrait, ...]:
        return () if self.membership is None else portray(self.membership, self.catalogue)

    def rename(self, category: int, name: str) -> None:
        """Gives a category a name, kept with the run; an empty one takes it away again.

        Raises QuestionError for an unknown category, RunError if the name cannot be kept.
        """
        if not 0 <= category < self.categories:
            raise QuestionError(f"run {self.run_name!r} has no category {category}")
        self.own_names.give(category, name)
        self.portraits = renamed(self._described, self.own_names.names)

    def history(self, user: int) -> tuple[int, ...]:
        """All items of user u (0-based), oldest first."""
        start, stop = self.interactions.offsets[user : user + 2]
        return tuple(self.interactions.items[start:stop].tolist())

    def answer(
        self,
        items: Sequence[int],
        *,
        k: int = 10,
        target: int | None = None,
        hidden: frozenset[int] = frozenset(),
        only: int | str | None = None,
        steering: Mapping[int, float] | None = None,
        diversity_weight: float = 0.0,
    ) -> Answer:
        """Everything that one forward pass says of a sequence.

        items: ids, oldest first; an empty sequence gets an answer without recommendations, as a
        model of the next item has nothing to go on.
        k: length of the list, cut to what may be recommended. Items of the sequence and ``hidden``
        ones may not.
        only: list this category's items alone: a learned one (or interest) by its number, one of
        the metadata by its name. The target is ranked among all items all the same.
        target: the item that really came next, to be ranked.
        steering: category → wanted intensity; scores are re-weighed (steering.py), interests are
        shown as the model found them.
        diversity_weight: γ of the re-ranking (diversify.py) by ``diversified_by``; 0 leaves the
        order of scores.

        Raises QuestionError for an unknown item or category, k < 1, or steering without interests.
        """
        started = time.perf_counter()
        sequence = tuple(int(item) for item in items)
        self._check(sequence, k, target)
        if not sequence:
            return Answer(
                items=(),
                item_interests=(),
                interests=(),
                steered=(),
                entropy=0.0,
                recommendations=(),
                diversity=None,
                diversity_learned=None,
                without_categories=0,
                coverage=0.0,
                novelty=None,
                target=target,
                target_rank=None,
                milliseconds=0.0,
            )
        with torch.inference_mode():
            read = self._read(sequence)
            steered, offset = self._steer(read.interests, steering) if steering else (None, None)
            open_ = self._open(
                sequence, read, k, hidden, only, offset, target, wide=diversity_weight > 0.0
            )
            log_total = open_.scores.logsumexp(dim=0)
            if diversity_weight > 0.0:
                best = open_.listed.topk(min(CANDIDATES * k, open_.count))
                kinds = self._labels(best.indices, read)[None]
                wanted = min(k, open_.count)
                picked = diversify(best.values[None], kinds, wanted, diversity_weight)[0]
                chosen = best.indices[picked]
            else:
                chosen = open_.listed.topk(min(k, open_.count)).indices
            values = open_.listed[chosen]
            probability = (values - log_total).exp()
            allowed, target_rank = open_.allowed, None
            if target is not None and bool(allowed[target] > -torch.inf):
                ahead = int((allowed > allowed[target]).sum())
                tied = int((allowed == allowed[target]).sum()) - 1
                target_rank = 1 + ahead + tied / 2
            owners = self._owners(chosen, read)
            columns = (chosen.tolist(), values.tolist(), probability.tolist(), owners)
        recommendations = tuple(
            Recommendation(rank, item, score, chance, owner, self._membership_in(owner, item))
            for rank, (item, score, chance, owner) in enumerate(zip(*columns, strict=True), start=1)
        )
        listed = [line.item for line in recommendations]
        labels = [frozenset(self.catalogue.categories[item - 1]) for item in listed]
        learned = [frozenset((line.category,)) for line in recommendations]
        return Answer(
            items=sequence,
            item_interests=read.item_interests,
            interests=read.interests,
            steered=() if steered is None else tuple(steered.tolist()),
            entropy=_bits(np.array([interest.intensity for interest in read.interests])),
            recommendations=recommendations,
            diversity=list_diversity(labels),
            diversity_learned=list_diversity(learned) if self.interests else None,
            without_categories=sum(not label for label in labels),
            coverage=len(listed) / len(self.catalogue.labels),
            novelty=float(self._information[[i - 1 for i in listed]].mean()) if listed else None,
            target=target,
            target_rank=target_rank,
            milliseconds=(time.perf_counter() - started) * 1000,
        )

    def typical_items(self, items: Sequence[int], top: int) -> dict[int, tuple[int, ...]]:
        """Items that stand for each interest of a sequence: the most typical ones of a category; of
        a personal interest those that it alone would recommend. Empty without interests.

        Raises QuestionError for an unknown item.
        """
        if not isinstance(self.model, PersonalInterestRecommender):
            return {one.category: one.top_items[:top] for one in self.portraits}
        sequence = tuple(int(item) for item in items)
        self._check(sequence, top, None)
        if not sequence:
            return {}
        with torch.inference_mode():
            excluded = torch.tensor([0, *set(sequence)], device=self._device)
            read = read_personal(self.model, sequence, self._device)
            return read.favourites(top, excluded)

    def timeline(self, items: Sequence[int]) -> npt.NDArray[np.float32]:
        """Intensities after every prefix of a sequence, each equal to a fresh answer's.

        Returns float32 [T, K]; [T, 0] without interests.
        """
        if isinstance(self.model, PersonalInterestRecommender):
            return personal_timeline(self.model, items, self._device)
        if self.membership is None:
            return np.zeros((len(items), 0), dtype=np.float32)
        mass = self.membership[np.asarray(items, dtype=np.intp)].cumsum(axis=0, dtype=np.float64)
        mass[self.max_length :] -= mass[: -self.max_length].copy()
        intensities: npt.NDArray[np.float32] = (mass / mass.sum(axis=1, keepdims=True)).astype(
            np.float32
        )
        return intensities

    def intensities(self) -> npt.NDArray[np.float32] | None:
        """Every user's intensities before the held-out last item: float32 [U, K].

        A user with one item has nothing before it and gets zeros. None without categories of the
        catalogue: interests that are a person's own take a forward pass for each.
        """
        if self.membership is None:
            return None
        return intensities_of_users(self.membership, self.interactions, self.max_length)

    def entropies(self) -> npt.NDArray[np.float32] | None:
        """Entropy of every user's intensities in bits: float32 [U]; None without categories."""
        intensities = self.intensities()
        if intensities is None:
            return None
        logs = np.log2(np.maximum(intensities, 1e-30))
        entropies: npt.NDArray[np.float32] = -(intensities * logs).sum(axis=1)
        return entropies

    @cached_property
    def _information(self) -> npt.NDArray[np.float32]:
        """−log₂ of every item's share of all interactions: float32 [V], in bits."""
        popularity = self.catalogue.popularity / max(1, self.catalogue.popularity.sum())
        information: npt.NDArray[np.float32] = -np.log2(np.maximum(popularity, 1e-30)).astype(
            np.float32
        )
        return information

    def _membership_in(self, owner: int | None, item: int) -> float | None:
        if self.membership is None or owner is None:
            return None
        return float(self.membership[item, owner])


def _bits(probability: npt.NDArray[np.float64]) -> float:
    """Entropy in bits."""
    positive = probability[probability > 0]
    return float(max(0.0, -(positive * np.log2(positive)).sum()))
