"""SVAE against plain loops: next-k targets, the loss and its gradients, how β rises."""

import math

import pytest
import slow_sigma as slow
import torch
import torch.distributed as dist
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from windows import batch_of

from engine.models.baselines.svae import SVAE, SVAESettings, next_targets
from engine.models.blocks import item_table
from engine.models.blocks.item_table import INITIAL_SPREAD
from engine.models.protocol import right_padded
from engine.sequences.sequence_set import SequenceSet

ITEMS = 9


def made(**free: object) -> SVAE:
    settings = {"dim": 6, "state": 5, "hidden": 4, "latent": 3, "dropout": 0.0, **free}
    torch.manual_seed(0)
    model = SVAE(ITEMS, SVAESettings(**settings)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        for table in (model.table, model.output_table):
            table.weight[0] = 0.0
    return model


ROWS = [[1, 2, 3, 4, 5, 6], [7, 8, 9], [3, 3, 3, 1, 2], [5, 4]]


@given(st.lists(st.lists(st.integers(0, 9), min_size=7, max_size=7), min_size=1), st.integers(1, 9))
def test_next_targets_are_those_of_a_plain_loop(rows: list[list[int]], k: int) -> None:
    found = next_targets(torch.tensor(rows), k)
    assert found.shape == (len(rows), 7, k)
    for b, row in enumerate(rows):
        for t in range(7):
            following = row[t : t + k]
            assert found[b, t].tolist() == following + [0] * (k - len(following))


def slow_loss(model: SVAE, rows: list[list[int]], k: int, noise: Tensor, beta: float) -> Tensor:
    """(1) to (5), one step of one sequence after the other."""
    wide, latent = model.settings, model.settings.latent
    costs, place = [], 0
    for row in rows:
        inputs = [model.table.weight[item] / INITIAL_SPREAD for item in row[:-1]]
        for t in range(len(inputs)):
            state = slow.gru(inputs[: t + 1], dict(model.gru.gru.named_parameters()))
            both = model.gaussian.weight @ model.encoder(state) + model.gaussian.bias
            mu, log_var = both[:latent], both[latent:]
            h = (model.decoder.hidden(mu + (log_var / 2).exp() * noise[place])).tanh()
            if wide.output == "tied":
                scores = model.table.weight[1:] @ model.decoder.projection(h)
            else:
                own = model.decoder.own.weight[1:]
                scores = own[:, :-1] @ h + own[:, -1]
            chances = scores.log_softmax(dim=0)
            following = row[t + 1 : t + 1 + k]
            likelihood = sum(chances[item - 1] for item in following) / len(following)
            divergence = sum(
                (mu[d] ** 2 + log_var[d].exp() - 1 - log_var[d]) / 2 for d in range(latent)
            )
            costs.append(beta * divergence - likelihood)
            place += 1
    return torch.stack(costs).mean()


@pytest.mark.parametrize("output", ["own", "tied"])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_loss_and_its_gradients_are_those_of_plain_loops(output: str, k: int) -> None:
    model = made(output=output, next_k=k)
    model.beta.fill_(0.3)
    steps = sum(len(row) - 1 for row in ROWS)
    torch.manual_seed(5)
    noise = torch.randn(steps, 3, dtype=torch.float64)
    torch.manual_seed(5)
    losses = model.eval().losses(batch_of(ROWS))
    expected = slow_loss(model, ROWS, k, noise, 0.3)
    torch.testing.assert_close(losses["loss"], expected)
    torch.testing.assert_close(losses["reconstruction"] + 0.3 * losses["kl"], expected.detach())
    for (name, _), left, right in zip(
        model.named_parameters(),
        torch.autograd.grad(losses["loss"], list(model.parameters())),
        torch.autograd.grad(expected, list(model.parameters())),
        strict=True,
    ):
        torch.testing.assert_close(left, right, msg=lambda text, name=name: f"{name}: {text}")


def test_a_sampled_softmax_reaches_few_rows_and_estimates_the_same_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(item_table, "SPARSE_FROM", ITEMS)
    whole, sampled = made(output="own"), made(output="own", negatives=6)
    assert len(sampled.sparse_tables()) == 2
    batch = batch_of(ROWS)
    queries = torch.randn(len(batch.rows), 5, dtype=torch.float64, requires_grad=True)
    found = torch.stack([sampled._reconstruction(queries, batch) for _ in range(60)])
    exact = whole._reconstruction(queries, batch)
    torch.testing.assert_close(found.mean(), exact, rtol=0.0, atol=0.03)
    found[0].backward()
    assert sampled.output_table.weight.grad.is_sparse


WORLD = SequenceSet(torch.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]), torch.tensor([0, 4, 5, 9]), ITEMS)
"""Three users with 3, 0 and 3 targets."""


def betas(model: SVAE, batches: list[list[list[int]]]) -> list[float]:
    return [float(model.losses(batch_of(rows))["beta"]) for rows in batches]


def test_beta_rises_with_the_targets_seen_up_to_its_cap() -> None:
    model = made(kl_weight=0.2, annealing_epochs=1.5).train()
    model.prepare(WORLD)  # 6 targets a pass: the cap is reached after 9
    assert betas(model, [[[1, 2, 3]], [[1, 2], [3, 4]], [[1, 2, 3, 4, 5]], [[1, 2]], [[1, 2]]]) == (
        pytest.approx([0.0, 0.2 * 2 / 9, 0.2 * 4 / 9, 0.2 * 8 / 9, 0.2])
    )
    assert betas(model, [[[1, 2]]]) == pytest.approx([0.2])


def test_beta_does_not_move_in_evaluation_and_starts_at_its_cap_without_annealing() -> None:
    model = made(kl_weight=0.2, annealing_epochs=2.0)
    model.prepare(WORLD)
    assert betas(model.eval(), [[[1, 2, 3]]] * 3) == [0.0] * 3
    at_once = made(kl_weight=0.2, annealing_epochs=0.0).train()
    at_once.prepare(WORLD)
    assert betas(at_once, [[[1, 2]]] * 3) == pytest.approx([0.0, 0.2, 0.2])


def test_beta_is_kept_with_the_weights() -> None:
    steps = [[[1, 2, 3]]] * 6
    whole = made(annealing_epochs=2.0).train()
    whole.prepare(WORLD)
    expected = betas(whole, steps)
    before, after = made(annealing_epochs=2.0).train(), made(annealing_epochs=2.0).train()
    before.prepare(WORLD)
    found = betas(before, steps[:2])
    after.load_state_dict(before.state_dict())
    after.prepare(WORLD)
    assert found + betas(after, steps[2:]) == expected
    assert len(set(expected)) > 3


def test_in_a_team_beta_counts_what_the_others_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    model = made(kl_weight=0.2, annealing_epochs=1.0).train()
    model.prepare(WORLD)
    assert betas(model, [[[1, 2]], [[1, 2]]]) == pytest.approx([0.0, 0.2 * 2 / 6])


def test_scores_are_decoded_from_the_mean_and_samples_spread_as_log_var_says() -> None:
    model = made().eval()
    items, lengths = right_padded([[1, 2, 3]], 100)
    before = model.scores(items, lengths)
    with torch.no_grad():
        model.gaussian.weight[3:] = 0.0
        model.gaussian.bias[3:] = math.log(4.0)
    assert torch.equal(model.scores(items, lengths), before)
    mu, _ = model._posterior_after(items, lengths)
    model.decoder = torch.nn.Identity()
    torch.testing.assert_close(model.queries(items, lengths), mu)
    drawn = model.sampled_queries(items, lengths, 20_000)
    assert drawn.shape == (20_000, 3)
    torch.testing.assert_close(drawn.mean(dim=0), mu[0], rtol=0.0, atol=0.06)
    torch.testing.assert_close(drawn.std(dim=0), torch.full((3,), 2.0).double(), rtol=0.03, atol=0)
