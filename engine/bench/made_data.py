"""Made interactions of any size: popularity falls as Zipf's law, lengths scatter around a mean."""

import numpy as np
import torch

from engine.sequences.sequence_set import HELD_OUT, SequenceSet


def made_sequences(
    items: int, interactions: int, *, mean_length: float = 20.0, seed: int = 0
) -> SequenceSet:
    """Sequences without any meaning, for measuring time and memory alone.

    items: V. interactions: about so many in all. mean_length: items of a user, at least 3.
    """
    random = np.random.default_rng(seed)
    users = max(1, round(interactions / mean_length))
    least = HELD_OUT + 1
    lengths = least + random.geometric(1.0 / (1.0 + max(mean_length - least, 0.0)), users) - 1
    offsets = np.concatenate(([0], lengths.cumsum()))
    mass = (1.0 / np.arange(1, items + 1)).cumsum()
    drawn = mass.searchsorted(random.random(offsets[-1]) * mass[-1]) + 1
    # Popular items shall not be neighbours in the catalogue.
    place = random.permutation(items) + 1
    return SequenceSet(
        torch.from_numpy(place[drawn.clip(max=items) - 1]), torch.from_numpy(offsets), items
    )
