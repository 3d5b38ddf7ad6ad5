"""The prior of a sequence's latent vector: the mixture of its interests, (10) and (12)."""

from torch import Tensor

from engine.models.blocks.gaussian import log_density, standard_divergence
from engine.models.sigma.interests import Interests


def log_joint(intensity: Tensor, density: Tensor) -> Tensor:
    """log w_k + log N(z; μ_k, σ²_k). intensity: w, density: log N, both [..., K]."""
    # An intensity can underflow to 0, whose logarithm would poison every gradient.
    return intensity.clamp(min=1e-30).log() + density


def component_log_densities(z: Tensor, interests: Interests) -> Tensor:
    """log w_{t,k} + log N(z_t; μ_{t,k}, σ²_{t,k}): [..., K]. z: [..., D]."""
    density = log_density(z[..., None, :], interests.mu, interests.log_var)
    return log_joint(interests.intensity, density)


def mixture_divergence(z: Tensor, mu: Tensor, log_var: Tensor, components: Tensor) -> Tensor:
    """(12) KL(q ‖ p) by one Monte-Carlo sample: mean of log q(z) − log p(z).

    p(z) = Σ_k w_k N(z; μ_k, diag σ²_k) (10) has no closed form against q; everything stays in log
    space.

    z: a sample of q, [N, D]; mu, log_var: of q, [N, D]; components: log_joint, [N, K].
    """
    return (log_density(z, mu, log_var) - components.logsumexp(dim=-1)).mean()


def standard_prior_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(q ‖ N(0, I)) in closed form, mean over [N, D]: the paper's ablation of the prior."""
    return standard_divergence(mu, log_var).sum(dim=-1).mean()
