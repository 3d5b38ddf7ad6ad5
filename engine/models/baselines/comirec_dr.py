"""ComiRec-DR (Cen et al., KDD 2020): a person's interests by dynamic routing.

Item j of the window votes for interest k with ê_{k|j} = W_{jk} e_j (eq. 1); routing (eqs. 2 and 3,
algorithm 1) turns the votes into K interests; the target trains the interest it fits best (eq. 5)
by a sampled softmax (eq. 6); an item's score is its best interest's (eq. 7).

Traps, and what is done here:

- One transformation per position *and* interest, W ∈ R^{L×K×D×D}, as in the paper. Positions are
  counted from the first item of the window, as in the published code, which also pads on the right;
  so every prefix has the transformations it would have alone.
- Logits begin at 0: the transformations alone tell the interests apart.
- W starts as N(0, 1), as in the published code. Item vectors start short; with a usual small W the
  votes would be far below length 1, and squash would leave neither interests nor gradients.
- An interest is never longer than 1, so that scores are bounded by the length of item vectors,
  which have to grow: hence the learning rate of .005.
- The original takes one random cut of one random user's sequence as an example. Here every position
  of a window is one, which is the same cuts without the chance; long sequences weigh more.
- The controllable re-ranking of the paper (eq. 8) is no part of the model: it is
  explore/diversify.py, off in every table of accuracy.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.errors import SettingsError
from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.multi_interest import InterestLoss, MultiInterest
from engine.models.blocks.routing import route
from engine.models.protocol import PersonalInterests

MOST_WEIGHTS = 1 << 28
"""Weights of the transformations at most: 1 GiB in float32."""


@dataclass(frozen=True)
class ComiRecDRSettings:
    """Settings of ComiRec-DR.

    dim: D (paper: 64). interests: K (paper: 4). iterations: of routing (paper: 3). dropout: of the
    items that go into the interests (paper: none). max_length: L, items the model sees (published
    code: 20 for books, 50 for Taobao). loss: see blocks/multi_interest.py. negatives: items drawn a
    batch for the softmax (paper: 10 an example, shared by the 128 of a batch), 0 takes the whole
    catalogue. chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    interests: int = 4
    iterations: int = 3
    dropout: float = 0.0
    max_length: int = 100
    loss: InterestLoss = "softmax"
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS

    def __post_init__(self) -> None:
        weights = self.max_length * self.interests * self.dim**2
        if weights > MOST_WEIGHTS:
            raise SettingsError(
                f"max_length · interests · dim² = {weights:,} transformation weights are too many "
                f"for comirec-dr, which takes {MOST_WEIGHTS:,}. Lower one of them."
            )


class ComiRecDR(MultiInterest):
    """q = routed votes; score(v) = max_k q_k · e_v."""

    def __init__(self, items: int, settings: ComiRecDRSettings) -> None:
        super().__init__(items, settings)
        self.settings = settings
        shape = (settings.max_length, settings.dim, settings.interests * settings.dim)
        self.transformation = nn.Parameter(torch.randn(shape))

    def extract(self, embedded: Tensor, seen: Tensor) -> PersonalInterests:
        """See ``MultiInterest.extract``."""
        batch, steps, dim = embedded.shape
        by_position = embedded.transpose(0, 1)  # [T, B, D]
        votes = (by_position @ self.transformation[:steps]).view(steps, batch, -1, dim)
        votes = votes.permute(1, 2, 0, 3)  # [B, K, T, D]
        logits = embedded.new_zeros(self.interests, steps)
        alive = seen.new_ones(*seen.shape[:2], self.interests)
        vectors, weights = route(votes, logits, seen, alive, self.settings.iterations)
        return PersonalInterests(vectors, weights, alive.expand(batch, -1, -1))
