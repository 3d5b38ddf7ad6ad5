"""The catalogue seen from where it is widest: principal components of the items' vectors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

AXES = 6
"""Axes that are kept, to be looked at two at a time."""
ROWS_AT_A_TIME = 65_536


@dataclass(frozen=True, eq=False)
class Projection:
    """Exact principal components.

    mean: of the items' vectors, float64 [D]. axes: unit columns by falling variance, [D, A],
    A even. share: of the variance that each axis holds, [A]. points: the items on the axes, float32
    [V + 1, A], zeros for padding.
    """

    mean: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]
    points: npt.NDArray[np.float32]

    def place(self, vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Where vectors lie: [..., D] → [..., A]."""
        placed: npt.NDArray[np.float64] = (vectors - self.mean) @ self.axes
        return placed

    def spread(self, variance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The covariance of a Gaussian with a diagonal one, seen here: [..., D] → [..., A, A]."""
        covariance: npt.NDArray[np.float64] = self.axes.T @ (variance[..., None] * self.axes)
        return covariance


def principal_components(vectors: npt.NDArray[np.float32], axes: int = AXES) -> Projection:
    """The projection of items' vectors, [V + 1, D] with a row for padding, D ≥ 2.

    By the eigenvectors of the whole covariance in float64; the sign of an axis is such that its
    largest entry is positive, so that equal vectors give an equal picture.
    """
    items = vectors[1:]
    mean = items.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((len(mean), len(mean)))
    for start in range(0, len(items), ROWS_AT_A_TIME):
        centred = items[start : start + ROWS_AT_A_TIME] - mean
        covariance += centred.T @ centred
    variance, directions = np.linalg.eigh(covariance)
    kept = min(axes, len(mean)) // 2 * 2
    chosen = directions[:, ::-1][:, :kept]
    largest = np.abs(chosen).argmax(axis=0)
    chosen = chosen * np.where(chosen[largest, np.arange(kept)] < 0, -1.0, 1.0)
    points = np.zeros((len(vectors), kept), dtype=np.float32)
    for start in range(1, len(vectors), ROWS_AT_A_TIME):
        part = slice(start, start + ROWS_AT_A_TIME)
        points[part] = (vectors[part] - mean) @ chosen
    share = variance[::-1][:kept].clip(min=0.0) / max(float(variance.sum()), 1e-30)
    return Projection(mean, chosen, share, points)
