"""ComiRec-SA (Cen et al., KDD 2020): a person's interests by self-attention.

A = softmax(W₂ᵀ tanh(W₁ H)) over the items, one row an interest, and the interests are A's means of
the items (eq. 4); the target trains the interest it fits best (eq. 5) by a sampled softmax (eq. 6);
an item's score is its best interest's (eq. 7).

Traps, and what is done here:

- Position vectors are added for the attention alone; what is averaged are the items' own vectors.
- d_a = 4D, as in the paper.
- Weights without bias, as in the equation. (In the published code both layers have one; that of the
  second changes nothing, as it is the same for all items of a softmax.)
- Positions are counted from the first item of the window, as in the published code; an item's
  attention logit is then the same in every prefix, and all prefixes are one masked softmax.
- The original takes one random cut of one random user's sequence as an example. Here every position
  of a window is one, which is the same cuts without the chance; long sequences weigh more.
- Interests are means of item vectors and scores their products with item vectors: no item fits an
  interest better than the items it is made of, unless its vector is longer. Items of the history
  are out of the lists, as everywhere.
- The softmax of the best interest is no fairer loss to this model than its own: within an epoch
  all its interests are one vector. Its own, over the whole catalogue, is the default.
- The controllable re-ranking of the paper (eq. 8) is no part of the model: it is
  explore/diversify.py, off in every table of accuracy.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.multi_interest import InterestLoss, MultiInterest
from engine.models.protocol import PersonalInterests


@dataclass(frozen=True)
class ComiRecSASettings:
    """Settings of ComiRec-SA.

    dim: D (paper: 64). interests: K (paper: 4). attention: d_a as a multiple of D (paper: 4).
    dropout: of the items that go into the interests (paper: none). max_length: items the model sees
    (published code: 20 for books, 50 for Taobao). loss: see blocks/multi_interest.py. negatives:
    items drawn a batch for the softmax (paper: 10 an example, shared by the 128 of a batch), 0
    takes the whole catalogue. chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    interests: int = 4
    attention: int = 4
    dropout: float = 0.0
    max_length: int = 100
    loss: InterestLoss = "readout"
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


class ComiRecSA(MultiInterest):
    """q_k = Σ_j A_{kj} e_j; score(v) = max_k q_k · e_v."""

    def __init__(self, items: int, settings: ComiRecSASettings) -> None:
        super().__init__(items, settings)
        self.settings = settings
        hidden = settings.attention * settings.dim
        self.position = nn.Embedding(settings.max_length, settings.dim)
        nn.init.normal_(self.position.weight, std=0.02)
        self.to_hidden = nn.Linear(settings.dim, hidden, bias=False)  # W₁
        self.to_logits = nn.Linear(hidden, settings.interests, bias=False)  # W₂

    def extract(self, embedded: Tensor, seen: Tensor) -> PersonalInterests:
        """See ``MultiInterest.extract``."""
        batch, steps, dim = embedded.shape
        placed = embedded + self.position.weight[:steps]
        logits = self.to_logits(self.to_hidden(placed).tanh())  # [B, T, K]
        unseen = ~seen[:, :, None]  # [B, P, 1, T]
        weights = (
            logits.transpose(1, 2)[:, None].masked_fill(unseen, -torch.inf).softmax(dim=-1)
        )  # [B, P, K, T]
        subsets = seen.shape[1]
        vectors = (weights.flatten(1, 2) @ embedded).view(batch, subsets, self.interests, dim)
        alive = seen.new_ones(batch, subsets, self.interests)
        return PersonalInterests(vectors, weights, alive)
