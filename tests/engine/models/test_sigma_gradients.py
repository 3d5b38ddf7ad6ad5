"""Where SIGMA's gradients flow."""

from dataclasses import replace

import pytest
import torch
from small_sigma import SMALL, sigma, silence
from torch import Tensor
from windows import batch_of

from engine.models.sigma.prior import component_log_densities, mixture_divergence
from engine.models.sigma.settings import SigmaSettings
from engine.sequences.batch import Batch

PARTS = ("posterior.mu_encoder", "posterior.log_var_encoder", "decoder", "input", "table")
INTEREST_PARTS = (
    "interest_extractor.categories",
    "interest_extractor.hard_interest",
    "interest_extractor.of_category",
    "interest_extractor.of_mean",
    "interest_extractor.to_log_var",
    "interest_decoder",
)


def gradients(settings: SigmaSettings, batch: Batch | None = None) -> dict[str, Tensor]:
    """Gradients of the loss by parameter, with the same parameters and noise each time."""
    model = sigma(settings)
    torch.manual_seed(11)
    model.losses(batch or batch_of([[3, 1, 7, 7, 2], [5, 9, 4]]))["loss"].backward()
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for name, parameter in model.named_parameters()
    }


def reached(grads: dict[str, Tensor]) -> set[str]:
    """The parts of the model in which some parameter has a gradient."""
    return {
        part
        for part in PARTS + INTEREST_PARTS
        for name, grad in grads.items()
        if name.startswith(part + ".") and grad.abs().max() > 1e-9
    }


RECONSTRUCTION_ALONE = replace(
    SMALL, prior_weight=0.0, interest_weight=0.0, orthogonality_weight=0.0
)


def reached_by(**weights: float) -> set[str]:
    """The parts that one term of the loss reaches: the rest is the same with and without it."""
    base = gradients(RECONSTRUCTION_ALONE)
    with_it = gradients(replace(RECONSTRUCTION_ALONE, **weights))
    return reached({name: with_it[name] - grad for name, grad in base.items()})


def test_the_recommendation_loss_does_not_teach_the_interests() -> None:
    assert reached(gradients(RECONSTRUCTION_ALONE)) == set(PARTS)


def test_the_mixture_divergence_reaches_both_encoders_and_the_interests_but_no_decoder() -> None:
    everything = set(PARTS + INTEREST_PARTS)
    assert reached_by(prior_weight=1.0) == everything - {"decoder", "interest_decoder"}


def test_the_interests_losses_reach_the_interests_and_the_items_alone() -> None:
    assert reached_by(interest_weight=1.0) == {*INTEREST_PARTS, "table"}


def test_the_orthogonality_reaches_the_categories_alone() -> None:
    assert reached_by(orthogonality_weight=1.0) == {"interest_extractor.categories"}


def test_with_a_standard_prior_the_divergence_does_not_teach_the_interests() -> None:
    base = gradients(RECONSTRUCTION_ALONE)
    with_it = gradients(replace(RECONSTRUCTION_ALONE, prior="standard", prior_weight=1.0))
    changed = reached({name: with_it[name] - grad for name, grad in base.items()})
    assert changed == {"posterior.mu_encoder", "posterior.log_var_encoder", "input", "table"}


def test_the_spread_of_the_posterior_learns_through_its_noise_and_the_divergence_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = "posterior.log_var_encoder"
    assert encoder in reached(gradients(RECONSTRUCTION_ALONE))
    monkeypatch.setattr(torch, "randn_like", silence)
    assert encoder not in reached(gradients(RECONSTRUCTION_ALONE))
    assert encoder in reached(gradients(replace(RECONSTRUCTION_ALONE, prior_weight=1.0)))


def test_the_classification_learns_through_the_intensities_of_the_prior() -> None:
    """Where every hard interest is cut off and all interests are alike but in w."""
    model = sigma(replace(RECONSTRUCTION_ALONE, prior_weight=1.0))
    direction = model.interest_extractor.categories.direction
    batch = batch_of([[3, 1, 7, 7, 2]])
    found = model.interests_of(batch.items)
    mu, log_var = model.posterior_of(batch.items, batch.lengths)
    cut = replace(found, mu=found.mu.detach(), log_var=found.log_var.detach())
    z = mu.detach()
    components = component_log_densities(z, cut)
    divergence = mixture_divergence(z[0], z[0], log_var[0].detach(), components[0])
    (grad,) = torch.autograd.grad(divergence, direction)
    assert grad.abs().max() > 1e-6


@pytest.mark.parametrize("negatives", [0, 4])
def test_padding_never_gets_a_gradient_and_its_row_changes_no_loss(negatives: int) -> None:
    settings = replace(SMALL, interest_negatives=negatives)
    batch = batch_of([[3, 1, 7, 7, 2], [5, 9]])
    grad = gradients(settings, batch)["table.embedding.weight"]
    assert (grad[0] == 0).all()
    if negatives == 0:
        assert (grad[1:].abs().sum(dim=-1) > 0).all()

    losses = []
    for loud in (0.0, 3.0):
        model = sigma(settings)
        model.table.weight.data[0] = loud
        torch.manual_seed(11)
        losses.append(model.losses(batch)["loss"])
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_a_loss_at_a_position_teaches_no_later_item(positions: str) -> None:
    model = sigma(replace(SMALL, positions=positions))
    batch = batch_of([[3, 1, 7, 8, 2, 5]])
    for place in range(5):
        targets = torch.zeros_like(batch.targets)
        targets[0, place] = batch.targets[0, place]
        embedded: list[Tensor] = []

        def keep(_module: object, _inputs: object, out: Tensor, into: list = embedded) -> None:
            out.retain_grad()
            into.append(out)

        handle = model.table.register_forward_hook(keep)
        model.losses(Batch(batch.items, batch.lengths, targets))["loss"].backward()
        handle.remove()
        grad = embedded[0].grad
        assert grad is not None
        touched = (grad[0].abs().sum(dim=-1) > 0).tolist()
        assert touched == [j <= place for j in range(5)]
