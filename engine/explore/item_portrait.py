"""One item: what it belongs to, what is near to it, who has it, where it stands."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.library.contents import Interactions

NEIGHBOURS = 50


@dataclass(frozen=True, eq=False)
class ItemPortrait:
    """All that is known of one item.

    membership: p(k|v) of every category; None without categories of the catalogue.
    products: of a model with personal interests, the item's score with each of the sequence's
    interests: (number of the interest, q_k · e_v). None otherwise.
    neighbours: (item, cosine of the two items' vectors), nearest first.
    holders: users whose history has it, as indices into the dataset, int [n].
    popularity: interactions with it. popularity_rank: from 1, equals share the best.
    places: where it stands in the sequence, from 1.
    standing: rank among the items that may be recommended (ties counted half), how many these are,
    score and probability; None without a sequence or if the sequence has it.
    """

    item: int
    membership: tuple[float, ...] | None
    products: tuple[tuple[int, float], ...] | None
    neighbours: tuple[tuple[int, float], ...]
    holders: npt.NDArray[np.intp]
    popularity: int
    popularity_rank: int
    places: tuple[int, ...]
    standing: tuple[float, int, float, float] | None


def nearest_items(
    vectors: Tensor, item: int, top: int = NEIGHBOURS
) -> tuple[tuple[int, float], ...]:
    """The items with the greatest cosine to one. vectors: [V + 1, D] with a row for padding."""
    own = vectors[item]
    lengths = torch.linalg.vector_norm(vectors, dim=1) * torch.linalg.vector_norm(own)
    found = (vectors @ own) / lengths.clamp(min=1e-12)
    found[torch.tensor([0, item], device=found.device)] = -torch.inf
    best = found.topk(min(top, len(vectors) - 2))
    return tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))


def holders_of(item: int, interactions: Interactions) -> npt.NDArray[np.intp]:
    """The users who have an item, each once, in the data's order."""
    at = np.flatnonzero(interactions.items == item)
    return np.unique(np.searchsorted(interactions.offsets, at, side="right") - 1)
