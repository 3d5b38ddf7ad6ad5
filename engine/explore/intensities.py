"""How strong each interest of every user is, for lists that are sorted by it."""

import numpy as np
import numpy.typing as npt

from engine.library.contents import Interactions

ITEMS_AT_A_TIME = 1 << 17
"""Items of users' sequences that are worked on in one go, some ten milliseconds."""


def intensities_of_users(
    membership: npt.NDArray[np.float32], interactions: Interactions, max_length: int
) -> npt.NDArray[np.float32]:
    """w of every user before the last item, which is held out: float32 [U, K].

    membership: p(k|v), [V + 1, K]. max_length: the last items that the model sees. A user with one
    item has nothing before it and gets zeros.
    """
    offsets = interactions.offsets
    users = len(offsets) - 1
    mass = np.zeros((users, membership.shape[1]))
    first = 0
    while first < users:  # some users at a time, so that the screen is not held up for long
        last = int(np.searchsorted(offsets, offsets[first] + ITEMS_AT_A_TIME, side="right")) - 1
        last = min(users, max(first + 1, last))
        begin = offsets[first]
        items = interactions.items[begin : offsets[last]]
        summed = np.zeros((len(items) + 1, membership.shape[1]))
        np.cumsum(membership[items], axis=0, dtype=np.float64, out=summed[1:])
        stop = offsets[first + 1 : last + 1] - 1 - begin
        start = np.maximum(offsets[first:last] - begin, stop - max_length)
        mass[first:last] = summed[stop] - summed[start]
        first = last
    total = np.maximum(mass.sum(axis=1, keepdims=True), 1e-30)
    intensities: npt.NDArray[np.float32] = (mass / total).astype(np.float32)
    return intensities
