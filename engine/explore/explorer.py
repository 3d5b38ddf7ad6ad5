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
from engine.evaluation.diversity import list_diversity
from engine.explore.answer import Answer, Interest, Recommendation
from engine.explore.categories import CategoryPortrait, portray
from engine.explore.diversify import CANDIDATES, diversify
from engine.explore.influence import leave_one_out
from engine.explore.intensities import intensities_of_users
from engine.explore.reading import Reader
from engine.explore.scan import CatalogueScan
from engine.explore.stability import Stability, posterior_stability
from engine.explore.steering import steer, steered_intensities
from engine.library.contents import Catalogue, Interactions
from engine.library.library import Library
from engine.models.protocol import (
    HasPosterior,
    InterestRecommender,
    Recommender,
    ScoresByProduct,
    right_padded,
)
from engine.models.sigma.interests import Interests
from engine.models.sigma.sigma import Sigma
from engine.training.checkpoint import check_fits, load_model


class Explorer:
    """A trained model beside the data it was trained on.

    interactions, catalogue: the dataset. run_name: of the checkpoint. metrics: its validation
    metrics by name, for people to read.
    """

    def __init__(
        self,
        model: Recommender,
        interactions: Interactions,
        catalogue: Catalogue,
        *,
        run_name: str = "",
        metrics: dict[str, float] | None = None,
    ) -> None:
        self.model = model.eval()
        self.interactions = interactions
        self.catalogue = catalogue
        self.run_name = run_name
        self.metrics = metrics or {}
        self._device = next(model.parameters()).device

    @classmethod
    def load(cls, run: Path, library: Path, *, device: str = "auto") -> "Explorer":
        """Reads a run's best checkpoint and its dataset.

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
        )

    @property
    def max_length(self) -> int:
        """The model sees at most this many last items of a sequence."""
        return self.model.max_length

    @property
    def categories(self) -> int:
        """K, or 0 for a model without interests."""
        return self.model.categories if isinstance(self.model, InterestRecommender) else 0

    @cached_property
    def membership(self) -> npt.NDArray[np.float32] | None:
        """p(k|v): float32 [V + 1, K] with zeros for padding; None without interests."""
        if not isinstance(self.model, InterestRecommender):
            return None
        with torch.inference_mode():
            table: npt.NDArray[np.float32] = self.model.membership().cpu().numpy()
        return table

    @cached_property
    def portraits(self) -> tuple[CategoryPortrait, ...]:
        """What each hyper-category is about; empty without interests."""
        return () if self.membership is None else portray(self.membership, self.catalogue)

    @cached_property
    def _owner(self) -> npt.NDArray[np.intp] | None:
        return None if self.membership is None else self.membership.argmax(axis=1)

    def category_of(self, item: int) -> int | None:
        """argmax_k p(k|v), or None without interests."""
        return None if self._owner is None else int(self._owner[item])

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
        steering: Mapping[int, float] | None = None,
        diversity_weight: float = 0.0,
    ) -> Answer:
        """Everything that one forward pass says of a sequence.

        items: ids, oldest first; an empty sequence gets an answer without recommendations, as a
        model of the next item has nothing to go on.
        k: length of the list, cut to what may be recommended. Items of the sequence and ``hidden``
        ones may not.
        target: the item that really came next, to be ranked.
        steering: category → wanted intensity; scores are re-weighed (steering.py), interests are
        shown as the model found them.
        diversity_weight: γ of the re-ranking (diversify.py); 0 leaves the order of scores.

        Raises QuestionError for an unknown item or category, k < 1, or steering without interests.
        """
        started = time.perf_counter()
        sequence = tuple(int(item) for item in items)
        self._check(sequence, k, target)
        if not sequence:
            return Answer((), (), 0.0, (), None, None, 0, target, None, 0.0)
        with torch.inference_mode():
            interests, query = self._read(sequence)
            offset = self._steer(interests, steering) if steering else None
            excluded = torch.tensor([0, *{*sequence, *hidden}], device=self._device)
            scores = self._scores(
                sequence,
                query,
                best=CANDIDATES * k if diversity_weight > 0.0 else k,
                excluded=excluded,
                target=target,
                offset=offset,
            )
            log_total = scores.logsumexp(dim=0)
            allowed = scores.index_fill(0, excluded, -torch.inf)
            open_items = int((allowed > -torch.inf).sum())
            wanted = min(k, open_items)
            if diversity_weight > 0.0:
                chosen = self._diversify(allowed, wanted, open_items, diversity_weight)
            else:
                chosen = allowed.topk(wanted).indices
            values = allowed[chosen]
            probability = (values - log_total).exp()
            target_rank = None
            if target is not None and bool(allowed[target] > -torch.inf):
                ahead = int((allowed > allowed[target]).sum())
                tied = int((allowed == allowed[target]).sum()) - 1
                target_rank = 1 + ahead + tied / 2
            columns = (chosen.tolist(), values.tolist(), probability.tolist())
        recommendations = tuple(
            self._recommendation(rank, item, score, chance)
            for rank, (item, score, chance) in enumerate(zip(*columns, strict=True), start=1)
        )
        listed = [line.item for line in recommendations]
        labels = [frozenset(self.catalogue.categories[item - 1]) for item in listed]
        learned = [frozenset((line.category,)) for line in recommendations]
        return Answer(
            items=sequence,
            interests=interests,
            entropy=_bits(np.array([interest.intensity for interest in interests])),
            recommendations=recommendations,
            diversity=list_diversity(labels),
            diversity_learned=list_diversity(learned) if self.categories else None,
            without_categories=sum(not label for label in labels),
            target=target,
            target_rank=target_rank,
            milliseconds=(time.perf_counter() - started) * 1000,
        )

    def timeline(self, items: Sequence[int]) -> npt.NDArray[np.float32]:
        """Intensities after every prefix of a sequence, each equal to a fresh answer's.

        Returns float32 [T, K]; [T, 0] without interests.
        """
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

        A user with one item has nothing before it and gets zeros. None without interests.
        """
        if self.membership is None:
            return None
        return intensities_of_users(self.membership, self.interactions, self.max_length)

    def entropies(self) -> npt.NDArray[np.float32] | None:
        """Entropy of every user's intensities in bits: float32 [U]; None without interests."""
        intensities = self.intensities()
        if intensities is None:
            return None
        logs = np.log2(np.maximum(intensities, 1e-30))
        entropies: npt.NDArray[np.float32] = -(intensities * logs).sum(axis=1)
        return entropies

    def influence(self, items: Sequence[int], on: Sequence[int]) -> npt.NDArray[np.float32]:
        """What each item of a sequence does for recommendations; see ``leave_one_out``.

        items: the sequence, ids, at least two; on: the recommendations. Returns float32 [T, R] in
        nats; rows of items that the model no longer sees are zero.
        Raises QuestionError for an unknown item or a sequence that is too short.
        """
        sequence = tuple(int(item) for item in items)
        self._check((*sequence, *on), 1, None)
        if len(sequence) < 2:
            raise QuestionError("influence needs a sequence of two items or more")
        seen = sequence[-self.max_length - 1 :]  # one more comes into sight where one is left out
        influence = leave_one_out(self.model, seen, on, self._device)
        unseen = np.zeros((len(sequence) - len(seen), len(on)), dtype=np.float32)
        return np.concatenate((unseen, influence))

    def stability(
        self,
        items: Sequence[int],
        of: Sequence[int],
        *,
        hidden: frozenset[int] = frozenset(),
        samples: int = 64,
    ) -> Stability:
        """How recommendations fare in samples of the posterior; see ``posterior_stability``.

        items: the sequence, ids, not empty; of: the recommendations.
        Raises QuestionError for an unknown item, an empty sequence, or a model without a posterior.
        """
        sequence = tuple(int(item) for item in items)
        self._check((*sequence, *of), 1, None)
        if not sequence:
            raise QuestionError("an empty sequence has no posterior to sample")
        if not isinstance(self.model, HasPosterior):
            raise QuestionError(f"run {self.run_name!r} has no posterior that could be sampled")
        return posterior_stability(
            self.model, sequence, of, self._device, hidden=hidden, samples=samples
        )

    @cached_property
    def _scan(self) -> CatalogueScan | None:
        if not isinstance(self.model, ScoresByProduct):
            return None
        return CatalogueScan(self.model.output_table.weight.detach())

    @cached_property
    def _reader(self) -> Reader | None:
        if not isinstance(self.model, Sigma) or not self.model.reads_on:
            return None
        return Reader(self.model, self._device)

    def _window(self, sequence: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
        window, lengths = right_padded([list(sequence)], self.max_length)
        return window.to(self._device), lengths.to(self._device)

    def _read(self, sequence: tuple[int, ...]) -> tuple[tuple[Interest, ...], torch.Tensor | None]:
        """The interests after a sequence, and the vector that scores its next item, [D]; None for
        a model whose scores are no inner products."""
        if self._reader is not None and isinstance(self.model, Sigma):
            memory = self._reader.read(sequence[-self.max_length :])
            found = self.model.interests_after(memory)
            counts = torch.bincount(memory.category, minlength=self.categories).tolist()
            return _interests(found, counts), memory.outputs[-1]
        window, lengths = self._window(sequence)
        interests: tuple[Interest, ...] = ()
        if isinstance(self.model, Sigma):
            found = self.model.interests_of(window)
            counts = torch.bincount(found.category[0], minlength=self.categories).tolist()
            interests = _interests(found, counts)
        if isinstance(self.model, ScoresByProduct):
            return interests, self.model.queries(window, lengths)[0]
        return interests, None

    def _scores(
        self,
        sequence: tuple[int, ...],
        query: torch.Tensor | None,
        *,
        best: int,
        excluded: torch.Tensor,
        target: int | None,
        offset: torch.Tensor | None,
    ) -> torch.Tensor:
        """Scores of all items, [V + 1]; see ``CatalogueScan.scores``."""
        if self._scan is not None and query is not None:
            return self._scan.scores(
                query, best=best, excluded=excluded, target=target, offset=offset
            )
        scores = self.model.scores(*self._window(sequence))[0]
        return scores if offset is None else scores + offset

    def _steer(
        self, interests: tuple[Interest, ...], steering: Mapping[int, float]
    ) -> torch.Tensor:
        """What steering adds to every item's score, [V + 1]."""
        if not interests or self.membership is None:
            raise QuestionError(f"run {self.run_name!r} has no interests that could be steered")
        intensity = torch.tensor([interest.intensity for interest in interests])
        steered = steered_intensities(intensity, steering)
        membership = torch.from_numpy(self.membership)
        change = steer(torch.zeros(len(membership)), membership, intensity, steered)
        return change.to(self._device)

    def _diversify(
        self, allowed: torch.Tensor, k: int, open_items: int, weight: float
    ) -> torch.Tensor:
        candidates = allowed.topk(min(CANDIDATES * k, open_items))
        labels = [
            frozenset[object](self.catalogue.categories[item - 1])
            for item in candidates.indices.tolist()
        ]
        return candidates.indices[diversify(candidates.values.cpu(), labels, k, weight)]

    def _recommendation(self, rank: int, item: int, score: float, chance: float) -> Recommendation:
        category = self.category_of(item)
        membership = None
        if self.membership is not None and category is not None:
            membership = float(self.membership[item, category])
        return Recommendation(rank, item, score, chance, category, membership)

    def _check(self, sequence: tuple[int, ...], k: int, target: int | None) -> None:
        known = len(self.catalogue.labels)
        for item in (*sequence, *(() if target is None else (target,))):
            if not 1 <= item <= known:
                raise QuestionError(
                    f"item {item} is not in the catalogue of {known} items (1 to V)"
                )
        if k < 1:
            raise QuestionError(f"a list of {k} recommendations was asked for; ask for 1 or more")


def _interests(found: Interests, counts: list[int]) -> tuple[Interest, ...]:
    """The interests of the last prefix of one sequence. counts: its items by category."""
    spread = (0.5 * found.log_var[0, -1]).exp().mean(dim=-1).tolist()
    return tuple(
        Interest(category, intensity, spread[category], counts[category])
        for category, intensity in enumerate(found.intensity[0, -1].tolist())
    )


def _bits(probability: npt.NDArray[np.float64]) -> float:
    """Entropy in bits."""
    positive = probability[probability > 0]
    return float(max(0.0, -(positive * np.log2(positive)).sum()))
