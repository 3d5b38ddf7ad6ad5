"""The atlas of one run: its categories, any item, and the map with a sequence on it.

It reads the model without changing anything that the explorer keeps, so it may be asked from
another thread than the explorer's; its own questions wait for each other. What belongs to the run
alone, such as the projection, is computed once.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from engine.explore.item_portrait import ItemPortrait, holders_of, nearest_items
from engine.explore.overview import CategoryLine, Overview, cosines
from engine.explore.personal import PersonalReading, read_personal
from engine.explore.placing import gaussian_regions, personal_regions, whereabouts
from engine.explore.projection import Projection, principal_components
from engine.explore.scene import Owners, Scene
from engine.models.protocol import InterestRecommender, PersonalInterestRecommender, right_padded

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


class Atlas:
    """Answers for one explorer's model and data."""

    def __init__(self, explorer: "Explorer") -> None:
        self._explorer = explorer
        self._model = explorer.model
        self._device = next(explorer.model.parameters()).device
        self._turn = threading.Lock()

    def overview(self, sequence: Sequence[int], top: int = 50) -> Overview:
        """The categories of the catalogue; of a model without them, the interests that are the
        person's own. top: items of each."""
        with self._turn, torch.inference_mode():
            explorer = self._explorer
            if explorer.membership is None:
                personal = self._personal(sequence)
                return _own_interests(personal, sequence, top, self._device)
            strength = explorer.timeline(sequence)[-1] if sequence else None
            lines = tuple(
                CategoryLine(
                    category=portrait.category,
                    items=portrait.items,
                    share=portrait.share,
                    users=float(self._users_of[portrait.category]),
                    intensity=None if strength is None else float(strength[portrait.category]),
                    top_items=self._typical_items(portrait.category, top),
                    distinctive=portrait.distinctive,
                )
                for portrait in explorer.portraits
            )
            return Overview("catalogue", lines, cosines(self._directions))

    def item(self, item: int, sequence: Sequence[int]) -> ItemPortrait:
        """All that is known of one item, and where it stands for a sequence."""
        with self._turn, torch.inference_mode():
            explorer = self._explorer
            membership = explorer.membership
            popularity = explorer.catalogue.popularity
            personal = self._personal(sequence)
            products = None
            if personal is not None:
                scores = (personal.vectors @ personal.table[item]).tolist()
                numbers = (interest.category for interest in personal.interests)
                products = tuple(zip(numbers, scores, strict=True))
            return ItemPortrait(
                item=item,
                membership=None if membership is None else tuple(membership[item].tolist()),
                products=products,
                neighbours=nearest_items(self._model.item_vectors(), item),
                holders=holders_of(item, explorer.interactions),
                popularity=int(popularity[item - 1]),
                popularity_rank=1 + int((popularity > popularity[item - 1]).sum()),
                places=tuple(place for place, one in enumerate(sequence, 1) if one == item),
                standing=self._standing(item, sequence),
            )

    def scene(self, sequence: Sequence[int]) -> Scene:
        """What a sequence looks like on the map."""
        with self._turn, torch.inference_mode():
            known = tuple(sequence)
            state, kind = whereabouts(self._model, known, self._projection, self._length)
            personal = self._personal(sequence)
            if personal is not None:
                best = personal.best_for(torch.arange(len(personal.table), device=self._device))
                theirs = np.array(best, dtype=np.int16)
                regions = personal_regions(personal, self._projection, self._length)
                return Scene(self._projection, known, theirs, regions, state, kind, "personal")
            regions = gaussian_regions(self._model, known, self._projection)
            owners = self._owners
            whose: Owners = "none" if owners is None else "catalogue"
            return Scene(self._projection, known, owners, regions, state, kind, whose)

    def _personal(self, sequence: Sequence[int]) -> PersonalReading | None:
        if not isinstance(self._model, PersonalInterestRecommender) or not sequence:
            return None
        return read_personal(self._model, sequence, self._device)

    def _standing(
        self, item: int, sequence: Sequence[int]
    ) -> tuple[float, int, float, float] | None:
        """Rank, number of items ranked, score and probability; None if it may not be ranked."""
        if not sequence or item in sequence:
            return None
        window, lengths = right_padded([list(sequence)], self._model.max_length)
        scores = self._model.scores(window.to(self._device), lengths.to(self._device))[0]
        own, total = scores[item], scores.logsumexp(dim=0)
        out = torch.tensor([0, *set(sequence)], device=self._device)
        allowed = scores.index_fill(0, out, -torch.inf)
        ahead, tied = int((allowed > own).sum()), int((allowed == own).sum()) - 1
        ranked = int((allowed > -torch.inf).sum())
        return 1 + ahead + tied / 2, ranked, float(own), float((own - total).exp())

    def _typical_items(self, category: int, top: int) -> tuple[int, ...]:
        membership = self._explorer.membership
        assert membership is not None
        typical = membership[1:, category] * np.log1p(self._explorer.catalogue.popularity)
        return tuple((np.argsort(-typical, kind="stable")[:top] + 1).tolist())

    @cached_property
    def _projection(self) -> Projection:
        return principal_components(self._model.item_vectors().float().cpu().numpy())

    @cached_property
    def _length(self) -> float:
        """Of a typical item's vector."""
        return float(self._model.item_vectors()[1:].norm(dim=1).median())

    @cached_property
    def _owners(self) -> npt.NDArray[np.int16] | None:
        membership = self._explorer.membership
        return None if membership is None else membership.argmax(axis=1).astype(np.int16)

    @cached_property
    def _users_of(self) -> npt.NDArray[np.float64]:
        """The share of users whose strongest interest each category is: [K]."""
        intensities = self._explorer.intensities()
        assert intensities is not None
        known = intensities[intensities.sum(axis=1) > 0]
        counts = np.bincount(known.argmax(axis=1), minlength=self._explorer.categories)
        return counts / max(1, len(known))

    @cached_property
    def _directions(self) -> npt.NDArray[np.float32]:
        """c_k: float32 [K, D]."""
        assert isinstance(self._model, InterestRecommender)
        directions: npt.NDArray[np.float32] = self._model.category_vectors().float().cpu().numpy()
        return directions


def _own_interests(
    personal: PersonalReading | None, sequence: Sequence[int], top: int, device: torch.device
) -> Overview:
    """The interests of one person, or nothing where there are none."""
    if personal is None:
        return Overview("none", (), np.zeros((0, 0), dtype=np.float32))
    favourites = personal.favourites(top, torch.tensor([0, *set(sequence)], device=device))
    lines = tuple(
        CategoryLine(
            category=interest.category,
            items=interest.hard_count,
            share=None,
            users=None,
            intensity=interest.intensity,
            top_items=favourites[interest.category],
            distinctive=(),
        )
        for interest in personal.interests
    )
    return Overview("personal", lines, cosines(personal.vectors.float().cpu().numpy()))
