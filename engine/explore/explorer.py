"""The explorer: what a person may ask of one trained model and any sequence.

Pure: item ids in, plain values out (answer.py). It holds the model, the catalogue and the users'
sequences, and knows nothing of the screen; one thread at a time may ask it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.errors import QuestionError
from engine.evaluation.diversify import CANDIDATES, diversify
from engine.evaluation.diversity import category_matrix, list_diversity
from engine.explore.answer import Answer, Interest, Recommendation
from engine.explore.came_next import ranks_of_what_came_next, window_scores
from engine.explore.categories import CategoryPortrait, portray, renamed
from engine.explore.change import Budget, Searched
from engine.explore.influence import leave_one_out
from engine.explore.intensities import intensities_of_users
from engine.explore.own_names import NAMES, OwnNames
from engine.explore.personal import PersonalReading, personal_timeline, read_personal
from engine.explore.piecework import Piecework, finish
from engine.explore.reading import Reader
from engine.explore.scan import CatalogueScan
from engine.explore.smallest_change import smallest_change
from engine.explore.stability import Stability, posterior_stability
from engine.explore.steering import steer, steered_intensities
from engine.explore.survey import Survey
from engine.explore.surveying import survey_users
from engine.explore.trade_off import TradeOff
from engine.explore.trade_off_curve import trade_offs
from engine.library.contents import Catalogue, Interactions
from engine.library.library import Library
from engine.models.protocol import (
    HasPosterior,
    InterestRecommender,
    PersonalInterestRecommender,
    Recommender,
    ScoresByProduct,
    right_padded,
)
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.interests import Interests
from engine.models.sigma.sigma import Sigma
from engine.sequences.sequence_set import SequenceSet
from engine.training.checkpoint import check_fits, load_model


class Explorer:
    """A trained model beside the data it was trained on.

    interactions, catalogue: the dataset. run_name: of the checkpoint. metrics: its validation
    metrics by name, for people to read. names: the file of a person's own names of categories.
    """

    def __init__(
        self,
        model: Recommender,
        interactions: Interactions,
        catalogue: Catalogue,
        *,
        run_name: str = "",
        metrics: dict[str, float] | None = None,
        names: Path | None = None,
    ) -> None:
        self.model = model.eval()
        self.interactions = interactions
        self.catalogue = catalogue
        self.run_name = run_name
        self.metrics = metrics or {}
        self.own_names = OwnNames(names, self.categories)
        self._device = next(model.parameters()).device
        self._outside: dict[int | str, torch.Tensor] = {}
        self._followed: tuple[tuple[int, ...], npt.NDArray[np.float64]] = ((), np.zeros(0))

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

    @property
    def max_length(self) -> int:
        """The model sees at most this many last items of a sequence."""
        return self.model.max_length

    @property
    def categories(self) -> int:
        """K categories of the catalogue, or 0 for a model without."""
        return self.model.categories if isinstance(self.model, InterestRecommender) else 0

    @property
    def interests(self) -> int:
        """K interests that a person may have, categories or their own; 0 for a model without."""
        if isinstance(self.model, PersonalInterestRecommender):
            return self.model.interests
        return self.categories

    @cached_property
    def membership(self) -> npt.NDArray[np.float32] | None:
        """p(k|v): float32 [V + 1, K] with zeros for padding; None without categories."""
        if not isinstance(self.model, InterestRecommender):
            return None
        with torch.inference_mode():
            table: npt.NDArray[np.float32] = self.model.membership().cpu().numpy()
        return table

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

    @cached_property
    def _owner(self) -> npt.NDArray[np.intp] | None:
        return None if self.membership is None else self.membership.argmax(axis=1)

    def category_of(self, item: int) -> int | None:
        """argmax_k p(k|v), or None without categories."""
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

    def influence(self, items: Sequence[int], on: Sequence[int]) -> npt.NDArray[np.float32]:
        """What each item of a sequence does for recommendations; see ``leave_one_out``.

        items: the sequence, ids, at least two; on: the recommendations. Returns float32 [T, R] in
        nats; rows of items that the model no longer sees are zero.
        Raises QuestionError for an unknown item or a sequence that is too short.
        """
        return finish(self.influencing(items, on))

    def influencing(
        self, items: Sequence[int], on: Sequence[int]
    ) -> Piecework[npt.NDArray[np.float32]]:
        """``influence`` in pieces."""
        sequence = tuple(int(item) for item in items)
        self._check((*sequence, *on), 1, None)
        if len(sequence) < 2:
            raise QuestionError("influence needs a sequence of two items or more")
        seen = sequence[-self.max_length - 1 :]  # one more comes into sight where one is left out
        influence = yield from leave_one_out(self.model, seen, on, self._device)
        unseen = np.zeros((len(sequence) - len(seen), len(on)), dtype=np.float32)
        return np.concatenate((unseen, influence))

    def smallest_change(
        self,
        items: Sequence[int],
        item: int,
        *,
        k: int = 10,
        hidden: frozenset[int] = frozenset(),
        budget: Budget | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> Iterator[Searched]:
        """What would have to be different for an item to come into the top K, or for a
        recommendation to leave it; see ``smallest_change``.

        The list is the model's own, without steering and diversifying. Raises QuestionError for an
        unknown or hidden item or k < 1.
        """
        sequence = tuple(int(one) for one in items)
        self._check((*sequence, item), k, None)
        if item in hidden:
            raise QuestionError("a hidden item is never recommended; show it again first")
        return smallest_change(
            self.model,
            sequence,
            item,
            self._device,
            k=k,
            hidden=hidden,
            additions=self._most_alike(item),
            budget=budget,
            clock=clock,
        )

    def _most_alike(self, item: int) -> list[int]:
        """All items, those first that the model scores most alike; else the most popular ones."""
        if not isinstance(self.model, ScoresByProduct):
            popular = np.argsort(-self.catalogue.popularity, kind="stable") + 1
            return [int(one) for one in popular]
        with torch.inference_mode():
            table = self.model.output_table
            keys = torch.nn.functional.normalize(table.keys(table.weight)[1:].float(), dim=1)
            order = (keys @ keys[item - 1]).argsort(descending=True, stable=True) + 1
        return [int(one) for one in order.tolist()]

    @property
    def has_posterior(self) -> bool:
        """Whether a list's stability can be asked for."""
        return isinstance(self.model, HasPosterior)

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
        return finish(self.sampling(items, of, hidden=hidden, samples=samples))

    def sampling(
        self,
        items: Sequence[int],
        of: Sequence[int],
        *,
        hidden: frozenset[int] = frozenset(),
        only: int | str | None = None,
        steering: Mapping[int, float] | None = None,
        diversity_weight: float = 0.0,
        samples: int = 64,
    ) -> Piecework[Stability]:
        """``stability`` in pieces, of the list that ``answer`` gives. only, steering,
        diversity_weight: see there; of a re-ranked list, of the length of ``of``, places are told
        instead of ranks, infinite for what is not in it."""
        sequence = tuple(int(item) for item in items)
        self._check((*sequence, *of), 1, None)
        if not sequence:
            raise QuestionError("an empty sequence has no posterior to sample")
        if not isinstance(self.model, HasPosterior):
            raise QuestionError(f"run {self.run_name!r} has no posterior that could be sampled")
        outside, offset = None, None
        with torch.inference_mode():
            read = self._read(sequence)
            outside = None if only is None else self._not_in(only, read)
            offset = self._steer(read.interests, steering)[1] if steering else None

        def diverse_lists(scores: torch.Tensor) -> torch.Tensor:
            best = scores.topk(min(CANDIDATES * len(of), self.model.items))
            labels = self._labels(best.indices.flatten(), read).view(*best.indices.shape, -1)
            chosen = diversify(best.values, labels, len(of), diversity_weight)
            return best.indices.gather(1, chosen)

        return (
            yield from posterior_stability(
                self.model,
                sequence,
                of,
                self._device,
                hidden=hidden,
                outside=outside,
                offset=offset,
                lists=diverse_lists if diversity_weight > 0.0 else None,
                samples=samples,
            )
        )

    def foreseeing(
        self, items: Sequence[int], following: int | None = None
    ) -> Piecework[npt.NDArray[np.float64]]:
        """The rank of what came next after every prefix, in pieces: float64 [T]; see
        ``ranks_of_what_came_next``. Prefixes shared with the sequence asked about last are not
        asked about again.

        items: ids, oldest first; following: what came after the last one.
        Raises QuestionError for an unknown item.
        """
        sequence = tuple(int(item) for item in items)
        self._check(sequence, 1, following)
        chain = sequence if following is None else (*sequence, following)
        before, known = self._followed
        same = next(
            (
                place
                for place, pair in enumerate(zip(before, chain, strict=False))
                if len({*pair}) > 1
            ),
            min(len(before), len(chain)),
        )
        first = max(0, min(same - 1, len(known)))
        scores = self._prefix_scores(sequence)
        rest = yield from ranks_of_what_came_next(
            scores, sequence, following, items=self.model.items, first=first
        )
        ranks = np.concatenate((known[:first], rest))
        self._followed = chain, ranks[: len(chain) - 1]
        return ranks

    def _prefix_scores(self, sequence: tuple[int, ...]) -> Callable[[range], torch.Tensor]:
        """See ``window_scores``; all prefixes are read in one go where the model can."""
        short = 0 < len(sequence) <= self.max_length
        if self._reader is None or not short:
            return window_scores(self.model, sequence, self._device)
        with torch.inference_mode():
            outputs = self._reader.read(sequence).outputs
        table = self._reader.model.output_table
        return lambda ends: table.scores(outputs[ends.start - 1 : ends.stop - 1])

    def trading_off(
        self,
        items: Sequence[int],
        *,
        k: int = 10,
        hidden: frozenset[int] = frozenset(),
        only: int | str | None = None,
        steering: Mapping[int, float] | None = None,
    ) -> Piecework[tuple[TradeOff, ...]]:
        """What diversity costs this sequence's list, in pieces: a point for every weight of
        trade_off.py, by the categories of ``diversified_by``. Empty where nothing can be listed.

        Arguments and errors: see ``answer``.
        """
        sequence = tuple(int(item) for item in items)
        self._check(sequence, k, None)
        if not sequence:
            return ()
        with torch.inference_mode():
            read = self._read(sequence)
            offset = self._steer(read.interests, steering)[1] if steering else None
            open_ = self._open(sequence, read, k, hidden, only, offset, None, wide=True)
            if not open_.count:
                return ()
            best = open_.listed.topk(min(CANDIDATES * k, open_.count))
            labels = self._labels(best.indices, read)
        return (yield from trade_offs(best.values, labels, min(k, open_.count)))

    @property
    def diversified_by(self) -> str | None:
        """Categories by which a list is made more diverse: of the metadata, or the learned ones
        where there are none; None without either."""
        if self._has_metadata:
            return "metadata"
        return "learned" if self.interests else None

    @property
    def surveys_diversity(self) -> bool:
        """Whether a survey tells of diversity: by the metadata, else by learned categories."""
        return self._has_metadata or self.categories > 0

    def surveying(self, survey: Survey) -> Piecework[None]:
        """Fills in a survey of all users; see ``survey_users``."""
        categories: Callable[[int], frozenset[object]] | None = None
        if self._has_metadata:
            categories = lambda item: frozenset(self.catalogue.categories[item - 1])  # noqa: E731
        elif self.categories:
            categories = lambda item: frozenset((self.category_of(item),))  # noqa: E731
        yield from survey_users(self.model, self._sequences, survey, categories)

    @cached_property
    def _sequences(self) -> SequenceSet:
        return SequenceSet.of(self.interactions, self._device)

    @cached_property
    def _has_metadata(self) -> bool:
        return any(self.catalogue.categories)

    @cached_property
    def _information(self) -> npt.NDArray[np.float32]:
        """−log₂ of every item's share of all interactions: float32 [V], in bits."""
        popularity = self.catalogue.popularity / max(1, self.catalogue.popularity.sum())
        information: npt.NDArray[np.float32] = -np.log2(np.maximum(popularity, 1e-30)).astype(
            np.float32
        )
        return information

    @cached_property
    def _scan(self) -> CatalogueScan | None:
        if not isinstance(self.model, ScoresByProduct):
            return None
        table = self.model.output_table
        return CatalogueScan(table.keys(table.weight.detach()))

    @cached_property
    def _reader(self) -> Reader | None:
        if not isinstance(self.model, Sigma) or not self.model.reads_on:
            return None
        return Reader(self.model, self._device)

    def _window(self, sequence: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
        window, lengths = right_padded([list(sequence)], self.max_length)
        return window.to(self._device), lengths.to(self._device)

    def _read(self, sequence: tuple[int, ...]) -> "_Reading":
        if isinstance(self.model, PersonalInterestRecommender):
            personal = read_personal(self.model, sequence, self._device)
            return _Reading(personal.interests, personal.item_interests, personal=personal)
        owners = tuple(self.category_of(item) for item in sequence)
        if self._reader is not None and isinstance(self.model, Sigma):
            memory = self._reader.read(sequence[-self.max_length :])
            found = self.model.interests_after(memory)
            counts = torch.bincount(memory.category, minlength=self.categories).tolist()
            query = self.model.output_table.query(memory.outputs[-1])
            return _Reading(_interests(found, counts), owners, query=query)
        window, lengths = self._window(sequence)
        interests: tuple[Interest, ...] = ()
        if isinstance(self.model, InterestVAE):
            found = self.model.interests_of(window)
            counts = torch.bincount(found.category[0], minlength=self.categories).tolist()
            interests = _interests(found, counts)
        if isinstance(self.model, ScoresByProduct):
            query = self.model.output_table.query(self.model.queries(window, lengths))[0]
            return _Reading(interests, owners, query=query)
        return _Reading(interests, owners)

    def _scores(
        self,
        sequence: tuple[int, ...],
        read: "_Reading",
        *,
        best: int,
        excluded: torch.Tensor,
        target: int | None,
        offset: torch.Tensor | None,
    ) -> torch.Tensor:
        """Scores of all items, [V + 1]; see ``CatalogueScan.scores``."""
        if self._scan is not None and read.query is not None:
            return self._scan.scores(
                read.query, best=best, excluded=excluded, target=target, offset=offset
            )
        if read.personal is not None:
            return read.personal.scores()
        scores = self.model.scores(*self._window(sequence))[0]
        return scores if offset is None else scores + offset

    def _steer(
        self, interests: tuple[Interest, ...], steering: Mapping[int, float]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """w′, [K], and what it adds to every item's score, [V + 1]."""
        if self.membership is None:
            raise QuestionError(
                f"run {self.run_name!r} has no categories of the catalogue that could be steered"
            )
        intensity = torch.tensor([interest.intensity for interest in interests])
        steered = steered_intensities(intensity, steering)
        membership = torch.from_numpy(self.membership)
        change = steer(torch.zeros(len(membership)), membership, intensity, steered)
        return steered, change.to(self._device)

    def _open(
        self,
        sequence: tuple[int, ...],
        read: "_Reading",
        k: int,
        hidden: frozenset[int],
        only: int | str | None,
        offset: torch.Tensor | None,
        target: int | None,
        *,
        wide: bool,
    ) -> "_Open":
        """Scores, and which items may be listed. wide: exact for the candidates of a re-ranking."""
        excluded = torch.tensor([0, *{*sequence, *hidden}], device=self._device)
        unlisted = excluded
        if only is not None:
            unlisted = torch.cat((excluded, self._not_in(only, read)))
        scores = self._scores(
            sequence,
            read,
            best=CANDIDATES * k if wide else k,
            excluded=unlisted,
            target=target,
            offset=offset,
        )
        allowed = scores.index_fill(0, excluded, -torch.inf)
        listed = allowed if only is None else scores.index_fill(0, unlisted, -torch.inf)
        return _Open(scores, allowed, listed, int((listed > -torch.inf).sum()))

    def _labels(self, items: torch.Tensor, read: "_Reading") -> torch.Tensor:
        """The categories that items are diversified by: bool [n, G]. items: int64 [n]."""
        if self.diversified_by == "learned":
            owners = self._owners(items, read)
            own: list[tuple[str, ...]] = [() if one is None else (str(one),) for one in owners]
        else:
            # A candidate that stands for none, where fewer are left, has no category.
            own = [self.catalogue.categories[i - 1] if i else () for i in items.tolist()]
        return category_matrix(own)[1:].to(self._device)

    def _not_in(self, only: int | str, read: "_Reading") -> torch.Tensor:
        """Items that are not in a category: int64 [n]. Raises QuestionError for an unknown one."""
        if read.personal is not None and isinstance(only, int):  # the person's own: never kept
            best = torch.tensor(read.personal.best_for(torch.arange(self.model.items + 1)))
            return (best != only).nonzero().squeeze(1).to(self._device)
        if only not in self._outside:
            if isinstance(only, int):
                if self._owner is None or not 0 <= only < self.categories:
                    raise QuestionError(f"run {self.run_name!r} has no category {only}")
                other = self._owner != only
            else:
                own = self.catalogue.categories
                other = np.array([True, *(only not in names for names in own)])
                if other.all():
                    raise QuestionError(f"no item is in a category {only!r}")
            self._outside[only] = torch.from_numpy(np.flatnonzero(other)).to(self._device)
        return self._outside[only]

    def _owners(self, chosen: torch.Tensor, read: "_Reading") -> list[int | None]:
        """The category of each recommended item, or the personal interest that scores it best."""
        if read.personal is not None:
            return [*read.personal.best_for(chosen)]
        return [self.category_of(item) for item in chosen.tolist()]

    def _membership_in(self, owner: int | None, item: int) -> float | None:
        if self.membership is None or owner is None:
            return None
        return float(self.membership[item, owner])

    def _check(self, sequence: tuple[int, ...], k: int, target: int | None) -> None:
        known = len(self.catalogue.labels)
        for item in (*sequence, *(() if target is None else (target,))):
            if not 1 <= item <= known:
                raise QuestionError(
                    f"item {item} is not in the catalogue of {known} items (1 to V)"
                )
        if k < 1:
            raise QuestionError(f"a list of {k} recommendations was asked for; ask for 1 or more")


@dataclass(frozen=True)
class _Reading:
    """What the model makes of one sequence.

    interests, item_interests: see ``Answer``. query: the vector that scores the next item, [D];
    None for a model whose scores are no inner products with one. personal: of a model whose
    interests are a person's own.
    """

    interests: tuple[Interest, ...]
    item_interests: tuple[int | None, ...]
    query: torch.Tensor | None = None
    personal: PersonalReading | None = None


@dataclass(frozen=True)
class _Open:
    """Items that may be recommended. scores: of all, float [V + 1]. allowed: −inf at those of the
    sequence and hidden ones; listed: also at those of other categories than the one asked for.
    count: items that may be listed."""

    scores: torch.Tensor
    allowed: torch.Tensor
    listed: torch.Tensor
    count: int


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
