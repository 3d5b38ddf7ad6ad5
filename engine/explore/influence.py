"""What each item of a sequence did for a recommendation: leave-one-out, in batches."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from engine.evaluation.ranking import SCORES_HELD
from engine.explore.piecework import Piecework, in_pieces
from engine.models.protocol import Recommender, right_padded


@torch.inference_mode()
def leave_one_out(
    model: Recommender, sequence: Sequence[int], items: Sequence[int], device: torch.device
) -> Piecework[npt.NDArray[np.float32]]:
    """log p(item | sequence) − log p(item | sequence without its j-th item), in nats.

    Positive: the j-th item speaks for the recommendation. sequence: ids, oldest first, at least
    two (without the only one nothing is left to ask with); items: the recommendations asked about.
    Returns float32 [T, R].
    """
    whole = list(sequence)
    without = [whole[:j] + whole[j + 1 :] for j in range(len(whole))]
    padded = right_padded([whole, *without], model.max_length)
    window, lengths = (part.to(device) for part in padded)
    asked = torch.tensor(list(items), dtype=torch.int64, device=device)

    def chances_of(rows: slice) -> torch.Tensor:
        scores = model.scores(window[rows], lengths[rows])
        return (scores[:, asked] - scores.logsumexp(dim=1, keepdim=True)).float().cpu()

    most = max(1, SCORES_HELD // (model.items + 1))
    chances = torch.cat((yield from in_pieces(len(window), chances_of, most=most)))
    influence: npt.NDArray[np.float32] = (chances[:1] - chances[1:]).numpy()
    return influence
