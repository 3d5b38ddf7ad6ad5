"""How sure a list is: the same question asked of samples of the posterior instead of its mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from engine.evaluation.ranking import SCORES_HELD
from engine.explore.piecework import Piecework, in_pieces
from engine.models.protocol import HasPosterior, right_padded


@dataclass(frozen=True)
class Stability:
    """ranks: of each asked item in each sample's list, float64 [S, R], from 1; items that may not
    be recommended are out of the lists."""

    ranks: npt.NDArray[np.float64]

    def among(self, k: int) -> npt.NDArray[np.float64]:
        """The share of samples in which each item is among the first K: [R]."""
        share: npt.NDArray[np.float64] = (self.ranks <= k).mean(axis=0)
        return share


@torch.inference_mode()
def posterior_stability(
    model: HasPosterior,
    sequence: Sequence[int],
    items: Sequence[int],
    device: torch.device,
    *,
    hidden: frozenset[int] = frozenset(),
    outside: torch.Tensor | None = None,
    offset: torch.Tensor | None = None,
    lists: Callable[[torch.Tensor], torch.Tensor] | None = None,
    samples: int = 64,
    seed: int = 0,
) -> Piecework[Stability]:
    """Ranks of items in lists decoded from draws of the posterior instead of its mean.

    sequence: ids, oldest first, not empty; its items and ``hidden`` ones are out of the lists.
    items: the recommendations asked about. outside: more items that are out of the lists, int64
    [n]. offset: added to the scores, float [V + 1]. lists: how scores, [n, V + 1], become lists,
    int64 [n, K], where it is not by their order. seed: equal seeds give equal samples.
    """
    window, lengths = (part.to(device) for part in right_padded([list(sequence)], model.max_length))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        queries = model.sampled_queries(window, lengths, samples)
    out = torch.tensor(sorted({*sequence, *hidden} - set(items)), dtype=torch.int64, device=device)
    if outside is not None:
        out = torch.cat((out, outside))
    asked = torch.tensor(list(items), dtype=torch.int64, device=device)

    def ranks_of(rows: slice) -> torch.Tensor:
        scores = model.output_table.scores(queries[rows])
        if offset is not None:
            scores = scores + offset
        scores = scores.index_fill(1, out, -torch.inf)
        if lists is not None:
            return _places(lists(scores), asked).cpu()
        own = scores[:, asked]
        ahead = [scores.clone().gt_(own[:, r, None]).sum(dim=1) for r in range(len(items))]
        return (torch.stack(ahead, dim=1) if ahead else scores.new_zeros(len(own), 0)).cpu()

    most = max(1, SCORES_HELD // len(model.output_table.weight))
    parts = yield from in_pieces(len(queries), ranks_of, most=most)
    return Stability((1.0 + torch.cat(parts)).double().numpy())


def _places(lists: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    """Where each item stands in each list, from 0: float [n, R], infinite where it does not."""
    here = lists[:, None, :] == asked[:, None]  # [n, R, K]
    place = here.int().argmax(dim=2).double()
    return place.where(here.any(dim=2), torch.full_like(place, torch.inf))
