"""ACVAE against plain loops: both games, whom each part of the loss touches, and no noise after."""

from collections.abc import Iterator

import pytest
import slow_sigma as slow
import torch
from torch import Tensor
from torch.nn.functional import elu, softplus
from windows import batch_of

from engine.models.baselines.acvae import (
    ACVAE,
    ACVAESettings,
    Adversary,
    adversarial_terms,
    contrastive_loss,
)
from engine.models.blocks.item_table import INITIAL_SPREAD
from engine.models.protocol import right_padded

ITEMS = 9
ROWS = [[1, 2, 3, 4, 5, 6, 7], [7, 8, 9], [3, 3, 3, 1, 2], [5, 4]]


def made(**free: object) -> ACVAE:
    settings = {"dim": 6, "state": 5, "latent": 3, "critic": 4, "dropout": 0.0, **free}
    torch.manual_seed(0)
    model = ACVAE(ITEMS, ACVAESettings(**settings)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        for table in (model.table, model.output_table):
            table.weight[0] = 0.0
    return model


def slow_posterior(model: ACVAE, states: list[Tensor], first: Tensor, then: Tensor) -> list[Tensor]:
    """(2) position by position. first, then: the noise before each of the layers, each [T, H]."""
    net = model.posterior
    layers = []
    for t, state in enumerate(states):
        y = softplus(net.before(state + net.noise(first[t]).tanh()))
        layers.append(y + net.noise(then[t]).tanh())
    drawn = []
    for t, state in enumerate(states):
        mixed = net.convolution.bias
        for back in range(5):
            if t - back >= 0:
                mixed = mixed + net.convolution.weight[:, :, 4 - back] @ layers[t - back]
        drawn.append(net.output(state + softplus(net.after(softplus(mixed)))))
    return drawn


def slow_ratio(adversary: Adversary, x: Tensor, z: Tensor) -> Tensor:
    """T of one position, [latent]."""
    y = adversary.input(torch.cat((x, z)))
    for block in adversary.blocks:
        y = elu(y + block(y))
    return adversary.output(y) + z * z / 2


def slow_critic(model: ACVAE, x: list[Tensor], z: list[Tensor]) -> Tensor:
    """C after the last of some positions, a scalar."""
    beside = [torch.cat(pair) for pair in zip(x, z, strict=True)]
    state = slow.gru(beside, dict(model.critic.gru.gru.named_parameters()))
    return model.critic.output(slow.gelu(state))[0]


def slow_parts(model: ACVAE, rows: list[list[int]], noise: Iterator[Tensor]) -> dict[str, Tensor]:
    """Every part of the loss, one position of one sequence after the other."""
    first, then, prior = noise
    seen, latent = [], []
    for b, row in enumerate(rows):
        x = [model.table.weight[item] / INITIAL_SPREAD for item in row[:-1]]
        of_gru = dict(model.gru.gru.named_parameters())
        states = [slow.gru(x[: t + 1], of_gru) for t in range(len(x))]
        seen.append(x)
        latent.append(slow_posterior(model, states, first[b], then[b]))
    costs, ratios, games, contrasts = [], [], [], []
    for b, row in enumerate(rows):
        before = (b - 1) % len(rows)
        for t, (x, z) in enumerate(zip(seen[b], latent[b], strict=True)):
            h = model.decoder.hidden(z).tanh()
            own = model.decoder.own
            if own is None:
                scores = model.table.weight[1:] @ model.decoder.projection(h)
            else:
                scores = own.weight[1:, :-1] @ h + own.weight[1:, -1]
            costs.append(-scores.log_softmax(dim=0)[row[t + 1] - 1])
            ratio = slow_ratio(model.adversary, x, z)
            of_prior = slow_ratio(model.adversary, x, prior[len(ratios)])
            ratios.append(ratio.mean())
            games.append(-(ratio.sigmoid().log() + (1 - of_prior.sigmoid()).log()).mean())
            if t < len(seen[before]):
                same = slow_critic(model, seen[b][: t + 1], latent[b][: t + 1])
                other = slow_critic(model, seen[b][: t + 1], latent[before][: t + 1])
                contrasts.append(-same.sigmoid().log() - (1 - other.sigmoid()).log())
    means = (torch.stack(part).mean() for part in (costs, ratios, games, contrasts))
    return dict(zip(("reconstruction", "kl", "adversary", "contrast"), means, strict=True))


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """What is drawn from now on, in order."""
    drawn: list[Tensor] = []
    draw = torch.randn_like

    def remembered(x: Tensor) -> Tensor:
        drawn.append(draw(x))
        return drawn[-1]

    monkeypatch.setattr(torch, "randn_like", remembered)
    return drawn


def gradients(of: Tensor, model: ACVAE) -> dict[str, Tensor | None]:
    names, weights = zip(*model.named_parameters(), strict=True)
    found = torch.autograd.grad(of, weights, allow_unused=True, retain_graph=True)
    return dict(zip(names, found, strict=True))


def added(*parts: Tensor | None) -> Tensor:
    return sum((part for part in parts if part is not None), torch.zeros(()))


@pytest.mark.parametrize("output", ["own", "tied"])
def test_every_part_is_that_of_plain_loops_and_teaches_whom_it_should(
    output: str, noise: list[Tensor]
) -> None:
    model = made(output=output, kl_weight=0.7, contrast_weight=0.4).eval()
    noise.clear()
    losses = model.losses(batch_of(ROWS))
    expected = slow_parts(model, ROWS, iter(noise))
    for name, part in expected.items():
        torch.testing.assert_close(losses[name], part.detach())
    found = gradients(losses["loss"], model)
    of = {name: gradients(part, model) for name, part in expected.items()}
    for name, gradient in found.items():
        # What the two players' games teach of the embeddings is left out: they are data there.
        if name.startswith("adversary"):
            wanted = of["adversary"][name]
        elif name == "table.embedding.weight":
            continue
        else:
            wanted = added(
                of["reconstruction"][name],
                None if of["kl"][name] is None else 0.7 * of["kl"][name],
                None if of["contrast"][name] is None else 0.4 * of["contrast"][name],
            )
        torch.testing.assert_close(gradient, wanted, msg=lambda text, name=name: f"{name}: {text}")


def test_each_player_of_the_adversarial_game_moves_what_is_its_own() -> None:
    torch.manual_seed(0)
    adversary = Adversary(4, 3, 5).double()
    x = torch.randn(7, 4, dtype=torch.float64, requires_grad=True)
    z = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    weights = list(adversary.parameters())
    divergence, game = adversarial_terms(adversary, x.detach(), z)
    assert torch.autograd.grad(divergence, weights, allow_unused=True, retain_graph=True) == (
        (None,) * len(weights)
    )
    torch.testing.assert_close(
        torch.autograd.grad(divergence, z)[0],
        torch.autograd.grad(adversary(x, z).mean(), z)[0],
    )
    assert torch.autograd.grad(game, z, allow_unused=True, retain_graph=True) == (None,)
    assert all(gradient.any() for gradient in torch.autograd.grad(game, weights))


def test_the_embeddings_are_data_to_the_adversary_and_learn_from_the_contrast() -> None:
    alone = {"kl_weight": 0.0, "contrast_weight": 0.0}
    found = {}
    for name, free in {
        "none": {},
        "kl": {"kl_weight": 5.0},
        "contrast": {"contrast_weight": 5.0},
    }.items():
        model = made(output="own", **{**alone, **free}).eval()
        for part in (model.gru, model.posterior):  # leave the way over x alone
            part.requires_grad_(False)
        with torch.no_grad():
            model.gru.gru.weight_ih_l0.zero_()
        torch.manual_seed(1)
        (found[name],) = torch.autograd.grad(
            model.losses(batch_of(ROWS))["loss"], model.table.weight
        )
    assert not found["none"].any() and not found["kl"].any()
    assert found["contrast"].any() and not found["contrast"][0].any()


def test_the_adversary_learns_the_divergence_of_the_posterior_from_the_prior() -> None:
    """q = N(0, ¼²), so KL(q ‖ N(0, 1)) = ½ (1/16 − 1 − log 1/16)."""
    torch.manual_seed(0)
    adversary = Adversary(2, 1, 16)
    optimiser = torch.optim.Adam(adversary.parameters(), lr=1e-2)
    found = []
    for _ in range(200):
        z = 0.25 * torch.randn(256, 1)
        divergence, game = adversarial_terms(adversary, torch.zeros(256, 2), z)
        optimiser.zero_grad()
        game.backward()
        optimiser.step()
        found.append(divergence.detach())
    assert float(found[0]) < 0.3
    assert float(torch.stack(found[-100:]).mean()) == pytest.approx(0.918, abs=0.05)


def test_a_sequence_alone_in_its_batch_is_compared_with_nothing() -> None:
    model = made()
    batch = batch_of(ROWS[:1])
    x, z = torch.randn(1, 6, 6).double(), torch.randn(1, 6, 3).double()
    contrast = contrastive_loss(model.critic, x, z, batch)
    assert float(contrast.detach()) == 0.0
    assert not any(
        gradient.any()
        for gradient in torch.autograd.grad(contrast, list(model.critic.parameters()))
    )


def test_what_stands_past_the_end_of_either_row_is_not_compared() -> None:
    model = made()
    batch = batch_of([[1, 2, 3, 4, 5], [6, 7, 8], [1, 2, 3]])
    x, z = torch.randn(3, 4, 6).double(), torch.randn(3, 4, 3).double()
    before = contrastive_loss(model.critic, x, z, batch)
    x[1:, 2:], z[1:, 2:] = 9.0, -9.0
    assert torch.equal(contrastive_loss(model.critic, x, z, batch), before)
    z[1, 1] = 9.0
    assert not torch.equal(contrastive_loss(model.critic, x, z, batch), before)


def test_scores_draw_nothing_and_samples_do(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made().eval()
    items, lengths = right_padded([[1, 2, 3]], 100)
    drawn = model.sampled_queries(items, lengths, 5)
    assert drawn.shape == (5, 6)
    assert len(drawn.unique(dim=0)) == 5
    state = torch.get_rng_state()
    without = model.queries(items, lengths)
    assert torch.equal(torch.get_rng_state(), state), "no chance in recommendations"
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    torch.testing.assert_close(model.sampled_queries(items, lengths, 2), without.expand(2, -1))
