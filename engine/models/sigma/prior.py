"""The prior of a sequence's latent vector: the mixture of its interests, (10) and (12)."""

from torch import Tensor

from engine.models.sigma.gaussian import log_density, standard_divergence
from engine.models.sigma.interests import Interests


def component_log_densities(z: Tensor, interests: Interests) -> Tensor:
    """log w_{t,k} + log N(z_t; μ_{t,k}, σ²_{t,k}): [B, T, K]. z: [B, T, D]."""
    density = log_density(z[..., None, :], interests.mu, interests.log_var)
    # An intensity can underflow to 0, whose logarithm would poison every gradient.
    return interests.intensity.clamp(min=1e-30).log() + density


def mixture_divergence(
    z: Tensor, mu: Tensor, log_var: Tensor, interests: Interests, valid: Tensor
) -> Tensor:
    """(12) KL(q ‖ p) by one Monte-Carlo sample: log q(z_t) − log p_t(z_t), mean over valid t.

    p_t(z) = Σ_k w_{t,k} N(z; μ_{t,k}, diag σ²_{t,k}) (10) has no closed form against q; everything
    stays in log space.

    z: a sample of q, [B, T, D]; mu, log_var: of q, [B, T, D]; valid: bool [B, T].
    """
    log_posterior = log_density(z, mu, log_var)
    log_prior = component_log_densities(z, interests).logsumexp(dim=-1)
    return (log_posterior - log_prior)[valid].mean()


def standard_prior_divergence(mu: Tensor, log_var: Tensor, valid: Tensor) -> Tensor:
    """KL(q ‖ N(0, I)) in closed form, mean over valid t: the paper's ablation of the prior."""
    return standard_divergence(mu[valid], log_var[valid]).sum(dim=-1).mean()
