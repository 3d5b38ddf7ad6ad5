"""LightGCN against plain loops over the graph."""

import math
from collections import defaultdict

import pytest
import torch
from torch import Tensor

from engine.models.baselines.lightgcn import LightGCN, LightGCNSettings
from engine.models.blocks.interaction_graph import InteractionGraph, propagated
from engine.models.protocol import right_padded
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems

ITEMS, USERS, DIM = 7, 4, 3
SEQUENCES = {0: [1, 2, 3, 2], 1: [3, 4, 5], 2: [6], 3: [1, 3]}
"""Item 7 is nobody's, and user 0 has had item 2 twice, which is one edge."""
TRAINING = SequenceSet(
    torch.tensor([1, 2, 3, 2, 3, 4, 5, 6, 1, 3]), torch.tensor([0, 4, 7, 8, 10]), ITEMS
)
EDGES = {(user, item) for user, items in SEQUENCES.items() for item in items}
Vectors = dict[tuple[str, int], Tensor]


def neighbours() -> dict[tuple[str, int], list[tuple[str, int]]]:
    found = defaultdict(list)
    for user, item in EDGES:
        found["user", user].append(("item", item))
        found["item", item].append(("user", user))
    return found


def slow_layers(items: Tensor, users: Tensor, count: int) -> list[Vectors]:
    """Layers 0..count of every node (3), by plain loops. items: [V + 1, D]; users: [U, D]."""
    first: Vectors = {("item", v): items[v] for v in range(1, ITEMS + 1)}
    first |= {("user", u): users[u] for u in range(USERS)}
    layers, around = [first], neighbours()
    for _ in range(count):
        layer = {}
        for node in first:
            layer[node] = torch.zeros(DIM, dtype=items.dtype)
            for other in around[node]:
                norm = math.sqrt(len(around[node])) * math.sqrt(len(around[other]))
                layer[node] = layer[node] + layers[-1][other] / norm
        layers.append(layer)
    return layers


def slow_means(layers: list[Vectors]) -> Vectors:
    """The mean of the layers, layer 0 included (4)."""
    return {node: sum(layer[node] for layer in layers) / len(layers) for node in layers[0]}


def model_of(loss: str = "bpr", layers: int = 3, **free: object) -> LightGCN:
    torch.manual_seed(1)
    settings = LightGCNSettings(dim=DIM, layers=layers, loss=loss, **free)
    model = LightGCN(ITEMS, USERS, settings).double()
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter)
    model.prepare(TRAINING)
    return model


ROWS = [SEQUENCES[0], SEQUENCES[1], SEQUENCES[3]]


def batch() -> Batch:
    items, lengths = right_padded([row[:-1] for row in ROWS], 99)
    targets, _ = right_padded([row[1:] for row in ROWS], 99)
    return Batch(items, lengths, targets, torch.tensor([0, 1, 3]))


def pairs() -> list[tuple[int, int]]:
    first = [(user, row[0]) for user, row in zip((0, 1, 3), ROWS, strict=True)]
    return first + [
        (user, item) for user, row in zip((0, 1, 3), ROWS, strict=True) for item in row[1:]
    ]


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_propagation_is_that_of_plain_loops_over_the_graph(layers: int) -> None:
    torch.manual_seed(0)
    items = torch.randn(ITEMS + 1, DIM, dtype=torch.float64)
    users = torch.randn(USERS, DIM, dtype=torch.float64)
    graph = InteractionGraph.of(TRAINING, USERS)
    found = propagated(graph, torch.cat((items, users)), layers)
    slow = slow_means(slow_layers(items, users, layers))
    for item in range(1, ITEMS + 1):
        torch.testing.assert_close(found[item], slow["item", item], rtol=1e-6, atol=1e-6)
    for user in range(USERS):
        torch.testing.assert_close(
            found[ITEMS + 1 + user], slow["user", user], rtol=1e-6, atol=1e-6
        )


def test_the_gradient_of_propagation_is_its_own() -> None:
    torch.manual_seed(0)
    graph = InteractionGraph.of(TRAINING, USERS)
    x = torch.randn(ITEMS + 1 + USERS, DIM, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: propagated(graph, x, 3), (x,))


def test_both_ways_to_add_up_neighbours_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    graph = InteractionGraph.of(TRAINING, USERS)
    x = torch.randn(ITEMS + 1 + USERS, DIM)
    torch.testing.assert_close(graph.sums(x), graph.gathered_sums(x))
    monkeypatch.setattr("engine.models.blocks.interaction_graph.GATHERED", 2 * DIM)
    torch.testing.assert_close(graph.sums(x), graph.gathered_sums(x))


def test_the_original_loss_is_that_of_plain_loops_and_so_is_its_gradient() -> None:
    model = model_of("bpr", l2_weight=0.3)
    torch.manual_seed(5)
    found = model.losses(batch())
    found["loss"].backward()

    torch.manual_seed(5)  # the same negatives again
    drawn = UnseenItems(TRAINING).draw(torch.tensor([user for user, _ in pairs()])).tolist()
    users = model.user_table.weight.detach().clone().requires_grad_()
    items = model.table.weight.detach().clone().requires_grad_()
    means = slow_means(slow_layers(items, users, 3))
    loss = torch.zeros((), dtype=torch.float64)
    for (user, liked), other in zip(pairs(), drawn, strict=True):
        assert other not in SEQUENCES[user]
        margin = means["user", user] @ (means["item", liked] - means["item", other])
        loss = loss - torch.log(torch.sigmoid(margin))
        for vector in (users[user], items[liked], items[other]):  # of layer 0 alone
            loss = loss + 0.3 * 0.5 * (vector * vector).sum()
    loss = loss / len(pairs())
    loss.backward()
    torch.testing.assert_close(found["loss"], loss, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(model.user_table.weight.grad, users.grad, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(model.table.weight.grad, items.grad, rtol=1e-5, atol=1e-6)


def test_the_other_loss_is_cross_entropy_over_the_means_of_all_items() -> None:
    model = model_of("softmax", l2_weight=0.3)
    users, items = model.user_table.weight.detach(), model.table.weight.detach()
    means = slow_means(slow_layers(items, users, 3))
    slow = 0.0
    for user, item in pairs():
        scores = [float(means["user", user] @ means["item", v]) for v in range(1, ITEMS + 1)]
        slow -= scores[item - 1] - math.log(sum(math.exp(score) for score in scores))
        for vector in (users[user], items[item]):
            slow += 0.3 * 0.5 * float(vector @ vector)
    assert float(model.losses(batch())["loss"].detach()) == pytest.approx(
        slow / len(pairs()), abs=1e-6
    )


def test_a_sample_of_the_catalogue_estimates_the_cross_entropy() -> None:
    whole = float(model_of("softmax").losses(batch())["loss"].detach())
    model = model_of("softmax", negatives=4)
    found = [float(model.losses(batch())["loss"].detach()) for _ in range(300)]
    assert sum(found) / len(found) == pytest.approx(whole, rel=0.1)
    assert len(set(found)) > 1


def test_users_of_the_graph_are_asked_for_by_the_means_of_their_layers() -> None:
    model = model_of(layers=2).eval()
    means = slow_means(
        slow_layers(model.table.weight.detach(), model.user_table.weight.detach(), 2)
    )
    scores = model.scores_of_users(torch.arange(USERS))
    assert (scores[:, 0] == -torch.inf).all()
    for user in range(USERS):
        for item in range(1, ITEMS + 1):
            expected = float(means["user", user] @ means["item", item])
            assert float(scores[user, item]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("layers", [1, 3])
def test_somebody_new_has_the_layers_that_follow_from_their_items(layers: int) -> None:
    model = model_of(layers=layers).eval()
    known = slow_layers(model.table.weight.detach(), model.user_table.weight.detach(), layers)
    means, around = slow_means(known), neighbours()
    for had in ([3, 1], [5], [6, 7, 2, 4]):
        total = torch.zeros(DIM, dtype=torch.float64)  # layer 0 of somebody new
        for layer in range(1, layers + 1):
            for item in had:
                degree = max(1, len(around["item", item]))
                total += known[layer - 1]["item", item] / math.sqrt(len(had)) / math.sqrt(degree)
        vector = total / (layers + 1)
        scores = model.scores(*right_padded([had], 99))[0]
        for item in range(1, ITEMS + 1):
            expected = float(vector @ means["item", item])
            assert float(scores[item]) == pytest.approx(expected, abs=1e-6)


def test_a_user_of_the_graph_is_their_sequence_and_their_own_layer_0() -> None:
    """What is missing when a user's sequence is folded in is the user's own vector, no more."""
    model = model_of().eval()
    rows = [SEQUENCES[user] for user in range(USERS)]
    folded = model.scores(*right_padded(rows, 99))
    own = model.user_table.weight.detach() / 4 @ model.item_means.T
    torch.testing.assert_close(
        (folded + own)[:, 1:], model.scores_of_users(torch.arange(USERS))[:, 1:]
    )


def test_what_is_held_out_is_no_edge() -> None:
    """The scores of two models that differ in held-out items alone are the same."""
    data = SequenceSet(torch.tensor([1, 2, 3, 4, 5, 6, 7, 1]), torch.tensor([0, 5, 8]), ITEMS)
    found = []
    for last in (4, 7):
        items = data.items.clone()
        items[3:5] = last  # the last two of the first user
        torch.manual_seed(0)
        model = LightGCN(ITEMS, 2, LightGCNSettings(dim=DIM))
        model.prepare(SequenceSet(items, data.offsets, ITEMS).training())
        found.append(model.eval().scores_of_users(torch.arange(2)))
    assert torch.equal(*found)


def test_users_of_whom_everything_is_held_out_and_items_of_nobody_are_taken() -> None:
    torch.manual_seed(0)
    model = LightGCN(ITEMS, 3, LightGCNSettings(dim=DIM))
    model.prepare(SequenceSet(torch.tensor([1, 2, 1]), torch.tensor([0, 2, 2, 3]), ITEMS))
    model.eval()
    assert model.scores_of_users(torch.arange(3))[:, 1:].isfinite().all()
    assert model.scores(*right_padded([[7], [6, 1]], 99))[:, 1:].isfinite().all()
    torch.testing.assert_close(model.user_means[1], model.user_table.weight[1] / 4)


def test_the_tables_to_answer_from_are_made_anew_for_every_evaluation() -> None:
    model = model_of().eval()
    before = model.scores_of_users(torch.arange(USERS))
    model.train()
    with torch.no_grad():
        model.table.weight.mul_(2.0)
    assert torch.equal(model.scores_of_users(torch.arange(USERS)), before)
    assert not torch.allclose(model.eval().scores_of_users(torch.arange(USERS)), before)


def test_a_loaded_model_answers_without_the_graph() -> None:
    model = model_of().float().eval()
    loaded = LightGCN(ITEMS, USERS, model.settings)
    loaded.load_state_dict(model.state_dict())
    loaded.eval()
    users = torch.arange(USERS)
    assert torch.equal(loaded.scores_of_users(users), model.scores_of_users(users))
    asked = right_padded([[1, 5], [2]], 99)
    assert torch.equal(loaded.scores(*asked), model.scores(*asked))
    assert all(tensor.dtype == torch.float32 for tensor in loaded.state_dict().values())
