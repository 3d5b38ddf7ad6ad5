"""The explorer: what it answers, held against the model and slow definitions."""

import math

import numpy as np
import pytest
import torch

from engine.errors import QuestionError
from engine.evaluation.ranking import rank_users
from engine.explore.categories import letter_of, portray
from engine.explore.explorer import Explorer
from engine.explore.steering import steer, steered_intensities
from engine.library.contents import Catalogue
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma
from engine.sequences.sequence_set import SequenceSet


@pytest.fixture(scope="module")
def explorer(small) -> Explorer:
    return Explorer.load(small.run, small.library, device="cpu")


def test_an_answer_is_the_models_own_ranking_without_the_history(explorer) -> None:
    items = explorer.history(3)[:-1]
    answer = explorer.answer(items, k=12)
    with torch.inference_mode():
        scores = explorer.model.scores(torch.tensor([items]), torch.tensor([len(items)]))[0]
    chances = scores.softmax(dim=0)
    expected = sorted(
        (item for item in range(1, len(scores)) if item not in items),
        key=lambda item: -float(scores[item]),
    )[:12]
    assert [line.item for line in answer.recommendations] == expected
    assert [line.rank for line in answer.recommendations] == list(range(1, 13))
    for line in answer.recommendations:
        assert line.probability == pytest.approx(float(chances[line.item]), rel=1e-4)
        assert line.membership == pytest.approx(float(explorer.membership[line.item].max()))


def test_intensities_sum_to_one_and_entropy_is_theirs(explorer) -> None:
    answer = explorer.answer(explorer.history(2))
    weights = [interest.intensity for interest in answer.interests]
    assert sum(weights) == pytest.approx(1)
    assert answer.entropy == pytest.approx(-sum(w * math.log2(w) for w in weights), abs=1e-5)
    assert sum(interest.hard_count for interest in answer.interests) == len(answer.items)
    assert all(interest.spread > 0 for interest in answer.interests)


def test_the_held_out_rank_is_the_evaluations(explorer) -> None:
    sequences = SequenceSet.of(explorer.interactions)
    ranks = {
        int(user): float(rank)
        for part in rank_users(explorer.model, sequences, "test", k=1)
        for user, rank in zip(part.users, part.ranks, strict=True)
    }
    for user, rank in ranks.items():
        history = explorer.history(user)
        found = explorer.answer(history[:-1], target=history[-1]).target_rank
        assert found == (None if math.isinf(rank) else rank)


def test_the_timeline_equals_a_fresh_answer_at_every_prefix(explorer) -> None:
    longest = [1 + (7 * step) % 40 for step in range(130)]  # beyond what the model sees
    assert explorer.max_length < len(longest)
    timeline = explorer.timeline(longest)
    for step in (0, 1, 50, 98, 99, 100, 101, 129):
        fresh = explorer.answer(longest[: step + 1]).interests
        expected = [interest.intensity for interest in fresh]
        assert timeline[step] == pytest.approx(expected, abs=1e-5)


def test_intensities_of_all_users_equal_their_answers(explorer) -> None:
    everyone, entropies = explorer.intensities(), explorer.entropies()
    for user in range(0, 30, 7):
        answer = explorer.answer(explorer.history(user)[:-1])
        expected = [interest.intensity for interest in answer.interests]
        assert everyone[user] == pytest.approx(expected, abs=1e-5)
        assert entropies[user] == pytest.approx(answer.entropy, abs=1e-4)


def test_intensities_do_not_depend_on_how_many_items_are_worked_on_at_a_time(
    explorer, monkeypatch
) -> None:
    whole = explorer.intensities()
    for some in (1, 7, 20):
        monkeypatch.setattr("engine.explore.intensities.ITEMS_AT_A_TIME", some)
        np.testing.assert_allclose(explorer.intensities(), whole, atol=1e-6)


def test_hidden_items_are_not_recommended_and_lists_end_where_items_do(explorer) -> None:
    items = explorer.history(0)
    best = explorer.answer(items, k=1).recommendations[0].item
    assert explorer.answer(items, k=1, hidden=frozenset({best})).recommendations[0].item != best
    everything = explorer.answer(items, k=100).recommendations
    assert len(everything) == 40 - len(set(items))


def test_an_empty_sequence_has_an_answer_without_recommendations(explorer) -> None:
    answer = explorer.answer((), target=3)
    assert answer.recommendations == ()
    assert answer.interests == ()
    assert answer.target_rank is None


@pytest.mark.parametrize(
    "ask",
    [
        {"items": [0]},
        {"items": [41]},
        {"items": [1], "target": 99},
        {"items": [1], "k": 0},
        {"items": [1], "steering": {9: 0.5}},
        {"items": [1], "steering": {0: 1.5}},
        {"items": [1], "steering": {0: 0.7, 1: 0.7}},
    ],
)
def test_impossible_questions_are_sentences(explorer, ask) -> None:
    with pytest.raises(QuestionError):
        explorer.answer(**ask)


def test_steering_by_the_models_own_intensities_changes_nothing(explorer) -> None:
    items = explorer.history(5)
    plain = explorer.answer(items)
    same = {interest.category: interest.intensity for interest in plain.interests}
    same[0] = 1 - sum(value for category, value in same.items() if category)
    steered = explorer.answer(items, steering=same)
    assert [line.item for line in steered.recommendations] == [
        line.item for line in plain.recommendations
    ]


def test_steering_follows_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    membership = torch.rand(6, 3, generator=generator).softmax(dim=1)
    intensity = torch.tensor([0.5, 0.3, 0.2])
    wanted = steered_intensities(intensity, {2: 0.6})
    assert wanted.tolist() == pytest.approx([0.25, 0.15, 0.6])
    scores = torch.rand(6, generator=generator)
    steered = steer(scores, membership, intensity, wanted).softmax(dim=0)[1:]
    slow = [
        math.exp(scores[v]) * sum(membership[v, k] * wanted[k] / intensity[k] for k in range(3))
        for v in range(1, 6)
    ]
    ratio = steered / torch.tensor(slow)
    assert ratio.tolist() == pytest.approx([float(ratio[0])] * 5, rel=1e-4)


def test_diversity_weight_raises_the_diversity_of_an_answer(explorer) -> None:
    items = explorer.history(4)
    plain = explorer.answer(items, k=10)
    diverse = explorer.answer(items, k=10, diversity_weight=10.0)
    assert diverse.diversity >= plain.diversity
    assert diverse.recommendations[0] == plain.recommendations[0]


def test_portraits_name_a_category_by_what_it_favours() -> None:
    labels = [str(item) for item in range(20)]
    genres = [("war",)] * 10 + [("love",)] * 10
    catalogue = Catalogue(labels, labels, genres, np.arange(20, 0, -1))
    membership = np.zeros((21, 2), dtype=np.float32)
    membership[1:11, 0], membership[11:, 1] = 0.9, 0.9
    war, love = portray(membership, catalogue)
    assert (war.letter, war.name, war.items, war.share) == ("A", "war", 10, 0.5)
    assert love.distinctive == (("love", pytest.approx(2.0)),)
    assert war.top_items[0] == 1


def test_letters_go_on_after_z() -> None:
    assert [letter_of(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


@pytest.mark.parametrize("positions", ["rotary", "right"])
def test_cosine_scores_are_the_models_own_too(explorer, positions) -> None:
    settings = SigmaSettings(dim=16, categories=3, cosine=12.0, positions=positions)
    torch.manual_seed(0)
    model = Sigma(len(explorer.catalogue.labels), settings)
    other = Explorer(model, explorer.interactions, explorer.catalogue)
    items = explorer.history(3)[:-1]
    with torch.inference_mode():
        scores = model.scores(torch.tensor([items]), torch.tensor([len(items)]))[0]
    for line in other.answer(items, k=12).recommendations:
        assert line.score == pytest.approx(float(scores[line.item]), abs=1e-5)


def test_an_items_interest_and_its_typical_items_are_those_of_its_category(explorer) -> None:
    items = explorer.history(2)
    answer = explorer.answer(items)
    assert answer.item_interests == tuple(explorer.category_of(item) for item in items)
    assert explorer.interests == explorer.categories == 4
    for portrait in explorer.portraits:
        assert explorer.typical_items(items, 3)[portrait.category] == portrait.top_items[:3]
