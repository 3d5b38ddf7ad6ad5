"""What the library hands to the rest of the engine: plain arrays and labels, no SQL."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Interactions:
    """Every user's sequence, oldest first, one after the other.

    Item ids are 1..V (0 is padding, never an item); user u (0-based) owns
    ``items[offsets[u]:offsets[u + 1]]``.

    name: the dataset's name in the library.
    fingerprint: hex digest of users, items and order; equal data gives an equal fingerprint.
    users: source labels, index u.
    item_labels: source labels; item id i has label ``item_labels[i - 1]``.
    items: int32 [N].
    offsets: int64 [U + 1].
    """

    name: str
    fingerprint: str
    users: list[str]
    item_labels: list[str]
    items: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Catalogue:
    """What is known of every item; index i - 1 belongs to item id i.

    labels: source labels.
    titles: title, or the label where there is none. Hostile data: show as text only.
    categories: metadata categories (genres); empty where none are known.
    popularity: int64 [V], number of interactions.
    """

    labels: list[str]
    titles: list[str]
    categories: list[tuple[str, ...]]
    popularity: npt.NDArray[np.int64]
