"""The price of diversity for one list, weight by weight."""

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.evaluation.diversify import diversify
from engine.evaluation.diversity import list_diversity
from engine.explore.piecework import Piecework
from engine.explore.trade_off import WEIGHTS, TradeOff


@torch.inference_mode()
def trade_offs(
    scores: Tensor,
    labels: Tensor,
    k: int,
    weights: Sequence[float] = WEIGHTS,
) -> Piecework[tuple[TradeOff, ...]]:
    """The curve of one person's list.

    scores: of the candidates, best first, float [C]; labels: their categories, bool [C, G]. k:
    length of the list, at most C.
    """
    chances = scores.softmax(dim=0)
    whole = float(chances[:k].sum())
    curve = []
    for weight in weights:
        chosen = diversify(scores[None], labels[None], k, weight)[0]
        own = [frozenset(row.nonzero()[:, 0].tolist()) for row in labels[chosen].cpu()]
        diversity = list_diversity(own)
        curve.append(TradeOff(weight, float(chances[chosen].sum()) / whole, diversity or 0.0))
        yield
    return tuple(curve)
