"""Re-ranking for diversity: ComiRec's controllable form (Cen et al. 2020, section 3.4).

Greedy choice of the list that maximises Σ_i score(i) + γ · Σ_{i<j} δ(i, j), δ = 1 where two items
share no category.
"""

import torch
from torch import Tensor

CANDIDATES = 10
"""Candidates considered for each place of the list: the best 10·K by score."""


def diversify(scores: Tensor, labels: list[frozenset[object]], k: int, gamma: float) -> list[int]:
    """Indices of the chosen candidates, in order of choice.

    scores: of the candidates, best first, float [C]; labels: each one's categories (an item with
    none differs from all); k: length of the list; gamma: γ ≥ 0, in units of the scores.
    """
    remaining = scores.double().clone()
    names = {name: column for column, name in enumerate(sorted(set().union(*labels), key=str))}
    has = torch.zeros(len(labels), len(names) + 1, dtype=torch.bool)
    for row, own in enumerate(labels):
        for name in own:
            has[row, names[name]] = True
    chosen: list[int] = []
    for _ in range(min(k, len(labels))):
        best = int(remaining.argmax())
        chosen.append(best)
        differs = ~(has & has[best]).any(dim=1)
        remaining += gamma * differs.to(remaining)
        remaining[best] = -torch.inf
    return chosen
