"""Questions that take many forward passes, asked in pieces so that short ones come in between."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch

from engine.errors import QuestionError
from engine.evaluation.diversify import CANDIDATES, diversify
from engine.explore.came_next import ranks_of_what_came_next, window_scores
from engine.explore.change import Budget, Searched
from engine.explore.influence import leave_one_out
from engine.explore.listing import Listing
from engine.explore.piecework import Piecework, finish
from engine.explore.smallest_change import smallest_change
from engine.explore.stability import Stability, posterior_stability
from engine.explore.survey import Survey
from engine.explore.surveying import survey_users
from engine.explore.trade_off import TradeOff
from engine.explore.trade_off_curve import trade_offs
from engine.models.protocol import (
    HasPosterior,
    ScoresByProduct,
)
from engine.sequences.sequence_set import SequenceSet


class LongQuestions(Listing):
    """What each item does, how sure a list is, what would change it, and what all users get."""

    _followed: tuple[tuple[int, ...], npt.NDArray[np.float64]] = ((), np.zeros(0))
    """The sequence whose ranks were asked for last, and those ranks."""

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

    def surveying(self, survey: Survey) -> Piecework[None]:
        """Fills in a survey of all users; see ``survey_users``."""
        categories = self._kinds_of if self.surveys_diversity else None
        yield from survey_users(self.model, self._sequences, survey, categories)

    def _kinds_of(self, item: int) -> frozenset[object]:
        """Of the metadata, or else the learned one."""
        if self._has_metadata:
            return frozenset(self.catalogue.categories[item - 1])
        return frozenset((self.category_of(item),))

    @cached_property
    def _sequences(self) -> SequenceSet:
        return SequenceSet.of(self.interactions, self._device)
