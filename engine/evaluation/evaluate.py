"""Evaluation of a model over all users: accuracy, diversity, coverage, novelty."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from engine.errors import QuestionError
from engine.evaluation.diversify import CANDIDATES, diversify
from engine.evaluation.diversity import category_matrix, mean_diversity
from engine.evaluation.metrics import mrr, ndcg, recall
from engine.evaluation.ranking import Ranked, rank_users
from engine.library.contents import Catalogue
from engine.models.protocol import InterestRecommender, Recommender
from engine.sequences.sequence_set import SequenceSet, Split

KS = (10, 20, 40)


@dataclass(frozen=True)
class Report:
    """Results over one split.

    users: evaluated. missed_by_history: users whose target is in their history, which is out of the
    ranking, so that it can only miss; of re-ranked lists, users whose target is in none.
    without_categories: share of recommended items that have no metadata category (they count as
    different from all). metrics: by name, such as ``recall@20``. ranks: of every evaluated user's
    item, float64 [U'], in the order of ``SequenceSet.evaluated``.
    """

    split: Split
    users: int
    missed_by_history: int
    without_categories: float | None
    metrics: dict[str, float]
    ranks: torch.Tensor
    seconds: float


def held_out_ranks(
    model: Recommender, sequences: SequenceSet, split: Split, users: torch.Tensor
) -> torch.Tensor:
    """Ranks of users' held-out items, float64 [U'] on the CPU, in the order of ``users``."""
    model.eval()
    ranks = torch.zeros(len(sequences.lengths), dtype=torch.float64)
    for part in rank_users(model, sequences, split, k=0, users=users):
        ranks[part.users.cpu()] = part.ranks
    return ranks[users.cpu()]


def accuracy(ranks: torch.Tensor, k: int = 20) -> dict[str, float]:
    """Recall@K, NDCG@K and MRR alone: what selection during training needs. ranks: float [U]."""
    return {f"recall@{k}": recall(ranks, k), f"ndcg@{k}": ndcg(ranks, k), "mrr": mrr(ranks)}


def evaluate(
    model: Recommender,
    sequences: SequenceSet,
    catalogue: Catalogue,
    split: Split,
    *,
    ks: Sequence[int] = KS,
    exclude_history: bool = True,
    diversity_weight: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """All metrics of protocol and paper on one split.

    ks: list lengths. diversity_weight: γ of a re-ranking of the longest list (diversify.py); an
    item is then found only if it is in that list. progress: told users done and users in all.
    Raises QuestionError if no user has enough items to be evaluated, a K is impossible, or there
    are no categories to diversify by.
    """
    started = time.perf_counter()
    evaluated = sequences.evaluated().cpu()
    users = len(evaluated)
    if not users:
        raise QuestionError(
            "no user has three items or more, so nothing can be held out and evaluated."
        )
    if not ks or min(ks) < 1:
        raise QuestionError("a list has at least one item; use --k 10,20,40.")
    labels = category_matrix(catalogue.categories) if any(catalogue.categories) else None
    if diversity_weight and labels is None:
        raise QuestionError(
            "the items have no categories, so lists cannot be made more diverse by them. Import "
            "the data with --categories or --items."
        )
    model.eval()
    by_user = torch.zeros(len(sequences.lengths), dtype=torch.float64)
    top = []
    done = 0
    longest = min(max(ks), sequences.catalogue)
    kept = min(longest * CANDIDATES, sequences.catalogue) if diversity_weight else longest
    for part in rank_users(model, sequences, split, k=kept, exclude_history=exclude_history):
        if diversity_weight and labels is not None:
            part = _diversified(part, sequences, split, labels, longest, diversity_weight)
        by_user[part.users.cpu()] = part.ranks.cpu()
        top.append(part.top.cpu())
        done += len(part.users)
        if progress is not None:
            progress(done, users)
    ranks, all_top = by_user[evaluated], torch.cat(top)
    metrics: dict[str, float] = {}
    for k in ks:
        metrics[f"recall@{k}"] = recall(ranks, k)
        metrics[f"ndcg@{k}"] = ndcg(ranks, k)
    metrics["mrr"] = mrr(ranks)
    popularity = torch.from_numpy(catalogue.popularity).double()
    information = -torch.log2((popularity / popularity.sum()).clamp(min=1e-30))
    learned = _learned_categories(model)
    without = None
    for k in ks:
        lists = all_top[:, :k]
        listed = lists[lists > 0]
        if k >= 2 and labels is not None:
            metrics[f"diversity@{k}"] = mean_diversity(lists, labels)
            without = float((~labels[listed].any(dim=1)).double().mean())
        if k >= 2 and learned is not None:
            metrics[f"diversity_learned@{k}"] = mean_diversity(lists, learned)
        metrics[f"coverage@{k}"] = torch.unique(listed).numel() / sequences.catalogue
        metrics[f"novelty@{k}"] = float(information[listed - 1].mean())
        metrics[f"popularity@{k}"] = float(popularity[listed - 1].mean())
    return Report(
        split=split,
        users=users,
        missed_by_history=int(torch.isinf(ranks).sum()),
        without_categories=without,
        metrics=metrics,
        ranks=ranks,
        seconds=time.perf_counter() - started,
    )


def _diversified(
    part: Ranked,
    sequences: SequenceSet,
    split: Split,
    labels: torch.Tensor,
    k: int,
    weight: float,
) -> Ranked:
    """Lists re-ranked for diversity, and the ranks of the held-out items within them."""
    candidates = part.top.cpu()
    chosen = diversify(part.scores.cpu(), labels[candidates], k, weight)
    top = candidates.gather(1, chosen)
    targets = sequences.questions(part.users, split).targets.cpu()
    found = top == targets[:, None]
    place = found.double().argmax(dim=1).double() + 1.0
    ranks = place.where(found.any(dim=1), torch.full_like(place, torch.inf))
    return Ranked(part.users, ranks, top, part.scores.cpu().gather(1, chosen))


def _learned_categories(model: Recommender) -> torch.Tensor | None:
    """argmax p(k|v) as a one-hot table, bool [V + 1, K]; None for a model without interests."""
    if not isinstance(model, InterestRecommender):
        return None
    with torch.inference_mode():
        membership = model.membership().cpu()
    matrix = torch.zeros_like(membership, dtype=torch.bool)
    matrix[torch.arange(len(membership)), membership.argmax(dim=1)] = True
    matrix[0] = False
    return matrix
