"""Metrics against hand-computed cases and slow references."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import QuestionError
from engine.evaluation.diversify import diversify
from engine.evaluation.diversity import category_matrix, list_diversity, mean_diversity
from engine.evaluation.evaluate import accuracy, evaluate, held_out_ranks
from engine.evaluation.metrics import mrr, ndcg, recall
from engine.evaluation.ranking import rank_users, target_ranks
from engine.library.contents import Catalogue, Interactions
from engine.models.protocol import Recommender
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet


class ByTable(Recommender):
    """Scores every item by a fixed table and the last item, so that ranks are known."""

    def __init__(self, table: Tensor) -> None:
        super().__init__(table.shape[1] - 1, 3)
        self.register_buffer("table", table)
        self.dummy = torch.nn.Parameter(torch.zeros(1))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        return {"loss": self.dummy.sum() + 0 * batch.items.sum()}

    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        assert items.shape[1] <= self.max_length
        last = items[torch.arange(len(lengths)), lengths - 1]
        scores = self.table[last].clone()
        scores[:, 0] = -torch.inf
        return scores


def world(users: int = 40, items: int = 15, seed: int = 1) -> tuple[Interactions, Catalogue]:
    chance = random.Random(seed)
    rows = [[chance.randint(1, items) for _ in range(chance.randint(1, 9))] for _ in range(users)]
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
    flat = np.array([item for row in rows for item in row], dtype=np.int32)
    labels = [f"i{item}" for item in range(items)]
    categories = [tuple(f"c{c}" for c in range(4) if (item + 1) % (c + 2) == 0)
                  for item in range(items)]  # fmt: skip
    return (
        Interactions("made", "", [str(u) for u in range(users)], labels, flat, offsets),
        Catalogue(labels, labels, categories, np.bincount(flat, minlength=items + 1)[1:]),
    )


def slow_rank(scores: list[float], target: int, history: list[int]) -> float:
    if target in history:
        return math.inf
    ahead = ties = 0
    for item, score in enumerate(scores):
        if item in (0, target) or item in history:
            continue
        ahead += score > scores[target]
        ties += score == scores[target]
    return 1 + ahead + ties / 2


@pytest.mark.parametrize("split", ["valid", "test"])
def test_everything_equals_a_slow_reference(split) -> None:
    interactions, catalogue = world()
    generator = torch.Generator().manual_seed(0)
    table = torch.randint(0, 6, (16, 16), generator=generator).float()  # many ties
    model = ByTable(table).eval()
    report = evaluate(model, SequenceSet.of(interactions), catalogue, split, ks=(1, 3, 5))
    ranks, lists = [], []
    for u in range(len(interactions.users)):
        row = interactions.items[interactions.offsets[u] : interactions.offsets[u + 1]].tolist()
        if len(row) < 3:
            continue
        cut = len(row) - (1 if split == "test" else 2)
        history, target = row[:cut], row[cut]
        scores = table[history[-1]].tolist()
        ranks.append(slow_rank(scores, target, history))
        open_items = [item for item in range(1, 16) if item not in history]
        lists.append([scores[item] for item in sorted(open_items, key=lambda i: -scores[i])][:5])
    assert report.users == len(ranks)
    assert report.missed_by_history == sum(math.isinf(rank) for rank in ranks)
    for k in (1, 3, 5):
        assert report.metrics[f"recall@{k}"] == pytest.approx(np.mean([r <= k for r in ranks]))
        gains = [1 / math.log2(r + 1) if r <= k else 0 for r in ranks]
        assert report.metrics[f"ndcg@{k}"] == pytest.approx(np.mean(gains))
    assert report.metrics["mrr"] == pytest.approx(np.mean([1 / r for r in ranks]))
    # the lists hold the best scores among what may be recommended
    got = sorted(
        (int(user), table_row)
        for part in rank_users(model, SequenceSet.of(interactions), split, k=5)
        for user, table_row in zip(part.users, part.top.tolist(), strict=True)
    )
    evaluated = [u for u in range(len(interactions.users))
                 if interactions.offsets[u + 1] - interactions.offsets[u] >= 3]  # fmt: skip
    for (user, top), wanted in zip(got, lists, strict=True):
        assert user in evaluated
        row = interactions.items[interactions.offsets[user] : interactions.offsets[user + 1]]
        last = int(row[len(row) - (1 if split == "test" else 2) - 1])
        assert [float(table[last][item]) for item in top if item] == wanted


def test_validation_in_training_agrees_with_the_whole_evaluation() -> None:
    interactions, catalogue = world(seed=5)
    model = ByTable(torch.rand(16, 16, generator=torch.Generator().manual_seed(2))).eval()
    sequences = SequenceSet.of(interactions)
    quick = accuracy(held_out_ranks(model, sequences, "valid", sequences.evaluated()), k=5)
    whole = evaluate(model, sequences, catalogue, "valid", ks=(5,)).metrics
    assert quick == pytest.approx({name: whole[name] for name in quick})


def test_a_model_that_scores_everything_alike_gains_nothing() -> None:
    interactions, catalogue = world(users=200, items=15)
    model = ByTable(torch.zeros(16, 16)).eval()
    metrics = evaluate(model, SequenceSet.of(interactions), catalogue, "test", ks=(3,)).metrics
    assert metrics["recall@3"] == 0


def test_ranks_by_hand() -> None:
    scores = torch.tensor([[-torch.inf, 3.0, 2.0, 2.0, 2.0, -torch.inf]]).repeat(3, 1)
    ranks = target_ranks(scores, torch.tensor([1, 3, 5]))
    assert ranks.tolist() == [1.0, 3.0, math.inf]


def test_metrics_by_hand() -> None:
    ranks = torch.tensor([1.0, 2.0, 21.0, math.inf], dtype=torch.float64)
    assert recall(ranks, 20) == 0.5
    assert ndcg(ranks, 20) == pytest.approx((1 + 1 / math.log2(3)) / 4)
    assert mrr(ranks) == pytest.approx((1 + 0.5 + 1 / 21) / 4)


def test_diversity_by_hand() -> None:
    war, love, both, none = map(frozenset, (("war",), ("love",), ("war", "love"), ()))
    assert list_diversity([war, war]) == 0
    assert list_diversity([war, love]) == 1
    assert list_diversity([war, love, both]) == pytest.approx(1 / 3)
    assert list_diversity([none, none]) == 1  # an item without any differs from all
    assert list_diversity([war]) is None


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=2), min_size=2, max_size=12),
       st.integers(0, 1000))  # fmt: skip
def test_mean_diversity_equals_the_slow_mean(categories, seed) -> None:
    generator = torch.Generator().manual_seed(seed)
    count = min(4, len(categories))
    top = torch.stack([torch.randperm(len(categories), generator=generator)[:count] + 1
                       for _ in range(5)])  # fmt: skip
    slow = [list_diversity([frozenset(categories[item - 1]) for item in row])
            for row in top.tolist()]  # fmt: skip
    assert mean_diversity(top, category_matrix(categories)) == pytest.approx(np.mean(slow))


def test_coverage_novelty_and_popularity_by_hand() -> None:
    offsets = np.array([0, 3, 6])
    items = np.array([1, 2, 3, 1, 2, 4], dtype=np.int32)
    interactions = Interactions("m", "", ["a", "b"], list("wxyz"), items, offsets)
    catalogue = Catalogue(list("wxyz"), list("wxyz"), [()] * 4, np.array([2, 2, 1, 1]))
    table = torch.zeros(5, 5)
    table[2, 3], table[2, 4] = 5.0, 4.0
    report = evaluate(ByTable(table).eval(), SequenceSet.of(interactions), catalogue, "test",
                      ks=(1,))  # fmt: skip
    assert report.metrics["coverage@1"] == 0.25
    assert report.metrics["novelty@1"] == pytest.approx(-math.log2(1 / 6))
    assert report.metrics["popularity@1"] == 1
    assert report.metrics["recall@1"] == 0.5


def test_nothing_to_evaluate_is_a_sentence() -> None:
    interactions = Interactions("m", "", ["a"], ["x"], np.array([1, 1], dtype=np.int32),
                                np.array([0, 2]))  # fmt: skip
    catalogue = Catalogue(["x"], ["x"], [()], np.array([2]))
    with pytest.raises(QuestionError, match="three items"):
        evaluate(ByTable(torch.zeros(2, 2)), SequenceSet.of(interactions), catalogue, "test")


def test_diversify_trades_scores_for_other_categories() -> None:
    scores = torch.tensor([[3.0, 2.9, 2.8, 1.0]])
    labels = category_matrix([("a",), ("a",), ("b",), ("c",)])[1:][None]
    for gamma, wanted in ((0.0, [0, 1, 2]), (0.5, [0, 2, 1]), (5.0, [0, 2, 3])):
        assert diversify(scores, labels, 3, gamma).tolist() == [wanted]
    assert diversify(scores, torch.zeros_like(labels), 4, 1.0).tolist() == [[0, 1, 2, 3]]


def test_every_user_of_a_batch_gets_the_greedy_list_of_their_own() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(6, 12, generator=generator).sort(dim=1, descending=True).values
    labels = torch.rand(6, 12, 4, generator=generator) < 0.3
    found = diversify(scores, labels, 5, 0.7)
    for b in range(6):
        chosen: list[int] = []
        for _ in range(5):
            gain = {
                c: float(scores[b, c])
                + 0.7 * sum(not (labels[b, c] & labels[b, other]).any() for other in chosen)
                for c in range(12)
                if c not in chosen
            }
            chosen.append(max(gain, key=gain.__getitem__))
        assert found[b].tolist() == chosen


def test_re_ranked_lists_are_more_diverse_and_ranks_are_places_in_them() -> None:
    interactions, catalogue = world(seed=3)
    model = ByTable(torch.rand(16, 16, generator=torch.Generator().manual_seed(4))).eval()
    sequences = SequenceSet.of(interactions)
    plain, tiny, diverse = (
        evaluate(model, sequences, catalogue, "test", ks=(3, 5), diversity_weight=weight).metrics
        for weight in (0.0, 1e-9, 5.0)
    )
    assert diverse["diversity@5"] > plain["diversity@5"]
    for name in ("recall@3", "ndcg@5", "diversity@3", "coverage@5"):
        assert tiny[name] == pytest.approx(plain[name])


def test_lists_cannot_be_diversified_without_categories() -> None:
    interactions, catalogue = world(seed=3)
    bare = replace(catalogue, categories=[()] * len(catalogue.labels))
    model = ByTable(torch.rand(16, 16)).eval()
    with pytest.raises(QuestionError, match="--categories"):
        evaluate(model, SequenceSet.of(interactions), bare, "test", ks=(3,), diversity_weight=1.0)
