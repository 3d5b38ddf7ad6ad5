"""Diagonal Gaussians: sampling, log-density, divergence. Never in half precision."""

import math

import torch
from torch import Tensor

from engine.models.blocks.precision import at_least_float32


def sample(mu: Tensor, log_var: Tensor) -> Tensor:
    """z = μ + σ ⊙ ε, ε ~ N(0, I): the reparametrisation trick. All shapes [..., D]."""
    mu, log_var = at_least_float32(mu), at_least_float32(log_var)
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


def log_density(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(z; μ, diag σ²), summed over the last axis. Shapes broadcast to [..., D] → [...]."""
    z, mu, log_var = at_least_float32(z), at_least_float32(mu), at_least_float32(log_var)
    square = (z - mu).square() * (-log_var).exp()
    return -0.5 * (square + log_var + math.log(2 * math.pi)).sum(dim=-1)


def standard_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """(7) KL(N(μ, σ²) ‖ N(0, I)) = ½ (μ² + σ² − 1 − log σ²), for every dimension: [..., D]."""
    mu, log_var = at_least_float32(mu), at_least_float32(log_var)
    return 0.5 * (mu.square() + log_var.exp() - 1.0 - log_var)
