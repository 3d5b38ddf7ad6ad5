"""A sequence on the map: where its interests and the model's state lie among the items.

Gaussians live at the scale of the interests' VAE, √D times that of the items' vectors, and are
brought back to the items' own. A vector that has no spread (a personal interest, or what scores the
next item) matters by its direction, whatever its length: it is drawn at the length of a typical
item.
"""

import numpy as np
import numpy.typing as npt
import torch

from engine.explore.personal import PersonalReading
from engine.explore.projection import Projection
from engine.explore.scene import Region, State
from engine.models.protocol import Recommender, ScoresByProduct, right_padded
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.sigma import Sigma


def gaussian_regions(
    model: Recommender, sequence: tuple[int, ...], projection: Projection
) -> tuple[Region, ...]:
    """The Gaussian interests (5, 6) after the last item; none for other models."""
    if not isinstance(model, InterestVAE) or not sequence:
        return ()
    window, _ = _window(model, sequence)
    found = model.interests_of(window)
    means, log_vars = _array(found.mu[0, -1]), _array(found.log_var[0, -1])
    scale = model.interest_scale
    return tuple(
        Region(
            category,
            intensity,
            projection.place(means[category] / scale),
            projection.spread(np.exp(log_vars[category]) / scale**2),
        )
        for category, intensity in enumerate(found.intensity[0, -1].tolist())
    )


def personal_regions(
    personal: PersonalReading, projection: Projection, length: float
) -> tuple[Region, ...]:
    """Interests that are a person's own, as vectors. length: of a typical item."""
    places = projection.place(_at_length(_array(personal.vectors), length))
    return tuple(
        Region(interest.category, interest.intensity, place, None)
        for interest, place in zip(personal.interests, places, strict=True)
    )


def whereabouts(
    model: Recommender, sequence: tuple[int, ...], projection: Projection, length: float
) -> tuple[Region | None, State]:
    """The posterior of a sequence (11), else the vector that scores the next item if it lives among
    the items' vectors. length: of a typical item."""
    if not sequence:
        return None, ""
    window, lengths = _window(model, sequence)
    if isinstance(model, Sigma):
        mu, log_var = model.posterior_of(window, lengths)
        scale = model.interest_scale
        centre = projection.place(_array(mu[0, -1]) / scale)
        covariance = projection.spread(np.exp(_array(log_var[0, -1])) / scale**2)
        return Region(None, 1.0, centre, covariance), "posterior"
    if isinstance(model, ScoresByProduct) and model.output_table is model.table:
        query = _at_length(_array(model.queries(window, lengths)), length)[0]
        return Region(None, 1.0, projection.place(query), None), "query"
    return None, ""


def _window(model: Recommender, sequence: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    window, lengths = right_padded([list(sequence)], model.max_length)
    device = next(model.parameters()).device
    return window.to(device), lengths.to(device)


def _array(tensor: torch.Tensor) -> npt.NDArray[np.float64]:
    array: npt.NDArray[np.float32] = tensor.float().cpu().numpy()
    return array.astype(np.float64)


def _at_length(vectors: npt.NDArray[np.float64], length: float) -> npt.NDArray[np.float64]:
    """vectors: [n, D]."""
    own = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: npt.NDArray[np.float64] = vectors * (length / np.maximum(own, 1e-12))
    return scaled
