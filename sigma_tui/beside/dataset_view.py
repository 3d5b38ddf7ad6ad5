"""A dataset as the app looks at it: read in a thread, with the indexes that searching needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import LibraryError
from engine.explore.search import TitleSearch
from engine.library.contents import Catalogue, Interactions
from engine.library.library import DatasetSummary, Library
from engine.library.shape import Shape, shape_of
from engine.training.runs import RunSummary, list_runs
from sigma_tui.beside.user_index import UserIndex

if TYPE_CHECKING:
    import numpy.typing as npt

ACTIVITY = 120
"""Parts of the period in which interactions are counted."""


@dataclass(frozen=True)
class DatasetView:
    """All that the dataset's screen shows. users: without entropies; there is no model yet."""

    summary: DatasetSummary
    interactions: Interactions
    catalogue: Catalogue
    shape: Shape
    users: UserIndex
    search: TitleSearch

    def history(self, user: int) -> "npt.NDArray[np.int32]":
        """A user's items, oldest first: int32 [T]."""
        begin, end = self.interactions.offsets[user], self.interactions.offsets[user + 1]
        return self.interactions.items[begin:end]


def load_dataset(library: Path, name: str) -> DatasetView:
    """Reads a dataset. Raises LibraryError if it is not there or the library cannot be read."""
    with Library.open(library) as opened:
        summary = opened.summary(name)
        interactions, catalogue = opened.interactions(name), opened.catalogue(name)
        activity = opened.activity(name, ACTIVITY)
    if not summary.interactions:
        raise LibraryError(f"dataset {name!r} has no interactions. Import it again.")
    return DatasetView(
        summary,
        interactions,
        catalogue,
        shape_of(interactions, catalogue, activity),
        UserIndex(interactions.users, np.diff(interactions.offsets), None),
        TitleSearch(catalogue.titles, catalogue.popularity),
    )


def runs_on(runs: Path, summary: DatasetSummary) -> list[RunSummary]:
    """The runs of a dataset that can be explored, newest first."""
    return [
        run
        for run in list_runs(runs)
        if run.dataset == summary.name and run.fingerprint == summary.fingerprint and run.best_epoch
    ]
