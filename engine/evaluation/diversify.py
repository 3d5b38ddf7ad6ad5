"""Re-ranking for diversity: ComiRec's controllable form (Cen et al. 2020, section 3.4).

Greedy choice of the list that maximises Σ_i score(i) + γ · Σ_{i<j} δ(i, j), δ = 1 where two items
share no category.
"""

import torch
from torch import Tensor

CANDIDATES = 10
"""Candidates considered for each place of the list: the best 10·K by score."""


def diversify(scores: Tensor, labels: Tensor, k: int, gamma: float) -> Tensor:
    """Which candidates make the list of each user, in order of choice: int64 [B, k].

    scores: of the candidates, best first, float [B, C], −inf where there is none; labels: each
    one's categories (an item with none differs from all), bool [B, C, G]; k: length of the list, at
    most C; gamma: γ ≥ 0, in units of the scores.
    """
    remaining = scores.clone()
    labels = labels.float()
    rows = torch.arange(len(scores), device=scores.device)
    chosen = []
    for _ in range(k):
        best = remaining.argmax(dim=1)
        chosen.append(best)
        shared = (labels @ labels[rows, best][..., None])[..., 0]  # [B, C]
        remaining += gamma * (shared == 0)
        remaining[rows, best] = -torch.inf
    return torch.stack(chosen, dim=1)
