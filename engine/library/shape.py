"""The shape of a dataset: how long sequences are, how popular items, which categories there are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.library.contents import Catalogue, Interactions

MOST_BINS = 24


@dataclass(frozen=True)
class Histogram:
    """Whole numbers counted in bins that widen with the numbers.

    edges: int64 [B + 1], bin b holds ``edges[b]`` to ``edges[b + 1] - 1``. counts: int64 [B].
    """

    edges: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class CategoryShare:
    """A metadata category. items: that have it. share: of all interactions, those with them."""

    name: str
    items: int
    share: float


@dataclass(frozen=True)
class Shape:
    """What is drawn of a dataset.

    lengths: of sequences. median_length: half of the users have at most this. popularity:
    interactions of items. head: the fewest items that make up half of all interactions.
    categories: by share, highest first. activity: see ``Library.activity``.
    """

    lengths: Histogram
    median_length: int
    popularity: Histogram
    head: int
    categories: tuple[CategoryShare, ...]
    activity: npt.NDArray[np.int64]


def shape_of(
    interactions: Interactions, catalogue: Catalogue, activity: npt.NDArray[np.int64]
) -> Shape:
    """Reads the shape off a dataset with at least one interaction."""
    lengths = np.diff(interactions.offsets)  # [U]
    falling = np.cumsum(np.sort(catalogue.popularity)[::-1])  # [V]
    return Shape(
        lengths=histogram(lengths),
        median_length=int(np.median(lengths)),
        popularity=histogram(catalogue.popularity),
        head=int(np.searchsorted(falling, falling[-1] / 2)) + 1,
        categories=_categories(catalogue),
        activity=activity,
    )


def histogram(values: npt.NDArray[np.int64]) -> Histogram:
    """Counts whole numbers from 1 on in at most ``MOST_BINS`` bins, each as wide as the one before
    or wider by a constant factor. values: int [N], N at least 1."""
    least, most = max(1, int(values.min())), int(values.max())
    if most - least < MOST_BINS:
        edges = np.arange(least, most + 2)
    else:
        edges = np.unique(np.round(np.geomspace(least, most + 1, MOST_BINS + 1)).astype(np.int64))
    counts, _ = np.histogram(values, edges)
    return Histogram(edges.astype(np.int64), counts.astype(np.int64))


def users_with(interactions: Interactions, item: int) -> npt.NDArray[np.int64]:
    """Users whose sequence has an item, by index: int64 [n]."""
    places = np.flatnonzero(interactions.items == item)
    users = np.searchsorted(interactions.offsets, places, side="right") - 1
    return np.unique(users).astype(np.int64)


def _categories(catalogue: Catalogue) -> tuple[CategoryShare, ...]:
    items: dict[str, int] = {}
    weights: dict[str, int] = {}
    for names, popularity in zip(catalogue.categories, catalogue.popularity.tolist(), strict=True):
        for name in names:
            items[name] = items.get(name, 0) + 1
            weights[name] = weights.get(name, 0) + popularity
    total = max(1, int(catalogue.popularity.sum()))
    shares = [CategoryShare(name, items[name], weights[name] / total) for name in items]
    return tuple(sorted(shares, key=lambda one: (-one.share, one.name)))
