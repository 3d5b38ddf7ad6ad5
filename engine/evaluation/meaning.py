"""What learned categories have to do with metadata: NMI, purity and lift against genres.

Nobody tells the model of metadata, so agreement shows that its categories mean something to people.
An item with several labels counts in parts for each of them. Some agreement comes by chance, most
where labels are many and items few: the same figures of shuffled categories stand beside.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.agreement import shared_information
from engine.library.contents import Catalogue

SHUFFLES = 20
"""Shuffled catalogues that chance is averaged over."""


@dataclass(frozen=True)
class Meaning:
    """Agreement of learned categories with metadata labels.

    nmi: mutual information over the mean of both entropies. purity: share of the items that have
    the commonest label of their category. lift: of each category, 0..K-1, that of the label which
    stands out most in it, P(label | category) / P(label), weighted by its part of the category.
    nmi_by_chance, purity_by_chance: the same of shuffled categories. items: that have a label.
    """

    nmi: float
    purity: float
    lift: tuple[float, ...]
    nmi_by_chance: float
    purity_by_chance: float
    items: int


def meaning(membership: npt.NDArray[np.float32], catalogue: Catalogue) -> Meaning | None:
    """The agreement of argmax p(k|v) with the labels of a catalogue; None where there are none.

    membership: p(k|v), [V + 1, K] with a row for padding.
    """
    parts = _parts(catalogue)
    labelled = parts.any(axis=1)
    if not labelled.any():
        return None
    parts = parts[labelled]
    owner = membership[1:].argmax(axis=1)[labelled]
    count = membership.shape[1]
    table = _table(owner, parts, count)
    chance = np.random.default_rng(0)
    shuffled = [_table(chance.permutation(owner), parts, count) for _ in range(SHUFFLES)]
    return Meaning(
        nmi=shared_information(table),
        purity=_purity(table),
        lift=tuple(_lift(row, table.sum(axis=0)) for row in table),
        nmi_by_chance=float(np.mean([shared_information(one) for one in shuffled])),
        purity_by_chance=float(np.mean([_purity(one) for one in shuffled])),
        items=len(owner),
    )


def _parts(catalogue: Catalogue) -> npt.NDArray[np.float64]:
    """How much of each item belongs to each label: [V, G], rows sum to 1 or are zero."""
    names = {name: g for g, name in enumerate(sorted(set(_labels(catalogue))))}
    parts = np.zeros((len(catalogue.categories), len(names)))
    for row, own in enumerate(catalogue.categories):
        for name in own:
            parts[row, names[name]] += 1.0 / len(own)
    return parts


def _labels(catalogue: Catalogue) -> list[str]:
    return [name for own in catalogue.categories for name in own]


def _table(
    owner: npt.NDArray[np.intp], parts: npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.float64]:
    """Items of each category by label: [K, G]."""
    table = np.zeros((count, parts.shape[1]))
    np.add.at(table, owner, parts)
    return table


def _purity(table: npt.NDArray[np.float64]) -> float:
    return float(table.max(axis=1).sum() / table.sum())


def _lift(row: npt.NDArray[np.float64], everywhere: npt.NDArray[np.float64]) -> float:
    """The lift of the label that tells most of a category; 0 for one without items."""
    if not row.any():
        return 0.0
    here, there = row / row.sum(), everywhere / everywhere.sum()
    lifts = here / there
    return float(lifts[(here * np.log(np.maximum(lifts, 1e-30))).argmax()])
