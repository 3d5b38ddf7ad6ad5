"""A sequence on the map, as a picture needs it: interests and the model's state among the items.

No model is needed to read it, so that a screen may stand before torch is loaded; ``placing`` makes
it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.explore.projection import Projection

State = Literal["posterior", "query", ""]
Owners = Literal["catalogue", "personal", "none"]


@dataclass(frozen=True, eq=False)
class Region:
    """A place on the map.

    category: of an interest; None for the state of the sequence. intensity: of the interest.
    centre: float64 [A]. covariance: [A, A]; None where there is a vector alone.
    """

    category: int | None
    intensity: float
    centre: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class Scene:
    """projection: of the run. sequence: item ids. owners: the category of each item or the personal
    interest that scores it best, int16 [V + 1]; None without. regions: the interests. state: of the
    whole sequence, of the kind that ``state_kind`` says. kind: whose the owners are."""

    projection: Projection
    sequence: tuple[int, ...]
    owners: npt.NDArray[np.int16] | None
    regions: tuple[Region, ...]
    state: Region | None
    state_kind: State
    kind: Owners
