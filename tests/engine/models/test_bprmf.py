"""BPR-MF against plain loops, and the vectors of people that it has not learnt."""

import math

import pytest
import torch
from torch import Tensor

from engine.models.baselines.bprmf import BPRMF, LEAST_L2, BPRMFSettings
from engine.models.blocks.fold_in import evenly_spaced, fitted_vectors
from engine.models.protocol import right_padded
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems

ITEMS = 9
TRAINING = SequenceSet(
    torch.tensor([1, 2, 3, 4, 2, 5, 6, 7, 7, 1, 3]), torch.tensor([0, 4, 8, 9, 11]), ITEMS
)
ROWS, USERS = [[1, 2, 3, 4], [2, 5, 6, 7], [1, 3]], [0, 1, 3]
"""The windows of one batch. The third user has one item in training, and so no window."""


def model_of(loss: str, **free: object) -> BPRMF:
    torch.manual_seed(1)
    model = BPRMF(ITEMS, 4, BPRMFSettings(dim=5, loss=loss, **free)).double()
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter)
    model.table.weight.data[0] = 0.0
    model.prepare(TRAINING)
    return model


def batch() -> Batch:
    items, lengths = right_padded([row[:-1] for row in ROWS], 99)
    targets, _ = right_padded([row[1:] for row in ROWS], 99)
    return Batch(items, lengths, targets, torch.tensor(USERS))


def pairs() -> list[tuple[int, int]]:
    """(user, item): first items of the windows, then what followed."""
    first = [(user, row[0]) for user, row in zip(USERS, ROWS, strict=True)]
    return first + [(user, item) for user, row in zip(USERS, ROWS, strict=True) for item in row[1:]]


def test_the_original_loss_is_that_of_plain_loops_and_so_is_its_gradient() -> None:
    model = model_of("bpr", l2_weight=0.3)
    torch.manual_seed(5)
    found = model.losses(batch())
    found["loss"].backward()

    torch.manual_seed(5)  # the same negatives again
    drawn = UnseenItems(TRAINING).draw(torch.tensor([user for user, _ in pairs()])).tolist()
    users = model.user_table.weight.detach().clone().requires_grad_()
    items = model.table.weight.detach().clone().requires_grad_()
    ranking, size = torch.zeros(2, dtype=torch.float64)
    for (user, liked), other in zip(pairs(), drawn, strict=True):
        margin = sum(users[user, d] * (items[liked, d] - items[other, d]) for d in range(5))
        ranking = ranking - torch.log(1.0 / (1.0 + torch.exp(-margin)))
        for vector in (users[user], items[liked], items[other]):
            size = size + 0.5 * (vector * vector).sum()
    count = len(pairs())
    loss = (ranking + 0.3 * size) / count
    loss.backward()
    torch.testing.assert_close(found["loss"], loss)
    torch.testing.assert_close(found["ranking"], ranking.detach() / count)
    torch.testing.assert_close(found["penalty"], size.detach() / count)
    torch.testing.assert_close(model.user_table.weight.grad, users.grad)
    torch.testing.assert_close(model.table.weight.grad, items.grad)


def test_the_other_loss_is_cross_entropy_over_the_catalogue() -> None:
    model = model_of("softmax", l2_weight=0.3)
    users, items = model.user_table.weight.detach(), model.table.weight.detach()
    slow = 0.0
    for user, item in pairs():
        scores = [float(users[user] @ items[v]) for v in range(1, ITEMS + 1)]
        slow -= math.log(math.exp(scores[item - 1]) / sum(math.exp(score) for score in scores))
        for vector in (users[user], items[item]):
            slow += 0.3 * 0.5 * float(vector @ vector)
    assert float(model.losses(batch())["loss"].detach()) == pytest.approx(
        slow / len(pairs()), abs=1e-10
    )


def test_no_item_that_its_user_has_had_is_pushed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """At equal scores the gradient says of each item whether it was a positive or a negative."""
    model = model_of("bpr", l2_weight=0.0)
    had = {0: {1, 2, 3, 4}}
    model.user_table.weight.data.zero_()
    model.user_table.weight.data[0] = 1.0
    items, lengths = right_padded([[1, 2, 3]], 99)
    targets, _ = right_padded([[2, 3, 4]], 99)
    for _ in range(50):
        model.zero_grad()
        model.losses(Batch(items, lengths, targets, torch.tensor([0])))["loss"].backward()
        push = model.table.weight.grad.sum(dim=1)
        assert all(float(push[item]) < 0.0 for item in had[0])
        assert all(float(push[item]) >= 0.0 for item in range(1, ITEMS + 1) if item not in had[0])


def test_users_are_asked_for_by_their_own_vectors() -> None:
    model = model_of("bpr")
    scores = model.scores_of_users(torch.tensor([3, 0])).detach()
    for row, user in enumerate((3, 0)):
        assert scores[row, 0] == -torch.inf
        for item in range(1, ITEMS + 1):
            vectors = model.user_table.weight[user].detach(), model.table.weight[item].detach()
            expected = float(vectors[0] @ vectors[1])
            assert float(scores[row, item]) == pytest.approx(expected)


@pytest.mark.parametrize("l2_weight", [LEAST_L2, 0.3])
@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_a_sequences_vector_is_where_brute_force_finds_the_maximum(
    l2_weight: float, scale: float
) -> None:
    torch.manual_seed(2)
    table = torch.randn(31, 6, dtype=torch.float64) * scale
    table[0] = 0.0
    sets = [[4], [1, 2, 3, 9, 17], [30, 12]]
    others = evenly_spaced(30, 20, torch.device("cpu"))
    had, _ = right_padded(sets, 9)
    found = fitted_vectors(table, had, others, l2_weight)
    for row, one in enumerate(sets):
        against = [j for j in others.tolist() if j not in one]
        pairs = torch.stack([table[i] - table[j] for i in one for j in against])
        w = torch.zeros(6, dtype=torch.float64, requires_grad=True)
        search = torch.optim.LBFGS(
            [w], max_iter=500, tolerance_grad=1e-10, tolerance_change=1e-14,
            line_search_fn="strong_wolfe",
        )  # fmt: skip

        def cost(w: Tensor = w, pairs: Tensor = pairs) -> Tensor:
            w.grad = None
            value = torch.nn.functional.logsigmoid(pairs @ w).mean() - 0.5 * l2_weight * (w @ w)
            (-value).backward()
            return -value

        search.step(cost)
        torch.testing.assert_close(found[row], w.detach(), rtol=1e-5, atol=1e-5)


def test_the_catalogue_is_sampled_evenly_and_whole_where_it_is_small() -> None:
    device = torch.device("cpu")
    assert evenly_spaced(5, 100, device).tolist() == [1, 2, 3, 4, 5]
    assert evenly_spaced(10, 5, device).tolist() == [1, 3, 5, 7, 9]
    sample = evenly_spaced(1_000_003, 256, device)
    assert len(sample.unique()) == 256 and int(sample[0]) >= 1 and int(sample[-1]) <= 1_000_003
    assert set(sample.diff().tolist()) == {3906, 3907}


def test_somebody_who_has_had_everything_gets_finite_scores() -> None:
    model = model_of("bpr").float().eval()
    scores = model.scores(*right_padded([list(range(1, ITEMS + 1))], 99))
    assert scores[:, 1:].isfinite().all()


def test_a_sequence_is_a_set() -> None:
    model = model_of("bpr").float().eval()
    once = model.scores(*right_padded([[4, 2, 7]], 99))
    again = model.scores(*right_padded([[7, 2, 4, 4, 2]], 99))
    torch.testing.assert_close(once, again)
    assert set(once[0].topk(3).indices.tolist()) == {2, 4, 7}, "its own items fit it best"
