"""Interests that are a person's own: read from one sequence, as plain values and as vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.explore.answer import Interest
from engine.models.protocol import PersonalInterestRecommender, right_padded

WINDOWS_AT_A_TIME = 64
"""Windows of a sequence that is longer than what the model sees, read in one go."""


@dataclass(frozen=True)
class PersonalReading:
    """What a model finds in one sequence.

    interests: those that the person has. item_interests: see ``Answer``. vectors: float [K', D], in
    the order of ``interests``. table: the items' vectors, [V + 1, D].
    """

    interests: tuple[Interest, ...]
    item_interests: tuple[int | None, ...]
    vectors: Tensor
    table: Tensor

    def scores(self) -> Tensor:
        """Scores of every item by its best interest: float32 [V + 1], −inf at padding."""
        scores = (self.table @ self.vectors.T).amax(dim=1)
        scores[0] = -torch.inf
        return scores

    def best_for(self, items: Tensor) -> list[int]:
        """The interest that scores each item best. items: int64 [n]."""
        best = (self.table[items] @ self.vectors.T).argmax(dim=1).tolist()
        return [self.interests[place].category for place in best]

    def favourites(self, top: int, excluded: Tensor) -> dict[int, tuple[int, ...]]:
        """The items that each interest alone scores best. excluded: int64 [E], never among them."""
        scores = (self.vectors @ self.table.T).index_fill(1, excluded, -torch.inf)
        best = scores.topk(min(top, len(self.table) - len(excluded)), dim=1).indices.tolist()
        return {
            interest.category: tuple(items)
            for interest, items in zip(self.interests, best, strict=True)
        }


@torch.inference_mode()
def read_personal(
    model: PersonalInterestRecommender, sequence: Sequence[int], device: torch.device
) -> PersonalReading:
    """The interests after the last item. sequence: ids, oldest first, not empty."""
    window, lengths = right_padded([list(sequence)], model.max_length)
    found = model.interests_of(window.to(device), lengths.to(device))
    alive = found.alive[0].nonzero().squeeze(1)
    claimant = found.claimant[0]
    counts = torch.bincount(claimant, minlength=model.interests)
    columns = alive, found.intensity[0, alive], counts[alive]
    interests = tuple(
        Interest(number, intensity, None, count)
        for number, intensity, count in zip(*(part.tolist() for part in columns), strict=True)
    )
    unseen = len(sequence) - window.shape[1]
    return PersonalReading(
        interests,
        (*[None] * unseen, *claimant.tolist()),
        found.vectors[0, alive],
        model.table.weight,
    )


@torch.inference_mode()
def personal_timeline(
    model: PersonalInterestRecommender, sequence: Sequence[int], device: torch.device
) -> npt.NDArray[np.float32]:
    """Intensities after every prefix, each equal to ``read_personal``'s: float32 [T, K].

    One pass for the prefixes that the model sees whole; then a window each.
    """
    items = torch.tensor(list(sequence), dtype=torch.int64, device=device)
    seen = model.max_length
    if not len(items):
        return np.zeros((0, model.interests), dtype=np.float32)
    parts = [model.interests_of_prefixes(items[None, :seen]).intensity[0]]
    if len(items) > seen:
        for some in torch.split(items[1:].unfold(0, seen, 1), WINDOWS_AT_A_TIME):
            whole = torch.full((len(some),), seen, device=device)
            parts.append(model.interests_of(some, whole).intensity)
    timeline: npt.NDArray[np.float32] = torch.cat(parts).float().cpu().numpy()
    return timeline
