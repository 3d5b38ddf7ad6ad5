"""A GRU over padded sequences, as torch's library for a GPU computes it.

Steps of a padded batch cost a GPU nearly the same however much of them is padding, while to pack
sequences their lengths have to be read back from it, and cuDNN's packed GRU starts every step of
every size by itself: 6 to 10 ms of a step of SIGMA against 2.
"""

import torch
from torch import Tensor, nn

from engine.models.blocks.precision import at_least_float32


def padded_gru(gru: nn.GRU, inputs: Tensor) -> Tensor:
    """States after every item, from zero states; those after a sequence's end are to be ignored.

    inputs: as the module takes them. Returns the states in their place, in float32 or wider.
    """
    # Autocast would run cuDNN's in float16 whatever it is asked for, where small gradients vanish.
    with torch.autocast(inputs.device.type, enabled=False):
        states: Tensor = gru(at_least_float32(inputs))[0]
    return states
