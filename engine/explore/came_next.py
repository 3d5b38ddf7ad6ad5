"""How well each step of a sequence was foreseen: the rank of what really came next."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.evaluation.ranking import SCORES_HELD, target_ranks
from engine.explore.piecework import Piecework, in_pieces
from engine.models.protocol import Recommender, right_padded


def window_scores(
    model: Recommender, sequence: Sequence[int], device: torch.device
) -> Callable[[range], Tensor]:
    """Scores after some prefixes, each read on its own: lengths from 1 → float [n, V + 1]."""
    whole = list(sequence)

    def scores(ends: range) -> Tensor:
        window, lengths = right_padded([whole[:end] for end in ends], model.max_length)
        return model.scores(window.to(device), lengths.to(device))

    return scores


@torch.inference_mode()
def ranks_of_what_came_next(
    scores: Callable[[range], Tensor],
    sequence: Sequence[int],
    following: int | None,
    *,
    items: int,
    first: int = 0,
) -> Piecework[npt.NDArray[np.float64]]:
    """The rank of item t + 1 among what may be recommended after items 0..t, for t from ``first``.

    scores: see ``window_scores``. sequence: ids, oldest first; following: what came after its last
    one. items: V. Returns float64 [T - first], ties counted half; infinite where the item had
    been there before, so that it could only miss; NaN where nothing came next.
    """
    whole = list(sequence)
    targets = torch.tensor([*whole[1:], following or 0], dtype=torch.int64)

    def ranks(rows: slice) -> Tensor:
        ends = range(first + rows.start + 1, first + rows.stop + 1)
        found = scores(ends)
        seen, _ = right_padded([whole[:end] for end in ends], ends[-1])
        found = found.scatter(1, seen.to(found.device), -torch.inf)
        return target_ranks(found, targets[ends.start - 1 : ends.stop - 1].to(found.device))

    most = max(1, SCORES_HELD // (items + 1))
    parts = yield from in_pieces(len(whole) - first, ranks, most=most)
    found: npt.NDArray[np.float64] = torch.cat([*parts, torch.zeros(0)]).double().numpy()
    if following is None and len(found):
        found[-1] = np.nan
    return found
