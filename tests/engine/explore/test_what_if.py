"""Influence, stability and reading on: held against fresh answers to the same questions."""

import math
import random

import numpy as np
import pytest
import torch

from engine.errors import QuestionError
from engine.explore.explorer import Explorer
from engine.training.train import TrainRequest, train


@pytest.fixture(scope="module")
def explorer(small) -> Explorer:
    return Explorer.load(small.run, small.library, device="cpu")


@pytest.fixture(scope="module")
def short(small, tmp_path_factory) -> Explorer:
    """A model that sees four items only."""
    result = train(
        TrainRequest(
            library=small.library, runs=tmp_path_factory.mktemp("short"), dataset="small",
            name="short", device="cpu",
            settings={"dim": 16, "epochs": 1, "max_length": 4, "interest_negatives": 0},
        )
    )  # fmt: skip
    return Explorer.load(result.path, small.library, device="cpu")


def log_chance(explorer: Explorer, items: tuple[int, ...], item: int) -> float:
    """log p(item | items) from the model's own scores."""
    window = torch.tensor([items[-explorer.max_length :]])
    with torch.inference_mode():
        scores = explorer.model.scores(window, torch.tensor([window.shape[1]]))[0]
    return float(scores[item] - scores.logsumexp(dim=0))


@pytest.mark.parametrize("which", ["explorer", "short"])
def test_influence_is_the_loss_of_log_probability_without_the_item(which, request) -> None:
    asked: Explorer = request.getfixturevalue(which)
    items = asked.history(5)
    on = [line.item for line in asked.answer(items, k=3).recommendations]
    found = asked.influence(items, on)
    assert found.shape == (len(items), 3)
    for j in range(len(items)):
        without = items[:j] + items[j + 1 :]
        for r, item in enumerate(on):
            expected = log_chance(asked, items, item) - log_chance(asked, without, item)
            assert found[j, r] == pytest.approx(expected, abs=1e-4)


def test_influence_of_what_the_model_does_not_see_is_nothing(short) -> None:
    items = (3, 4, 5, 6, 7, 8)
    found = short.influence(items, [1, 2])
    assert (np.abs(found[:2]) < 1e-5).all() and (np.abs(found[2:]) > 1e-6).any()


def test_stability_is_reproducible_and_certain_where_the_posterior_is_narrow(explorer) -> None:
    items = explorer.history(4)
    on = [line.item for line in explorer.answer(items, k=5).recommendations]
    before = torch.get_rng_state()
    first, again = explorer.stability(items, on), explorer.stability(items, on)
    assert torch.equal(torch.get_rng_state(), before), "the app's own randomness is not touched"
    assert first.ranks.shape == (64, 5) and np.array_equal(first.ranks, again.ranks)
    assert (first.ranks >= 1).all() and (first.ranks <= 40 - len(set(items))).all()
    assert 0 < first.among(5).mean() <= 1

    narrow = Explorer(explorer.model, explorer.interactions, explorer.catalogue)
    norm = narrow.model.posterior.log_var_encoder.norm
    kept = {name: value.clone() for name, value in norm.state_dict().items()}
    try:
        norm.weight.data.zero_()
        norm.bias.data.fill_(-60.0)
        certain = narrow.stability(items, on, samples=7)
        assert (certain.ranks == np.arange(1, 6)).all()
        assert (certain.among(2) == [1, 1, 0, 0, 0]).all()
    finally:
        norm.load_state_dict(kept)


def test_hidden_items_are_out_of_the_samples_lists(explorer) -> None:
    items = explorer.history(4)
    on = [line.item for line in explorer.answer(items, k=3).recommendations]
    all_but = frozenset(range(1, 41)) - {on[2]}
    assert (explorer.stability(items, [on[2]], hidden=all_but).ranks == 1).all()


def test_what_cannot_be_asked_is_a_sentence(explorer) -> None:
    with pytest.raises(QuestionError, match="two items"):
        explorer.influence((3,), [1])
    with pytest.raises(QuestionError, match="empty sequence"):
        explorer.stability((), [1])
    with pytest.raises(QuestionError, match="catalogue"):
        explorer.influence((3, 4), [99_999])


@pytest.mark.parametrize("which", ["explorer", "short"])
def test_after_any_edits_an_answer_is_that_of_a_fresh_explorer(which, request) -> None:
    asked: Explorer = request.getfixturevalue(which)
    chance = random.Random(11)
    items = list(asked.history(6))
    for _ in range(60):
        edit = chance.choice(["add", "add", "remove", "insert", "swap", "until"])
        place = chance.randrange(len(items)) if items else 0
        if edit == "add" or not items:
            items.append(chance.randint(1, 40))
        elif edit == "remove":
            del items[place]
        elif edit == "insert":
            items.insert(place, chance.randint(1, 40))
        elif edit == "swap":
            items[place] = chance.randint(1, 40)
        else:
            items = items[: place + 1]
        target = chance.randint(1, 40)
        found = asked.answer(items, k=6, target=target)
        fresh = Explorer(asked.model, asked.interactions, asked.catalogue)
        expected = fresh.answer(items, k=6, target=target)
        assert found.target_rank == expected.target_rank
        for left, right in zip(found.interests, expected.interests, strict=True):
            assert left.intensity == pytest.approx(right.intensity, abs=1e-5)
            assert left.spread == pytest.approx(right.spread, abs=1e-5)
            assert left.hard_count == right.hard_count
        for one, other in zip(found.recommendations, expected.recommendations, strict=True):
            assert one.item == other.item
            assert one.score == pytest.approx(other.score, abs=1e-5)
            chance_now = math.log(one.probability)
            assert chance_now == pytest.approx(log_chance(asked, tuple(items), one.item), abs=1e-3)
