"""The item table: inner products and cosines."""

import pytest
import torch
from torch.nn import functional

from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.models.blocks.item_table import ItemTable
from engine.models.protocol import right_padded
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma


def table(cosine: float, items: int = 7, dim: int = 4) -> ItemTable:
    torch.manual_seed(0)
    made = ItemTable(items, dim, cosine=cosine).double()
    made.weight.data[1:] = torch.randn(items, dim, dtype=torch.float64)
    return made


def test_a_cosine_table_scores_by_the_angle_alone() -> None:
    made = table(cosine=9.0)
    queries = torch.randn(3, 4, dtype=torch.float64)
    scores = made.scores(queries).detach()
    for b in range(3):
        for v in range(1, 8):
            e = made.weight[v].detach()
            expected = 9.0 * (queries[b] @ e) / (queries[b].norm() * e.norm())
            assert float(scores[b, v]) == pytest.approx(float(expected))
    assert (scores[:, 0] == -torch.inf).all()
    made.weight.data *= 3.0
    torch.testing.assert_close(made.scores(5.0 * queries), scores)


@pytest.mark.parametrize("cosine", [0.0, 9.0])
@pytest.mark.parametrize("heads", [1, 3])
def test_the_loss_is_the_softmax_of_the_scores_by_the_best_query(cosine: float, heads: int) -> None:
    made = table(cosine)
    queries = torch.randn(6, heads, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([1, 7, 3, 3, 2, 5])
    loss = made.cross_entropy(queries, targets, negatives=0, chunk_elements=16)
    scores = torch.stack([made.scores(queries[:, head]) for head in range(heads)]).amax(dim=0)
    expected = functional.cross_entropy(scores[:, 1:], targets - 1)
    torch.testing.assert_close(loss, expected)
    got = torch.autograd.grad(loss, [queries, made.weight])
    wanted = torch.autograd.grad(expected, [queries, made.weight])
    for left, right in zip(got, wanted, strict=True):
        torch.testing.assert_close(left, right)


def test_negatives_of_a_cosine_table_estimate_its_own_softmax() -> None:
    made = table(cosine=5.0, items=40)
    queries = torch.randn(8, 1, 4, dtype=torch.float64)
    targets = torch.randint(1, 41, (8,))
    whole = made.cross_entropy(queries, targets, negatives=0, chunk_elements=1024)
    drawn = [made.cross_entropy(queries, targets, 20, 1024) for _ in range(400)]
    assert float(torch.stack(drawn).mean()) == pytest.approx(float(whole), rel=0.02)


@pytest.mark.parametrize("name", ["sasrec", "sigma"])
def test_the_length_of_a_vector_does_not_put_an_item_ahead(name: str) -> None:
    torch.manual_seed(0)
    sizes = {"dim": 16, "heads": 2, "cosine": 10.0, "max_length": 5}
    model = (
        SASRec(12, SASRecSettings(**sizes))
        if name == "sasrec"
        else Sigma(12, SigmaSettings(**sizes, categories=3))
    ).eval()
    asked = right_padded([[1, 2, 3]], 5)
    before = model.scores(*asked)
    with torch.no_grad():
        model.table.weight[9] *= 50.0  # not in the sequence, so no input changes
    torch.testing.assert_close(model.scores(*asked), before)
