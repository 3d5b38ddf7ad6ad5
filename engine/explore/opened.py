"""A trained model beside its data: what is known before anything is asked."""

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.errors import QuestionError
from engine.explore.own_names import OwnNames
from engine.library.contents import Catalogue, Interactions
from engine.models.protocol import (
    HasPosterior,
    InterestRecommender,
    PersonalInterestRecommender,
    Recommender,
)


class Opened:
    """A trained model, its dataset, and what follows from both alone.

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
    def _owner(self) -> npt.NDArray[np.intp] | None:
        return None if self.membership is None else self.membership.argmax(axis=1)

    def category_of(self, item: int) -> int | None:
        """argmax_k p(k|v), or None without categories."""
        return None if self._owner is None else int(self._owner[item])

    @property
    def has_posterior(self) -> bool:
        """Whether a list's stability can be asked for."""
        return isinstance(self.model, HasPosterior)

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

    @cached_property
    def _has_metadata(self) -> bool:
        return any(self.catalogue.categories)

    def _check(self, sequence: tuple[int, ...], k: int, target: int | None) -> None:
        known = len(self.catalogue.labels)
        for item in (*sequence, *(() if target is None else (target,))):
            if not 1 <= item <= known:
                raise QuestionError(
                    f"item {item} is not in the catalogue of {known} items (1 to V)"
                )
        if k < 1:
            raise QuestionError(f"a list of {k} recommendations was asked for; ask for 1 or more")
