"""A small SIGMA with parameters far from special values, and noise that is known."""

import torch
from torch import Tensor

from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma

ITEMS = 9
SMALL = SigmaSettings(
    dim=8,
    categories=3,
    layers=1,
    heads=2,
    feedforward=2,
    dropout=0.0,
    max_length=6,
    temperature=0.3,
    prior_weight=0.5,
    interest_weight=0.7,
    interest_prior_weight=0.3,
    orthogonality_weight=2.0,
    posterior_log_var=-1.0,
    interest_log_var=-1.0,
    interest_negatives=0,
)


def sigma(settings: SigmaSettings = SMALL, seed: int = 0) -> Sigma:
    """In evaluation (so that items go to their likeliest category), in float64, with parameters all
    far from special values."""
    torch.manual_seed(seed)
    model = Sigma(ITEMS, settings).double().eval()
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    model.table.weight.data[0] = 0.0
    return model


def known_noise(like: Tensor) -> Tensor:
    """Noise that depends on the shape alone, so that the slow twin can have the same."""
    return (1.7 * torch.arange(like.numel(), dtype=like.dtype) + 0.3).sin().view_as(like)


def silence(like: Tensor) -> Tensor:
    return torch.zeros_like(like)
