"""From a sequence to the items that may be recommended for it, with their scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from engine.errors import QuestionError
from engine.evaluation.diversify import CANDIDATES
from engine.evaluation.diversity import category_matrix
from engine.explore.answer import Interest
from engine.explore.opened import Opened
from engine.explore.personal import PersonalReading, read_personal
from engine.explore.reading import Reader
from engine.explore.scan import CatalogueScan
from engine.explore.steering import steer, steered_intensities
from engine.models.protocol import (
    PersonalInterestRecommender,
    ScoresByProduct,
    right_padded,
)
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.interests import Interests
from engine.models.sigma.sigma import Sigma


@dataclass(frozen=True)
class Reading:
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
class Listable:
    """Items that may be recommended. scores: of all, float [V + 1]. allowed: −inf at those of the
    sequence and hidden ones; listed: also at those of other categories than the one asked for.
    count: items that may be listed."""

    scores: torch.Tensor
    allowed: torch.Tensor
    listed: torch.Tensor
    count: int


class Listing(Opened):
    """Reads sequences, and scores what may be listed for them."""

    @cached_property
    def _outside(self) -> dict[int | str, torch.Tensor]:
        """Items that are not in a category, of the categories asked for so far."""
        return {}

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

    def _read(self, sequence: tuple[int, ...]) -> Reading:
        if isinstance(self.model, PersonalInterestRecommender):
            personal = read_personal(self.model, sequence, self._device)
            return Reading(personal.interests, personal.item_interests, personal=personal)
        owners = tuple(self.category_of(item) for item in sequence)
        if self._reader is not None and isinstance(self.model, Sigma):
            memory = self._reader.read(sequence[-self.max_length :])
            found = self.model.interests_after(memory)
            counts = torch.bincount(memory.category, minlength=self.categories).tolist()
            query = self.model.output_table.query(memory.outputs[-1])
            return Reading(_interests(found, counts), owners, query=query)
        window, lengths = self._window(sequence)
        interests: tuple[Interest, ...] = ()
        if isinstance(self.model, InterestVAE):
            found = self.model.interests_of(window)
            counts = torch.bincount(found.category[0], minlength=self.categories).tolist()
            interests = _interests(found, counts)
        if isinstance(self.model, ScoresByProduct):
            query = self.model.output_table.query(self.model.queries(window, lengths))[0]
            return Reading(interests, owners, query=query)
        return Reading(interests, owners)

    def _scores(
        self,
        sequence: tuple[int, ...],
        read: Reading,
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
        read: Reading,
        k: int,
        hidden: frozenset[int],
        only: int | str | None,
        offset: torch.Tensor | None,
        target: int | None,
        *,
        wide: bool,
    ) -> Listable:
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
        return Listable(scores, allowed, listed, int((listed > -torch.inf).sum()))

    def _labels(self, items: torch.Tensor, read: Reading) -> torch.Tensor:
        """The categories that items are diversified by: bool [n, G]. items: int64 [n]."""
        if self.diversified_by == "learned":
            owners = self._owners(items, read)
            own: list[tuple[str, ...]] = [() if one is None else (str(one),) for one in owners]
        else:
            # A candidate that stands for none, where fewer are left, has no category.
            own = [self.catalogue.categories[i - 1] if i else () for i in items.tolist()]
        return category_matrix(own)[1:].to(self._device)

    def _not_in(self, only: int | str, read: Reading) -> torch.Tensor:
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

    def _owners(self, chosen: torch.Tensor, read: Reading) -> list[int | None]:
        """The category of each recommended item, or the personal interest that scores it best."""
        if read.personal is not None:
            return [*read.personal.best_for(chosen)]
        return [self.category_of(item) for item in chosen.tolist()]


def _interests(found: Interests, counts: list[int]) -> tuple[Interest, ...]:
    """The interests of the last prefix of one sequence. counts: its items by category."""
    spread = (0.5 * found.log_var[0, -1]).exp().mean(dim=-1).tolist()
    return tuple(
        Interest(category, intensity, spread[category], counts[category])
        for category, intensity in enumerate(found.intensity[0, -1].tolist())
    )
