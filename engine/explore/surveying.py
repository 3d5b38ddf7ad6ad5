"""Asking about every user of a dataset: what fills in a survey."""

import time
from collections.abc import Callable

import numpy as np
import torch

from engine.evaluation.diversity import list_diversity
from engine.evaluation.ranking import SCORES_HELD, target_ranks
from engine.explore.piecework import Piecework, in_pieces
from engine.explore.survey import SURVEY_K, Survey
from engine.models.protocol import Recommender
from engine.sequences.sequence_set import SequenceSet

KEPT_EVERY = 10.0
"""Seconds of work after which what is known so far is written."""


@torch.inference_mode()
def survey_users(
    model: Recommender,
    sequences: SequenceSet,
    survey: Survey,
    categories_of: Callable[[int], frozenset[object]] | None,
) -> Piecework[None]:
    """Fills in what a survey does not know yet, shortest sequences first.

    Each user is asked about as the explorer does it: all items but the last one. categories_of: of
    an item, for Diversity@10; None where there are none.
    """
    lengths = sequences.lengths.cpu().numpy()
    alone = np.flatnonzero(lengths < 2)
    nothing = np.full(len(alone), np.nan)
    survey.note(alone, nothing, nothing)
    left = np.flatnonzero(~survey.known)
    left = left[np.argsort(lengths[left], kind="stable")]
    written = time.monotonic()

    def ask(rows: slice) -> None:
        nonlocal written
        users = torch.from_numpy(left[rows]).to(sequences.items.device)
        asked = sequences.questions(users, "test", model.max_length)
        scores = model.scores(asked.items, asked.lengths)
        scores.scatter_(1, sequences.questions(users, "test").items, -torch.inf)
        ranks = target_ranks(scores, asked.targets)
        diversity = np.full(len(users), np.nan)
        if categories_of is not None:
            best = scores.topk(min(SURVEY_K, model.items))
            for row, (items, values) in enumerate(
                zip(best.indices.tolist(), best.values.tolist(), strict=True)
            ):
                listed = [i for i, v in zip(items, values, strict=True) if v > -np.inf]
                found = list_diversity([categories_of(item) for item in listed])
                diversity[row] = np.nan if found is None else found
        survey.note(left[rows], ranks.numpy(), diversity)
        if time.monotonic() - written > KEPT_EVERY:
            survey.keep()
            written = time.monotonic()

    most = max(1, min(512, SCORES_HELD // (model.items + 1)))
    try:
        yield from in_pieces(len(left), ask, most=most)
    finally:  # also where nobody waits for the rest any more
        survey.keep()
