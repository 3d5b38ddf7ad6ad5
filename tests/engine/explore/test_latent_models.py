"""The baselines with a latent vector in the explorer: what may be asked of them, and is true."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.explore.explorer import Explorer
from engine.training.checkpoint import load_model
from engine.training.train import TrainRequest, train

KINDS = [("svae", "own"), ("svae", "tied"), ("acvae", "own")]


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def run(request, small, tmp_path_factory) -> Path:
    model, output = request.param
    settings = {"dim": 16, "state": 16, "latent": 8, "epochs": 2, "output": output}
    return train(
        TrainRequest(
            library=small.library, runs=tmp_path_factory.mktemp(model), dataset="small",
            name=model, model=model, device="cpu", settings=settings,
        )
    ).path  # fmt: skip


@pytest.fixture(scope="module")
def explorer(small, run) -> Explorer:
    return Explorer.load(run, small.library, device="cpu")


def chances(explorer: Explorer, items: tuple[int, ...]) -> torch.Tensor:
    with torch.inference_mode():
        window, length = torch.tensor([items]), torch.tensor([len(items)])
        return explorer.model.scores(window, length)[0].log_softmax(dim=0)


def test_a_checkpoint_scores_as_the_model_did_bit_for_bit(run) -> None:
    items, lengths = torch.tensor([[1, 5, 9], [2, 7, 0]]), torch.tensor([3, 2])
    first, again = (load_model(run, device="cpu").model for _ in range(2))
    with torch.inference_mode():
        assert torch.equal(first.scores(items, lengths), again.scores(items, lengths))
    if "beta" in first.state_dict():
        assert float(first.state_dict()["beta"]) > 0.0


def test_an_answer_lists_the_likeliest_items_with_their_chances(explorer) -> None:
    items = explorer.history(5)
    answer = explorer.answer(items, k=5)
    expected = chances(explorer, items)
    best = expected.clone()
    best[list(items)] = -torch.inf
    assert [line.item for line in answer.recommendations] == best.topk(5).indices.tolist()
    for line in answer.recommendations:
        assert line.probability == pytest.approx(float(expected[line.item].exp()), rel=1e-4)
    assert answer.interests == () and explorer.timeline(items).shape == (len(items), 0)


def test_influence_is_the_loss_of_log_probability_without_the_item(explorer) -> None:
    items = explorer.history(5)
    on = [line.item for line in explorer.answer(items, k=3).recommendations]
    found = explorer.influence(items, on)
    for j in range(len(items)):
        change = chances(explorer, items) - chances(explorer, items[:j] + items[j + 1 :])
        np.testing.assert_allclose(found[j], change[on].numpy(), atol=1e-4)


def test_stability_asks_samples_of_the_posterior(explorer) -> None:
    items = explorer.history(4)
    on = [line.item for line in explorer.answer(items, k=5).recommendations]
    first, again = explorer.stability(items, on), explorer.stability(items, on)
    assert first.ranks.shape == (64, 5) and np.array_equal(first.ranks, again.ranks)
    assert (first.ranks >= 1).all() and (first.ranks <= 40 - len(set(items))).all()
    assert len(np.unique(first.ranks, axis=0)) > 1, "samples differ"
