"""What a learned hyper-category is about: its size, its items, and the metadata it favours."""

import math
import string
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.library.contents import Catalogue

MEMBERS_PER_LABEL = 5
"""A metadata category seen fewer times than this in a hyper-category does not name it."""


@dataclass(frozen=True)
class CategoryPortrait:
    """One hyper-category.

    category: 0..K-1; letter: A, B, C …; name: the one that a person gave it, else its most
    distinctive metadata, or "" if none is. own: whether a person gave it.
    items: items that belong to it by argmax p(k|v); share: their part of the catalogue.
    top_items: item ids, by membership times popularity, most typical first.
    distinctive: metadata categories with their lift, P(label | category) / P(label), best first.
    """

    category: int
    letter: str
    name: str
    items: int
    share: float
    top_items: tuple[int, ...]
    distinctive: tuple[tuple[str, float], ...]
    own: bool = False


def renamed(
    portraits: tuple[CategoryPortrait, ...], names: Mapping[int, str]
) -> tuple[CategoryPortrait, ...]:
    """The same with a person's own names in the place of those from metadata."""
    return tuple(
        replace(portrait, name=names[portrait.category], own=True)
        if portrait.category in names
        else portrait
        for portrait in portraits
    )


def letter_of(category: int) -> str:
    """A, B, … Z, AA, AB, …: the name of a category that needs no colour."""
    letters = string.ascii_uppercase
    if category < len(letters):
        return letters[category]
    return letter_of(category // len(letters) - 1) + letters[category % len(letters)]


def portray(
    membership: npt.NDArray[np.float32], catalogue: Catalogue, top: int = 10
) -> tuple[CategoryPortrait, ...]:
    """Portraits of all K hyper-categories.

    membership: p(k|v), [V + 1, K] with a row for padding; top: number of ``top_items``.
    """
    table = membership[1:]
    owner = table.argmax(axis=1)
    everywhere = Counter(label for labels in catalogue.categories for label in labels)
    total = max(1, sum(everywhere.values()))
    portraits = []
    for category in range(table.shape[1]):
        members = np.flatnonzero(owner == category)
        typical = table[:, category] * np.log1p(catalogue.popularity)
        best = np.argsort(-typical, kind="stable")[:top] + 1
        distinctive = _distinctive(members, catalogue, everywhere, total)
        portraits.append(
            CategoryPortrait(
                category=category,
                letter=letter_of(category),
                name=", ".join(label for label, lift in distinctive[:2] if lift > 1.1),
                items=len(members),
                share=len(members) / max(1, len(table)),
                top_items=tuple(int(item) for item in best),
                distinctive=distinctive,
            )
        )
    return tuple(portraits)


def _distinctive(
    members: npt.NDArray[np.intp], catalogue: Catalogue, everywhere: Counter[str], total: int
) -> tuple[tuple[str, float], ...]:
    """Metadata labels with their lift, ordered by lift weighted with the evidence for it."""
    here = Counter(label for index in members for label in catalogue.categories[index])
    inside = max(1, sum(here.values()))
    lifts = {
        label: (count / inside) / (everywhere[label] / total)
        for label, count in here.items()
        if count >= MEMBERS_PER_LABEL
    }
    # Pointwise information: a rare label needs a high lift, a common one a fair lift.
    ordered = sorted(lifts, key=lambda label: (-here[label] * math.log(lifts[label]), label))
    return tuple((label, lifts[label]) for label in ordered[:5])
