"""Steering: other intensities re-weigh the scores as a change of prior (model.md, section 5).

p′(v) ∝ p(v) · Σ_k p(k|v) w′_k / w_k. With w′ = w nothing changes, as Σ_k p(k|v) = 1.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import QuestionError


def steered_intensities(intensity: Tensor, wanted: Mapping[int, float]) -> Tensor:
    """w′: the wanted intensities as given, the others scaled so that all sum to 1.

    intensity: w, float [K]; wanted: category → intensity, each in [0, 1], together at most 1.
    """
    steered = intensity.clone()
    for category, value in wanted.items():
        if not 0 <= category < len(intensity):
            raise QuestionError(
                f"there is no category {category}; this model has 0 to {len(intensity) - 1}"
            )
        if not 0.0 <= value <= 1.0:
            raise QuestionError(f"an intensity lies between 0 and 1, not at {value}")
        steered[category] = value
    taken = sum(wanted.values())
    if taken > 1.0 + 1e-6:
        raise QuestionError(
            f"the intensities asked for sum to {taken:.2f}; they may reach 1 at most"
        )
    others = torch.ones(len(intensity), dtype=torch.bool, device=intensity.device)
    others[list(wanted)] = False
    if others.any():
        rest = intensity[others].sum().clamp(min=1e-30)
        steered[others] *= (1.0 - taken) / rest
    return steered / steered.sum()


def steer(scores: Tensor, membership: Tensor, intensity: Tensor, steered: Tensor) -> Tensor:
    """Scores with the prior changed from w to w′.

    scores: float [V + 1], −inf at 0; membership: p(k|v), [V + 1, K]; intensity, steered: [K].
    """
    ratio = steered / intensity.clamp(min=1e-6)
    change = (membership @ ratio).clamp(min=1e-30).log()
    change[0] = 0.0
    return scores + change
