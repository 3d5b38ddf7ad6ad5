"""Models that learn a vector of every user, in the explorer: they answer for any sequence."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import QuestionError
from engine.evaluation.evaluate import held_out_ranks
from engine.explore.explorer import Explorer
from engine.models.protocol import UserRecommender
from engine.sequences.sequence_set import SequenceSet
from engine.training.checkpoint import load_model
from engine.training.train import TrainRequest, train


@pytest.fixture(scope="module", params=["bprmf", "lightgcn"])
def run(small, request, tmp_path_factory) -> Path:
    return train(
        TrainRequest(
            library=small.library, runs=tmp_path_factory.mktemp("runs"), dataset="small",
            name=request.param, model=request.param, device="cpu",
            settings={"dim": 8, "epochs": 4, "learning_rate": 0.02, "loss": "bpr"},
        )
    ).path  # fmt: skip


@pytest.fixture(scope="module")
def explorer(small, run) -> Explorer:
    return Explorer.load(run, small.library, device="cpu")


def test_the_best_weights_rank_as_they_did_in_training(small, run, explorer) -> None:
    loaded = load_model(run, device="cpu")
    assert isinstance(loaded.model, UserRecommender)
    sequences = SequenceSet.of(explorer.interactions)
    assert loaded.model.users == len(sequences.lengths)
    ranks = held_out_ranks(loaded.model, sequences, "valid", sequences.evaluated())
    assert float((1.0 / ranks).mean()) == pytest.approx(loaded.metrics["mrr"])


def test_an_answer_is_the_models_own_ranking_and_shows_no_interests(explorer) -> None:
    items = explorer.history(3)[:-1]
    answer = explorer.answer(items, k=6, target=explorer.history(3)[-1])
    with torch.inference_mode():
        scores = explorer.model.scores(torch.tensor([items]), torch.tensor([len(items)]))[0]
    expected = sorted(
        (item for item in range(1, len(scores)) if item not in items),
        key=lambda item: -float(scores[item]),
    )[:6]
    assert [line.item for line in answer.recommendations] == expected
    assert answer.interests == () and answer.diversity_learned is None
    assert explorer.categories == 0 and explorer.membership is None
    with pytest.raises(QuestionError, match="steered"):
        explorer.answer(items, steering={0: 1.0})


def test_the_order_of_an_edited_sequence_does_not_matter_and_its_items_do(explorer) -> None:
    items = explorer.history(3)[:-1]
    answer, backwards = explorer.answer(items), explorer.answer(items[::-1])
    assert [line.item for line in answer.recommendations] == [
        line.item for line in backwards.recommendations
    ]
    shorter = explorer.answer([item for item in items if item != items[-1]])
    assert [line.score for line in answer.recommendations] != [
        line.score for line in shorter.recommendations
    ]


def test_every_item_of_a_sequence_has_an_influence_unless_it_is_there_twice(explorer) -> None:
    items = explorer.history(5)
    assert 1 < len(set(items)) < len(items)
    best = [line.item for line in explorer.answer(items, k=4).recommendations]
    influence = explorer.influence(items, best)
    assert influence.shape == (len(items), 4) and np.isfinite(influence).all()
    moved = np.abs(influence).max(axis=1)
    for place, item in enumerate(items):
        assert (moved[place] > 1e-6) == (items.count(item) == 1)
