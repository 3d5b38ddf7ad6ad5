"""What training asks of the interests' Gaussians, in one pass. Never in half precision."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.models.blocks.precision import at_least_float32


class _InterestTerms(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, z: Tensor, mu: Tensor, log_var: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        sigma = (0.5 * log_var).exp_()
        drawn = torch.addcmul(mu, sigma, noise)
        apart = z[:, None].sub(mu).div_(sigma)  # (z − μ) / σ
        log_vars = log_var.sum(dim=-1)
        squares = torch.linalg.vector_norm(apart, dim=-1).square_()
        density = -0.5 * (squares + log_vars + mu.shape[-1] * math.log(2 * math.pi))
        flat_mu, flat_sigma = mu.flatten(), sigma.flatten()
        squared = torch.dot(flat_mu, flat_mu) + torch.dot(flat_sigma, flat_sigma)
        pairs = mu.shape[0] * mu.shape[1]
        divergence = 0.5 * ((squared - log_vars.sum()) / pairs - mu.shape[-1])
        ctx.save_for_backward(mu, sigma, noise, apart)
        return drawn, divergence, density

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, of_drawn: Tensor, of_divergence: Tensor, of_density: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, None]:
        mu, sigma, noise, apart = ctx.saved_tensors
        share = of_divergence / (mu.shape[0] * mu.shape[1])
        pull = of_density[..., None]
        towards = (apart / sigma).mul_(pull)  # of log N to μ, times what comes back
        of_z = towards.sum(dim=1).neg_()
        of_mu = towards.add_(of_drawn).addcmul_(mu, share)
        # to log σ²: ½ z's noise part, ½ (σ² − 1) of the divergence, ½ (apart² − 1) of the density
        of_log_var = (of_drawn * noise).mul_(sigma)
        of_log_var.addcmul_(sigma * share, sigma).addcmul_(apart * pull, apart)
        of_log_var.sub_(pull + share).mul_(0.5)
        return of_z, of_mu, of_log_var, None


def interest_terms(z: Tensor, mu: Tensor, log_var: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All that training asks of the interests' Gaussians, in few passes over [N, K, D].

    z: float [N, D], latent vectors of the sequence; mu, log_var: of the interests, [N, K, D].
    Returns a sample of every interest [N, K, D], the mean KL to N(0, I) (7), a scalar, and
    log N(z; μ_k, σ²_k), [N, K]: what ``sample``, ``standard_divergence`` and ``log_density`` give.
    """
    z, mu, log_var = at_least_float32(z), at_least_float32(mu), at_least_float32(log_var)
    # torch declares Function.apply without annotations
    terms: tuple[Tensor, Tensor, Tensor] = _InterestTerms.apply(  # type: ignore[no-untyped-call]
        z, mu, log_var, torch.randn_like(mu)
    )
    return terms
