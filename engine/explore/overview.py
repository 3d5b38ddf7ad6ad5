"""All categories side by side: how large they are, for whom they matter, how alike they are."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["catalogue", "personal", "none"]
"""Whose the groups are: the catalogue's, one person's own, or there are none."""


@dataclass(frozen=True)
class CategoryLine:
    """One category, or one interest of a person.

    category: its number. items: of the catalogue that belong to it, or of the person's sequence.
    share: of the catalogue. users: share of users whose strongest interest it is; both None for an
    interest that is a person's own. intensity: in the sequence asked about; None if that is empty.
    top_items: the most typical ones, or those that this interest alone would recommend.
    distinctive: metadata with its lift, best first.
    """

    category: int
    items: int
    share: float | None
    users: float | None
    intensity: float | None
    top_items: tuple[int, ...]
    distinctive: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class Overview:
    """kind: whose the lines are. cosines: of their vectors with each other, float32 [n, n]."""

    kind: Kind
    lines: tuple[CategoryLine, ...]
    cosines: npt.NDArray[np.float32]


def cosines(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Of each vector with each: [n, D] → [n, n]; 0 with a vector of no length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, 1e-12)
    found: npt.NDArray[np.float32] = (unit @ unit.T).astype(np.float32)
    return found
