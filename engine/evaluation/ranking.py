"""Ranking of held-out items over the whole catalogue.

No negatives are sampled. Items of the history are out of the ranking. Ties count against the model:
the rank of a target is 1 + items with a greater score + half of the other items with an equal one,
so a model that scores everything alike gains nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.models.protocol import Recommender, UserRecommender
from engine.sequences.sequence_set import SequenceSet, Split

SCORES_HELD = 1 << 24
"""Scores held at a time, a bound on memory: 64 MiB in float32."""


@dataclass(frozen=True)
class Ranked:
    """Results of some users.

    users: int64 [B]. ranks: float64 [B] on the CPU, infinite where the target is in the history.
    top: int64 [B, K], best first; 0 where fewer than K items may be recommended. scores: of these,
    float32 [B, K], −inf where there is none.
    """

    users: Tensor
    ranks: Tensor
    top: Tensor
    scores: Tensor


def target_ranks(scores: Tensor, targets: Tensor) -> Tensor:
    """Ranks of targets among scores, −inf being out of the ranking.

    scores: float [B, V + 1]; targets: int64 [B]. Returns float64 [B], infinite for a target that
    is out of the ranking itself.
    """
    own = scores.gather(1, targets[:, None])
    # Counted in the scores' own type, exact to 2²⁴: sums of booleans are converted one by one.
    ahead = scores.clone().gt_(own).sum(dim=1)
    tied = scores.clone().eq_(own).sum(dim=1) - 1
    # On the CPU, as some devices have no float64.
    ranks = 1.0 + ahead.cpu().double() + tied.cpu().double() / 2
    return ranks.masked_fill(own[:, 0].cpu() == -torch.inf, torch.inf)


@torch.inference_mode()
def rank_users(
    model: Recommender,
    sequences: SequenceSet,
    split: Split,
    *,
    k: int,
    users: Tensor | None = None,
    exclude_history: bool = True,
    scores_held: int = SCORES_HELD,
) -> Iterator[Ranked]:
    """Ranks the held-out items of users, in batches of similar length.

    users: int64, each with something held out; None takes all. k: length of the lists kept; 0 keeps
    none. The model must be in evaluation mode.
    """
    users = sequences.evaluated() if users is None else users
    users = users[sequences.lengths[users].argsort(stable=True)]
    rows = max(1, min(512, scores_held // (sequences.catalogue + 1)))
    for chunk in torch.split(users, rows):
        asked = sequences.questions(chunk, split, model.max_length)
        if isinstance(model, UserRecommender):
            scores = model.scores_of_users(chunk)
        else:
            scores = model.scores(asked.items, asked.lengths)
        if exclude_history:
            history = sequences.questions(chunk, split).items
            scores.scatter_(1, history, -torch.inf)  # padding hits column 0, which is out already
        ranks = target_ranks(scores, asked.targets)
        if not k:  # torch would search for nothing all the same
            yield Ranked(chunk, ranks, chunk.new_zeros(len(chunk), 0), scores[:, :0])
            continue
        best = scores.topk(min(k, sequences.catalogue), dim=1)
        top = best.indices.where(best.values > -torch.inf, torch.zeros_like(best.indices))
        yield Ranked(chunk, ranks, top, best.values)
