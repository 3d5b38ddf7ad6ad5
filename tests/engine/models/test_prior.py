"""The mixture prior and its divergence, (7), (10) and (12), against torch.distributions."""

import math

import pytest
import slow_sigma as slow
import torch
from torch import Tensor
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    kl_divergence,
)

from engine.models.blocks.gaussian import log_density, sample, standard_divergence
from engine.models.sigma.gaussian import interest_terms
from engine.models.sigma.interests import Interests
from engine.models.sigma.prior import (
    component_log_densities,
    mixture_divergence,
    standard_prior_divergence,
)


def divergence_of(
    z: Tensor, mu: Tensor, log_var: Tensor, interests: Interests, valid: Tensor
) -> Tensor:
    """The divergence over the valid positions of a padded batch."""
    components = component_log_densities(z, interests)
    return mixture_divergence(z[valid], mu[valid], log_var[valid], components[valid])


def made_up(
    batch: int = 2, steps: int = 4, count: int = 3, dim: int = 5, seed: int = 0
) -> tuple[Interests, Tensor, Tensor, Tensor, Tensor]:
    """Interests, then z, μ, log σ² of the posterior and the valid positions, in float64."""
    torch.manual_seed(seed)
    real = {"dtype": torch.float64}
    interests = Interests(
        intensity=torch.randn(batch, steps, count, **real).softmax(dim=-1),
        mu=torch.randn(batch, steps, count, dim, **real),
        log_var=torch.randn(batch, steps, count, dim, **real) - 1.0,
        membership=torch.randn(batch, steps, count, **real).softmax(dim=-1),
        category=torch.randint(count, (batch, steps)),
    )
    mu, log_var = torch.randn(batch, steps, dim, **real), torch.randn(batch, steps, dim, **real)
    z = mu + (0.5 * log_var).exp() * torch.randn(batch, steps, dim, **real)
    valid = torch.arange(steps) < torch.arange(steps, steps - batch, -1)[:, None]
    return interests, z, mu, log_var, valid


def single_precision(interests: Interests) -> Interests:
    return Interests(
        interests.intensity.float(),
        interests.mu.float(),
        interests.log_var.float(),
        interests.membership.float(),
        interests.category,
    )


def mixture_of(interests: Interests) -> MixtureSameFamily:
    components = Independent(Normal(interests.mu, (0.5 * interests.log_var).exp()), 1)
    return MixtureSameFamily(Categorical(interests.intensity), components)


def test_the_log_density_is_that_of_a_diagonal_normal() -> None:
    _, z, mu, log_var, _ = made_up()
    expected = Independent(Normal(mu, (0.5 * log_var).exp()), 1).log_prob(z)
    torch.testing.assert_close(log_density(z, mu, log_var), expected)
    covariance = torch.diag(log_var[0, 0].exp())
    torch.testing.assert_close(
        log_density(z, mu, log_var)[0, 0],
        MultivariateNormal(mu[0, 0], covariance).log_prob(z[0, 0]),
    )


def test_samples_have_the_mean_and_variance_asked_for_and_carry_the_gradient_of_both() -> None:
    torch.manual_seed(0)
    mu = torch.tensor([1.0, -2.0], requires_grad=True)
    log_var = torch.tensor([-3.0, 1.0], requires_grad=True)
    drawn = sample(mu.expand(100_000, 2), log_var.expand(100_000, 2))
    error = (drawn.mean(dim=0) - mu).abs() / (log_var.exp() / 100_000).sqrt()
    assert (error < 5).all()
    torch.testing.assert_close(drawn.var(dim=0), log_var.exp(), rtol=0.03, atol=0.0)

    noise = ((drawn - mu) / (0.5 * log_var).exp()).detach()
    grad_mu, grad_log_var = torch.autograd.grad(drawn.sum(), (mu, log_var))
    torch.testing.assert_close(grad_mu, torch.full((2,), 100_000.0))
    expected = (0.5 * (0.5 * log_var).exp() * noise.sum(dim=0)).detach()
    torch.testing.assert_close(grad_log_var, expected, rtol=1e-3, atol=0.5)


def test_samples_of_half_precision_means_are_not_rounded_to_half_precision() -> None:
    mu = torch.zeros(4, 3, dtype=torch.bfloat16)
    assert sample(mu, mu - 4.0).dtype == torch.float32
    assert log_density(mu, mu, mu).dtype == torch.float32
    assert standard_divergence(mu, mu).dtype == torch.float32


def test_the_divergence_from_the_standard_normal_is_the_closed_form() -> None:
    _, _, mu, log_var, valid = made_up()
    found = standard_divergence(mu, log_var)
    standard = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    expected = kl_divergence(Normal(mu, (0.5 * log_var).exp()), standard)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(found[0, 0].sum(), slow.standard_kl(mu[0, 0], log_var[0, 0]))
    assert (found >= 0).all()
    assert standard_divergence(torch.zeros(3), torch.zeros(3)).tolist() == [0.0] * 3

    by_position = [
        slow.standard_kl(mu[b, t], log_var[b, t]) for b in range(2) for t in range(4) if valid[b, t]
    ]
    torch.testing.assert_close(
        standard_prior_divergence(mu[valid], log_var[valid]), sum(by_position) / len(by_position)
    )


def test_the_mixture_is_torchs_mixture_and_the_slow_one() -> None:
    interests, z, _, _, _ = made_up()
    found = component_log_densities(z, interests).logsumexp(dim=-1)
    torch.testing.assert_close(found, mixture_of(interests).log_prob(z))
    for b in range(2):
        for t in range(4):
            one = slow.SlowInterest(
                list(interests.intensity[b, t]),
                list(interests.mu[b, t]),
                list(interests.log_var[b, t]),
            )
            torch.testing.assert_close(found[b, t], slow.log_mixture(z[b, t], one))


def test_the_monte_carlo_divergence_is_the_mean_over_valid_positions_of_log_q_less_log_p() -> None:
    interests, z, mu, log_var, valid = made_up()
    posterior = Independent(Normal(mu, (0.5 * log_var).exp()), 1)
    terms = posterior.log_prob(z) - mixture_of(interests).log_prob(z)
    expected = sum(terms[b, t] for b in range(2) for t in range(4) if valid[b, t]) / valid.sum()
    torch.testing.assert_close(divergence_of(z, mu, log_var, interests, valid), expected)


def test_single_precision_is_near_the_exact_divergence() -> None:
    interests, z, mu, log_var, valid = made_up()
    exact = divergence_of(z, mu, log_var, interests, valid)
    found = divergence_of(
        z.float(), mu.float(), log_var.float(), single_precision(interests), valid
    )
    torch.testing.assert_close(found.double(), exact, rtol=1e-5, atol=1e-5)


def test_gradients_of_the_divergence_are_those_of_torchs_distributions() -> None:
    interests, z, mu, log_var, valid = made_up()
    leaves = (z, mu, log_var, interests.intensity, interests.mu, interests.log_var)
    for leaf in leaves:
        leaf.requires_grad_()
    found = torch.autograd.grad(divergence_of(z, mu, log_var, interests, valid), leaves)
    posterior = Independent(Normal(mu, (0.5 * log_var).exp()), 1)
    # log w alone, as the model has it: Categorical would also project onto the simplex.
    components = Independent(Normal(interests.mu, (0.5 * interests.log_var).exp()), 1)
    mixed = (interests.intensity.log() + components.log_prob(z[..., None, :])).logsumexp(dim=-1)
    expected = torch.autograd.grad((posterior.log_prob(z) - mixed)[valid].mean(), leaves)
    for left, right in zip(found, expected, strict=True):
        torch.testing.assert_close(left, right)
        assert left.abs().sum() > 0
    assert (found[0][~valid] == 0).all(), "padding has no part in it"


def test_with_one_component_its_average_over_samples_is_the_closed_form() -> None:
    interests, _, mu, log_var, _ = made_up(batch=1, steps=1, count=1)
    draws = 40_000
    many = Interests(
        *(
            tensor.expand(draws, *tensor.shape[1:])
            for tensor in (interests.intensity, interests.mu, interests.log_var)
        ),
        interests.membership,
        interests.category,
    )
    q_mu, q_log_var = mu.expand(draws, 1, -1), log_var.expand(draws, 1, -1)
    everywhere = torch.ones(draws, 1, dtype=torch.bool)
    torch.manual_seed(3)
    z = sample(q_mu, q_log_var)
    found = divergence_of(z, q_mu, q_log_var, many, everywhere)
    spread = (log_density(z, q_mu, q_log_var) - mixture_of(many).log_prob(z)).std()
    exact = kl_divergence(
        Normal(mu[0, 0], (0.5 * log_var[0, 0]).exp()),
        Normal(interests.mu[0, 0, 0], (0.5 * interests.log_var[0, 0, 0]).exp()),
    ).sum()
    assert abs(found - exact) < 5 * spread / math.sqrt(draws)


def test_a_posterior_far_from_every_interest_has_a_finite_divergence_and_gradient() -> None:
    """The density itself is exp(−10⁵) there: only log space survives it."""
    interests, z, mu, log_var, valid = made_up()
    interests, far = single_precision(interests), (z + 300.0).float().requires_grad_()
    mu_leaf = interests.mu.requires_grad_()
    found = divergence_of(far, mu.float() + 300.0, log_var.float(), interests, valid)
    assert found.isfinite() and found > 1_000
    grads = torch.autograd.grad(found, (far, mu_leaf))
    assert all(grad.isfinite().all() for grad in grads)


@pytest.mark.parametrize("nothing", [0.0, 1e-42])
def test_an_intensity_that_underflowed_harms_nothing(nothing: float) -> None:
    made, z, mu, log_var, valid = made_up()
    made, q = single_precision(made), (z.float(), mu.float(), log_var.float())

    def wide(first: int, intensity: Tensor) -> Interests:
        """Interests so wide that no component is far better than the others."""
        means, spreads = made.mu[..., first:, :], torch.ones_like(made.mu[..., first:, :])
        return Interests(intensity, means, spreads, made.membership, made.category)

    intensity = made.intensity.clone()
    intensity[..., 0] = nothing
    intensity.requires_grad_()
    found = divergence_of(*q, wide(0, intensity), valid)
    found.backward()
    assert intensity.grad is not None and intensity.grad.isfinite().all()
    without = divergence_of(*q, wide(1, made.intensity[..., 1:]), valid)
    torch.testing.assert_close(found, without)


def test_the_terms_of_training_are_the_sample_the_divergence_and_the_densities() -> None:
    made, z, _, _, valid = made_up()
    z, mu, log_var = z[valid], made.mu[valid], made.log_var[valid]
    leaves = tuple(leaf.requires_grad_() for leaf in (z, mu, log_var))
    torch.manual_seed(4)
    found = interest_terms(*leaves)
    torch.manual_seed(4)
    expected = (
        sample(mu, log_var),
        standard_divergence(mu, log_var).sum(dim=-1).mean(),
        log_density(z[:, None], mu, log_var),
    )
    pulls = [torch.randn_like(term) for term in expected]
    for left, right in zip(found, expected, strict=True):
        torch.testing.assert_close(left, right)
    for part in range(3):  # each alone, then all together
        for left, right in zip(
            torch.autograd.grad(found[part], leaves, pulls[part], retain_graph=True),
            torch.autograd.grad(
                expected[part], leaves, pulls[part], retain_graph=True, materialize_grads=True
            ),
            strict=True,
        ):
            torch.testing.assert_close(left, right)
    for left, right in zip(
        torch.autograd.grad(found, leaves, pulls),
        torch.autograd.grad(expected, leaves, pulls),
        strict=True,
    ):
        torch.testing.assert_close(left, right)


def test_the_terms_of_training_are_never_in_half_precision() -> None:
    z, mu = torch.zeros(4, 3, dtype=torch.bfloat16), torch.zeros(4, 2, 3, dtype=torch.bfloat16)
    assert {term.dtype for term in interest_terms(z, mu, mu)} == {torch.float32}
