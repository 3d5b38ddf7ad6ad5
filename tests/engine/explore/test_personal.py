"""Interests that are a person's own: what the explorer answers, held against the model itself."""

import math

import pytest
import torch

from engine.errors import QuestionError
from engine.evaluation.diversity import list_diversity
from engine.evaluation.ranking import rank_users
from engine.explore.explorer import Explorer
from engine.library.library import Library
from engine.models.protocol import PersonalInterestRecommender, PersonalInterests
from engine.models.registry import build, model_settings
from engine.sequences.sequence_set import SequenceSet

SEEN = 6


@pytest.fixture(scope="module", params=["mind", "comirec-dr", "comirec-sa"])
def explorer(small, request) -> Explorer:
    """A model as it begins, its items far enough apart to tell one from another."""
    with Library.open(small.library) as library:
        interactions, catalogue = library.interactions("small"), library.catalogue("small")
    torch.manual_seed(0)
    settings = model_settings(request.param, {"dim": 16, "interests": 3, "max_length": SEEN})
    model = build(request.param, len(catalogue.labels), settings, 0)
    model.table.weight.data[1:] += 0.3 * torch.randn_like(model.table.weight[1:])
    return Explorer(model, interactions, catalogue, run_name="own")


def found_in(explorer: Explorer, items: tuple[int, ...]) -> PersonalInterests:
    """The model's own interests of a sequence."""
    window = torch.tensor([items[-SEEN:]])
    assert isinstance(explorer.model, PersonalInterestRecommender)
    with torch.no_grad():
        return explorer.model.interests_of(window, torch.tensor([window.shape[1]]))


def test_an_answer_is_the_models_own_ranking_and_interests(explorer) -> None:
    items = explorer.history(8)[:-1]
    assert len(items) > SEEN
    answer = explorer.answer(items, k=12)
    with torch.inference_mode():
        scores = explorer.model.scores(torch.tensor([items[-SEEN:]]), torch.tensor([SEEN]))[0]
        chances = scores.softmax(dim=0)
    expected = sorted(set(range(1, 41)) - set(items), key=lambda item: -float(scores[item]))
    assert [line.item for line in answer.recommendations] == expected[:12]
    found, table = found_in(explorer, items), explorer.model.table.weight.detach()
    living = found.alive[0].nonzero().flatten().tolist()
    assert [interest.category for interest in answer.interests] == living
    for line in answer.recommendations:
        products = {k: float(found.vectors[0, k] @ table[line.item]) for k in living}
        assert line.category == max(products, key=products.__getitem__)
        assert line.score == pytest.approx(products[line.category], rel=1e-5)
        assert line.probability == pytest.approx(float(chances[line.item]), rel=1e-4)
        assert line.membership is None
    labels = [frozenset((line.category,)) for line in answer.recommendations]
    assert answer.diversity_learned == list_diversity(labels)


def test_intensities_are_shares_of_the_items_and_each_item_has_an_interest(explorer) -> None:
    items = explorer.history(8)
    answer, found = explorer.answer(items), found_in(explorer, items)
    weights = [interest.intensity for interest in answer.interests]
    assert sum(weights) == pytest.approx(1)
    assert answer.entropy == pytest.approx(-sum(w * math.log2(w) for w in weights), abs=1e-5)
    claims = found.weights[0] / found.weights[0].sum(dim=0)
    for interest in answer.interests:
        expected = float(claims[interest.category].mean())
        assert interest.intensity == pytest.approx(expected, abs=1e-5)
        assert interest.spread is None
        assert interest.hard_count == answer.item_interests.count(interest.category)
    unseen = len(items) - SEEN
    assert answer.item_interests[:unseen] == (None,) * unseen
    assert list(answer.item_interests[unseen:]) == claims.argmax(dim=0).tolist()


def test_the_timeline_equals_a_fresh_answer_at_every_prefix(explorer, monkeypatch) -> None:
    monkeypatch.setattr("engine.explore.personal.WINDOWS_AT_A_TIME", 4)
    longest = [1 + (7 * step) % 40 for step in range(3 * SEEN + 1)]
    timeline = explorer.timeline(longest)
    assert timeline.shape == (len(longest), 3)
    for step in range(len(longest)):
        expected = [0.0, 0.0, 0.0]
        for interest in explorer.answer(longest[: step + 1]).interests:
            expected[interest.category] = interest.intensity
        assert timeline[step] == pytest.approx(expected, abs=1e-5)
    assert explorer.timeline([]).shape == (0, 3)


def test_the_held_out_rank_is_the_evaluations(explorer) -> None:
    sequences = SequenceSet.of(explorer.interactions)
    for part in rank_users(explorer.model, sequences, "test", k=1):
        for user, rank in zip(part.users.tolist(), part.ranks.tolist(), strict=True):
            history = explorer.history(user)
            answered = explorer.answer(history[:-1], target=history[-1])
            assert answered.target_rank == (None if math.isinf(rank) else rank)


def test_typical_items_are_what_each_interest_alone_would_recommend(explorer) -> None:
    items = explorer.history(8)
    found, table = found_in(explorer, items), explorer.model.table.weight.detach()
    typical = explorer.typical_items(items, 4)
    assert set(typical) == set(found.alive[0].nonzero().flatten().tolist())
    for number, listed in typical.items():
        left = sorted(
            set(range(1, 41)) - set(items),
            key=lambda item: -float(found.vectors[0, number] @ table[item]),
        )
        assert list(listed) == left[:4]
    assert explorer.typical_items((), 4) == {}
    everything = explorer.typical_items(items, 100)
    assert all(len(listed) == 40 - len(set(items)) for listed in everything.values())


def test_there_are_interests_but_no_categories_of_the_catalogue(explorer) -> None:
    assert (explorer.interests, explorer.categories) == (3, 0)
    assert explorer.portraits == () and explorer.membership is None
    assert explorer.category_of(1) is None
    assert explorer.intensities() is None and explorer.entropies() is None
    with pytest.raises(QuestionError, match="no categories"):
        explorer.answer([1, 2], steering={0: 0.5})
    assert explorer.answer(()).interests == () and explorer.answer(()).item_interests == ()


def test_influence_and_diversity_work_as_for_every_model(explorer) -> None:
    items = explorer.history(4)[-SEEN:]
    answer = explorer.answer(items, k=10, diversity_weight=50.0)
    assert answer.diversity >= explorer.answer(items, k=10).diversity
    on = [line.item for line in answer.recommendations[:2]]
    assert (explorer.influence(items, on) != 0).any()
    with pytest.raises(QuestionError, match="posterior"):
        explorer.stability(items, on)
