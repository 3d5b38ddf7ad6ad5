"""The explorer over every model: trained, saved, loaded, and asked."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine.explore.explorer import Explorer
from engine.models.registry import MODELS
from engine.training.runs import MODEL
from engine.training.train import TrainRequest, train


@pytest.fixture(scope="module", params=list(MODELS))
def run(request, small, tmp_path_factory) -> Path:
    return train(
        TrainRequest(
            library=small.library, runs=tmp_path_factory.mktemp("runs"), dataset="small",
            model=request.param, preset="paper", settings={"epochs": 1}, device="cpu",
        )
    ).path  # fmt: skip


def test_an_answer_is_the_ranking_of_the_saved_weights(run, small) -> None:
    explorer = Explorer.load(run, small.library, device="cpu")
    saved = load_file(run / MODEL)
    for name, weight in explorer.model.state_dict().items():
        assert torch.equal(weight, saved[name]), name
    items = explorer.history(3)[:-1]
    answer = explorer.answer(items, k=5, target=explorer.history(3)[-1])
    with torch.inference_mode():
        scores = explorer.model.scores(torch.tensor([items]), torch.tensor([len(items)]))[0]
    open_items = [item for item in range(1, len(scores)) if item not in items]
    best = sorted(open_items, key=lambda item: -float(scores[item]))[:5]
    assert [line.item for line in answer.recommendations] == best
    chances = scores.softmax(dim=0)
    for line in answer.recommendations:
        assert line.probability == pytest.approx(float(chances[line.item]), rel=1e-4)
    if explorer.history(3)[-1] not in items:
        assert answer.target_rank is not None


def test_every_item_of_a_sequence_has_an_influence(run, small) -> None:
    explorer = Explorer.load(run, small.library, device="cpu")
    items = explorer.history(2)
    best = [line.item for line in explorer.answer(items, k=3).recommendations]
    influence = explorer.influence(items, best)
    assert influence.shape == (len(items), 3) and np.isfinite(influence).all()
    assert influence.any()
