"""How sure a list is: the same question asked of samples of the posterior instead of its mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from engine.evaluation.ranking import SCORES_HELD
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
    samples: int = 64,
    seed: int = 0,
) -> Stability:
    """Ranks of items in lists decoded from draws of the posterior instead of its mean, one batch.

    sequence: ids, oldest first, not empty; its items and ``hidden`` ones are out of the lists.
    items: the recommendations asked about. seed: equal seeds give equal samples.
    """
    window, lengths = (part.to(device) for part in right_padded([list(sequence)], model.max_length))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        queries = model.sampled_queries(window, lengths, samples)
    out = torch.tensor(sorted({*sequence, *hidden} - set(items)), dtype=torch.int64, device=device)
    asked = torch.tensor(list(items), dtype=torch.int64, device=device)
    rows = max(1, SCORES_HELD // len(model.output_table.weight))
    parts = []
    for some in torch.split(queries, rows):
        scores = model.output_table.scores(some).index_fill(1, out, -torch.inf)
        own = scores[:, asked]
        ahead = [scores.clone().gt_(own[:, r, None]).sum(dim=1) for r in range(len(items))]
        parts.append(torch.stack(ahead, dim=1) if ahead else scores.new_zeros(len(some), 0))
    return Stability((1.0 + torch.cat(parts)).double().cpu().numpy())
