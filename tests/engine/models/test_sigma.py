"""SIGMA as a whole: the joint loss against its slow twin, prefixes, starting values."""

import math
from dataclasses import replace

import pytest
import slow_sigma as slow
import torch
from small_sigma import ITEMS, SMALL, known_noise, sigma
from torch import Tensor
from windows import batch_of

from engine.models.protocol import right_padded
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma
from engine.sequences.batch import Batch


def slow_posterior(
    items: list[int], parameters: dict[str, Tensor], settings: SigmaSettings
) -> tuple[list[Tensor], list[Tensor]]:
    """(11) μ_t and log σ²_t of every prefix of one sequence."""
    rotary, heads = settings.positions == "rotary", settings.heads
    embedded = [parameters["table.embedding.weight"][v] for v in items]
    x = slow.sequence_input(embedded, slow.within(parameters, "input"))
    mu_encoder = slow.within(parameters, "posterior.mu_encoder")
    log_var_encoder = slow.within(parameters, "posterior.log_var_encoder")
    return (
        slow.transformer(x, mu_encoder, heads, rotary),
        slow.transformer(x, log_var_encoder, heads, rotary),
    )


def slow_decoder(
    z: list[Tensor], parameters: dict[str, Tensor], settings: SigmaSettings
) -> list[Tensor]:
    own = slow.within(parameters, "decoder")
    return slow.transformer(z, own, settings.heads, settings.positions == "rotary")


def slow_interest_decoder(z: Tensor, parameters: dict[str, Tensor]) -> Tensor:
    own = slow.within(parameters, "interest_decoder")
    hidden = slow.gelu(own["layers.0.weight"] @ z + own["layers.0.bias"])
    out = own["layers.2.weight"] @ hidden + own["layers.2.bias"]
    return slow.layer_norm(out, slow.within(own, "norm"))


def slow_losses(model: Sigma, parameters: dict[str, Tensor], batch: Batch) -> dict[str, Tensor]:
    """The joint loss, one user, prefix, category and item at a time."""
    settings, table = model.settings, parameters["table.embedding.weight"]
    extractor = slow.within(parameters, "interest_extractor")
    dim, count = settings.dim, settings.categories
    z_noise = known_noise(torch.empty(*batch.items.shape, dim, dtype=torch.float64))
    interest_noise = known_noise(
        torch.empty(int(batch.valid.sum()), count, dim, dtype=torch.float64)
    )
    parts: dict[str, list[Tensor]] = {
        "reconstruction": [],
        "mixture_kl": [],
        "interest_reconstruction": [],
        "interest_kl": [],
    }
    n = 0
    for b, length in enumerate(batch.lengths.tolist()):
        items = batch.items[b, :length].tolist()
        mu, log_var = slow_posterior(items, parameters, settings)
        z = [mu[t] + torch.exp(0.5 * log_var[t]) * z_noise[b, t] for t in range(length)]
        decoded = slow_decoder(z, parameters, settings)
        for t in range(length):
            target = int(batch.targets[b, t])
            if target == 0:
                continue
            parts["reconstruction"].append(slow.next_item_loss([decoded[t]], table, target))
            prefix = [math.sqrt(dim) * table[v] for v in items[: t + 1]]
            found = slow.interests_of_prefix(prefix, extractor, settings.temperature)
            if settings.prior == "mixture":
                log_q = slow.log_normal(z[t], mu[t], log_var[t])
                parts["mixture_kl"].append(log_q - slow.log_mixture(z[t], found))
            else:
                parts["mixture_kl"].append(slow.standard_kl(mu[t], log_var[t]))
            queries = []
            for k in range(count):
                sigma_k = torch.exp(0.5 * found.log_var[k])
                drawn = found.mu[k] + sigma_k * interest_noise[n, k]
                queries.append(slow_interest_decoder(drawn, parameters))
                parts["interest_kl"].append(slow.standard_kl(found.mu[k], found.log_var[k]))
            parts["interest_reconstruction"].append(slow.next_item_loss(queries, table, target))
            n += 1
    means = {name: sum(terms[1:], terms[0]) / len(terms) for name, terms in parts.items()}
    means["orthogonality"] = slow.orthogonality(list(extractor["categories.direction"]))
    means["loss"] = (
        means["reconstruction"]
        + settings.prior_weight * means["mixture_kl"]
        + settings.interest_weight
        * (means["interest_reconstruction"] + settings.interest_prior_weight * means["interest_kl"])
        + settings.orthogonality_weight * means["orthogonality"]
    )
    return means


@pytest.mark.parametrize(
    "settings",
    [
        SMALL,
        replace(SMALL, positions="right"),
        replace(SMALL, prior="standard", layers=2),
    ],
    ids=["rotary mixture", "positions from the right", "standard prior"],
)
def test_the_joint_loss_and_all_its_gradients_equal_the_slow_twin(
    settings: SigmaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = sigma(settings)
    batch = batch_of([[3, 1, 7, 7, 2], [5, 9, 4]])
    parameters = slow.as_float64(model)
    expected = slow_losses(model, parameters, batch)
    monkeypatch.setattr(torch, "randn_like", known_noise)
    found = model.losses(batch)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-6, msg=name)
        assert found[name].requires_grad == (name == "loss")
    found["loss"].backward()
    expected["loss"].backward()
    for name, parameter in model.named_parameters():
        if parameters[name].grad is None:
            assert parameter.grad is None or not parameter.grad.any(), name
        else:
            torch.testing.assert_close(
                parameter.grad, parameters[name].grad, rtol=1e-5, atol=1e-6, msg=name
            )


def test_single_precision_is_near_the_slow_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    model = sigma()
    batch = batch_of([[3, 1, 7, 7, 2], [5, 9, 4]])
    expected = slow_losses(model, slow.as_float64(model), batch)
    monkeypatch.setattr(torch, "randn_like", known_noise)
    for name, value in model.float().losses(batch).items():
        torch.testing.assert_close(value.double(), expected[name], rtol=1e-5, atol=1e-5, msg=name)


def test_the_loss_is_the_weighted_sum_of_its_parts() -> None:
    torch.manual_seed(0)
    model = Sigma(ITEMS, SMALL).train()
    parts = model.losses(batch_of([[3, 1, 7, 7, 2], [5, 9, 4]]))
    expected = (
        parts["reconstruction"]
        + SMALL.prior_weight * parts["mixture_kl"]
        + SMALL.interest_weight
        * (parts["interest_reconstruction"] + SMALL.interest_prior_weight * parts["interest_kl"])
        + SMALL.orthogonality_weight * parts["orthogonality"]
    )
    torch.testing.assert_close(parts["loss"], expected)


def test_scores_decode_the_mean_of_the_posterior() -> None:
    model = sigma()
    parameters = slow.as_float64(model)
    sequences = [[3, 1, 7, 7], [5], [9, 9, 2]]
    items, lengths = right_padded(sequences, 6)
    found = model.scores(items, lengths)
    for b, sequence in enumerate(sequences):
        mu, _ = slow_posterior(sequence, parameters, model.settings)
        last = slow_decoder(mu, parameters, model.settings)[-1]
        expected = parameters["table.embedding.weight"][1:] @ last
        torch.testing.assert_close(found[b, 1:], expected, rtol=1e-5, atol=1e-6)
    assert (found[:, 0] == -torch.inf).all()
    for parameter in model.posterior.log_var_encoder.parameters():
        parameter.data.normal_()
    assert torch.equal(model.scores(items, lengths), found), "the spread has no say in it"


def test_membership_is_the_classification_of_every_item_and_zero_at_padding() -> None:
    model = sigma()
    found = model.membership()
    assert found.shape == (ITEMS + 1, 3) and (found[0] == 0).all()
    categories = list(model.interest_extractor.categories.direction)
    for v in range(1, ITEMS + 1):
        expected = slow.membership(model.table.weight[v], categories, SMALL.temperature)
        torch.testing.assert_close(found[v], torch.stack(expected))
    items, _ = right_padded([[3, 1, 7]], 6)
    torch.testing.assert_close(model.interests_of(items).membership[0], found[[3, 1, 7]])
    found[:, 0].sum().backward()
    assert model.table.weight.grad is not None and model.table.weight.grad.isfinite().all()


# Prefixes


def all_of(model: Sigma, items: Tensor, lengths: Tensor) -> dict[str, Tensor]:
    """What is known at every prefix: interests and posterior."""
    interests = model.interests_of(items)
    mu, log_var = model.posterior_of(items, lengths)
    return {
        "intensity": interests.intensity,
        "interest mu": interests.mu,
        "interest log var": interests.log_var,
        "mu": mu,
        "log var": log_var,
        "scores": model.table.scores(model.decoder(mu).flatten(0, 1)).view(*items.shape, -1),
    }


def test_one_rotary_pass_gives_exactly_what_fresh_runs_on_every_prefix_give() -> None:
    model = sigma()
    sequence = [3, 1, 7, 7, 2, 5]
    whole = all_of(model, *right_padded([sequence], 6))
    for t in range(1, 7):
        items, lengths = right_padded([sequence[:t]], 6)
        for name, fresh in all_of(model, items, lengths).items():
            torch.testing.assert_close(fresh[0], whole[name][0, :t], rtol=1e-9, atol=1e-9, msg=name)
        scores = model.scores(items, lengths)
        torch.testing.assert_close(scores[0], whole["scores"][0, t - 1], rtol=1e-9, atol=1e-9)


def test_with_positions_from_the_right_only_interests_and_the_last_prefix_are_exact() -> None:
    model = sigma(replace(SMALL, positions="right"))
    sequence = [3, 1, 7, 7, 2, 5]
    whole = all_of(model, *right_padded([sequence], 6))
    fresh = all_of(model, *right_padded([sequence[:4]], 6))
    for name in ("intensity", "interest mu", "interest log var"):
        torch.testing.assert_close(fresh[name][0], whole[name][0, :4], msg=name)
    for name in ("mu", "log var"):
        assert not torch.allclose(fresh[name][0], whole[name][0, :4], atol=1e-3), name
    alone = model.scores(*right_padded([sequence[:4]], 6))
    together = model.scores(*right_padded([sequence[:4], sequence], 6))
    torch.testing.assert_close(together[0], alone[0], rtol=1e-9, atol=1e-9)


# Starting values and precision


def test_noise_starts_small_beside_the_means() -> None:
    torch.manual_seed(0)
    model = Sigma(50, SigmaSettings(dim=32)).eval()
    items, lengths = right_padded([list(range(1, 40))], 100)
    mu, log_var = model.posterior_of(items, lengths)
    assert log_var.mean().item() == pytest.approx(-4.0, abs=0.2)
    assert mu.std() > 5 * (0.5 * log_var).exp().mean()
    interests = model.interests_of(items)
    assert interests.log_var.mean().item() == pytest.approx(-4.0, abs=0.5)


def test_training_in_half_precision_gives_finite_losses_and_gradients() -> None:
    torch.manual_seed(0)
    model = Sigma(60, SigmaSettings(dim=16, interest_negatives=20)).train()
    generator = torch.Generator().manual_seed(1)
    sequences = [torch.randint(1, 61, (n,), generator=generator).tolist() for n in (30, 12, 3)]
    batch = Batch(*right_padded(sequences, 100), right_padded(sequences, 100)[0])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = model.losses(batch)
        figures = model.diagnostics(batch)
    losses["loss"].backward()
    for name, value in losses.items():
        assert value.dtype == torch.float32 and value.isfinite(), name
    assert all(figure.isfinite() for figure in figures.values())
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
