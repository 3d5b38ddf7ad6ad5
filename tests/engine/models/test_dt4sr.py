"""DT4SR: Gaussians compared by their 2-Wasserstein distance."""

from typing import Any

import pytest
import slow_dt4sr
import slow_sigma as slow
import torch
from torch import Tensor
from torch.nn import functional

from engine.models.baselines.dt4sr import DT4SR, DT4SRSettings, deviation, distributed
from engine.models.blocks import item_table
from engine.models.protocol import right_padded
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems

ITEMS, LONGEST = 9, 6
ROWS = [[1, 2, 3, 4, 5, 6, 7], [8, 9], [3, 1, 4, 1, 5]]
TRAINING = SequenceSet(
    torch.tensor([item for row in ROWS for item in row]), torch.tensor([0, 7, 9, 14]), ITEMS
)

both_positions = pytest.mark.parametrize("positions", ["right", "rotary"])


def model_of(**free: Any) -> DT4SR:
    """Without dropout, in float64, with parameters all far from special values."""
    torch.manual_seed(0)
    sizes = {"dim": 8, "heads": 2, "max_length": LONGEST, "dropout": 0.0}
    model = DT4SR(ITEMS, DT4SRSettings(**{**sizes, **free})).double()
    for parameter in model.parameters():
        parameter.data += 0.5 * torch.randn_like(parameter)
    for table in (model.table, model.covariance):
        table.weight.data[0] = 0.0
    model.prepare(TRAINING)
    return model


def batch() -> Batch:
    items, lengths = right_padded([row[:-1] for row in ROWS], LONGEST)
    targets, _ = right_padded([row[1:] for row in ROWS], LONGEST)
    return Batch(items, lengths, targets, torch.arange(3))


def slow_scores(model: DT4SR, parameters: dict[str, Tensor], row: list[int]) -> list[list[Tensor]]:
    """(3) of every item after every prefix of a row, [T][V]."""
    rotary = model.settings.positions == "rotary"
    catalogue = [slow_dt4sr.item(v, parameters) for v in range(1, ITEMS + 1)]
    return [
        [slow_dt4sr.score(prefix, item) for item in catalogue]
        for prefix in slow_dt4sr.sequence(row, parameters, 2, rotary)
    ]


def same_gradients(model: DT4SR, parameters: dict[str, Tensor]) -> None:
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(
            parameter.grad, parameters[name].grad, rtol=1e-5, atol=1e-6, msg=name
        )


@both_positions
def test_scores_are_minus_the_wasserstein_distance_summed_by_loops(positions: str) -> None:
    model = model_of(positions=positions)
    found = model.scores(*right_padded(ROWS, LONGEST))
    parameters = slow.as_float64(model)
    for b, row in enumerate(ROWS):
        expected = slow_scores(model, parameters, row[-LONGEST:])[-1]
        torch.testing.assert_close(found[b, 1:], torch.stack(expected), rtol=1e-5, atol=1e-5)
    assert (found[:, 1:] <= 0).all() and (found[:, 0] == -torch.inf).all()


@both_positions
def test_the_softmax_is_over_the_distances_to_all_items(positions: str) -> None:
    """Though what does not depend on the item is left out of it."""
    model = model_of(positions=positions)
    loss = model.losses(batch())["loss"]
    loss.backward()
    parameters, terms = slow.as_float64(model), []
    for row in ROWS:
        for scores, target in zip(slow_scores(model, parameters, row[:-1]), row[1:], strict=True):
            terms.append(-torch.log(slow.softmax(scores)[target - 1]))
    expected = torch.stack(terms).mean()
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-6)
    same_gradients(model, parameters)


@both_positions
def test_bpr_compares_each_next_item_with_one_that_was_drawn(
    positions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(positions=positions, loss="bpr")
    drawn = [8, 9, 8, 9, 8, 9, 1, 2, 6, 7, 8]
    asked = []

    def draw(self: UnseenItems, users: Tensor) -> Tensor:
        asked.extend(users.tolist())
        return torch.tensor(drawn)

    monkeypatch.setattr(UnseenItems, "draw", draw)
    loss = model.losses(batch())["loss"]
    loss.backward()
    assert asked == [0] * 6 + [1] + [2] * 4
    parameters, terms = slow.as_float64(model), []
    for row in ROWS:
        for scores, target in zip(slow_scores(model, parameters, row[:-1]), row[1:], strict=True):
            margin = scores[target - 1] - scores[drawn[len(terms)] - 1]
            terms.append(-torch.log(torch.sigmoid(margin)))
    expected = torch.stack(terms).mean()
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-6)
    same_gradients(model, parameters)


def test_bpr_without_users_is_refused() -> None:
    with pytest.raises(ValueError, match="whose its sequences are"):
        model_of(loss="bpr").losses(Batch(batch().items, batch().lengths, batch().targets))


def test_deviations_are_roots_of_elu_plus_one_wherever_that_can_be_computed() -> None:
    x = torch.linspace(-12, 12, 101, dtype=torch.float64, requires_grad=True)
    found, expected = deviation(x), (functional.elu(x) + 1).sqrt()
    torch.testing.assert_close(found, expected)
    gradients = (torch.autograd.grad(y.sum(), x)[0] for y in (found, expected))
    torch.testing.assert_close(*gradients)


def test_deviations_and_their_slopes_stay_finite_where_the_root_would_not() -> None:
    x = torch.tensor([-1000.0, -100.0, -20.0, 0.0, 1e6], requires_grad=True)
    deviation(x).sum().backward()
    assert deviation(x).isfinite().all() and x.grad is not None and x.grad.isfinite().all()
    assert x.grad[3] == 0.5, "both halves meet with one slope"


def test_the_covariance_alone_can_tell_items_apart() -> None:
    model = model_of()
    model.table.weight.data[1:] = model.table.weight.data[1]
    scores = model.scores(*right_padded([[1, 2]], LONGEST))[0, 1:]
    assert len({round(score, 6) for score in scores.tolist()}) == ITEMS


def test_products_in_half_precision_keep_what_the_three_terms_leave() -> None:
    """At 128 dimensions Σ_d Σ^½ Σ′^½ is near 128, where bfloat16 counts in steps of a half."""
    torch.manual_seed(0)
    model = DT4SR(200, DT4SRSettings(dropout=0.0)).eval()
    items = torch.randint(1, 201, (8, 20))
    exact = model.scores(items, torch.full((8,), 20))[:, 1:]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = model.scores(items, torch.full((8,), 20))[:, 1:]
    errors = (rounded - exact) - (rounded - exact).mean(dim=1, keepdim=True)
    assert errors.square().mean().sqrt() < 0.05 * exact.std(dim=1).mean()


def test_points_lie_as_far_apart_as_their_gaussians() -> None:
    torch.manual_seed(0)
    mean, covariance = torch.randn(2, 2, 5, dtype=torch.float64)
    points = distributed(mean, covariance)
    gaussians = [
        slow_dt4sr.Gaussian(m, slow_dt4sr.positive(c))
        for m, c in zip(mean, covariance, strict=True)
    ]
    torch.testing.assert_close(
        -(points[0] - points[1]).square().sum(), slow_dt4sr.score(*gaussians)
    )


@pytest.mark.parametrize("loss", ["softmax", "bpr"])
def test_a_sampled_softmax_touches_few_rows_of_both_tables(
    loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_table, "SPARSE_FROM", 1)
    model = model_of(negatives=3, loss=loss)
    model.losses(batch())["loss"].backward()
    assert model.sparse_tables() == [model.table, model.covariance]
    for table in model.sparse_tables():
        assert table.weight.grad is not None and table.weight.grad.is_sparse


def test_the_softmax_of_nearly_all_items_is_nearly_the_whole() -> None:
    whole, sampled = model_of(), model_of(negatives=ITEMS - 1)
    torch.manual_seed(0)
    estimates = [sampled.losses(batch())["loss"].item() for _ in range(40)]
    assert sum(estimates) / 40 == pytest.approx(whole.losses(batch())["loss"].item(), rel=0.02)
