"""MIND (Li et al., CIKM 2019): interests by behaviour-to-interest routing, attention to the label.

Item j votes for every interest with the same vector S e_j (eq. 6); routing (algorithm 1) turns the
votes into capsules u_k; ReLU layers that all interests share make user vectors v_k of them; in
training the target attends to them, v = Σ_k softmax_k((v_k · e)^p) v_k (eq. 10), and a sampled
softmax over items is of this vector (eqs. 11 to 13); an item's score is its best interest's.

Traps, and what is done here:

- With one map S and equal logits all interests would stay equal. The logits begin at random, drawn
  once from N(0, 1) for every place of the window and interest, and stay: they are neither learnt
  nor drawn again, so that the same sequence has the same interests every time. Places are counted
  from the first item of the window, so that a prefix has the logits it would have alone. The order
  of items says nothing else to this model.
- A person with n items has K′ = max(1, min(K, log₂ n)) interests (eq. 9), rounded down: two from
  four items on, three from eight. Short sequences, such as Amazon's, then have one or two; that is
  the setting ``dynamic``.
- The power p is applied, in training. A power of a negative product has the wrong sign where p is
  even and none where p is no integer; here the sign of the product is kept, which is the same for
  odd p and for positive products.
- S starts as N(0, 1) for the reason that is given in comirec_dr.py: squash would shrink short votes
  to nothing.
- The paper puts a user's profile (age, sex) beside each capsule before the ReLU layers; data of
  interactions alone has none.
- The original's examples are a user's items one by one, each from those before it. Here every
  position of a window is one.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.multi_interest import InterestLoss, MultiInterest
from engine.models.blocks.routing import route
from engine.models.protocol import PersonalInterests


@dataclass(frozen=True)
class MINDSettings:
    """Settings of MIND.

    dim: D. interests: K at most. dynamic: whether short sequences have fewer interests (eq. 9);
    else everybody has K, as in ComiRec's comparison. iterations: of routing (paper: 3). layers:
    ReLU layers after the capsules. power: p of the attention to the label, at least 1. dropout: of
    the items that go into the interests (paper: none). max_length: items the model sees. loss: see
    blocks/multi_interest.py; ``readout`` is the paper's, with the attention. negatives: items drawn
    a batch for the softmax, 0 takes the whole catalogue. chunk_elements: logits held at a time;
    lower it when memory runs out.
    """

    dim: int = 128
    interests: int = 4
    dynamic: bool = True
    iterations: int = 3
    layers: int = 2
    power: float = 2.0
    dropout: float = 0.0
    max_length: int = 100
    loss: InterestLoss = "softmax"
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


def interests_for(lengths: Tensor, interests: int) -> Tensor:
    """Which interests a person with so many items has (eq. 9): bool [..., K].

    The k-th, from 1, where k ≤ log₂ n; the first always. lengths: int64 [...], at least 1.
    """
    least = 2.0 ** torch.arange(1, interests + 1, device=lengths.device)  # [K]
    least[0] = 1.0
    return lengths[..., None] >= least


def label_aware_attention(vectors: Tensor, alive: Tensor, items: Tensor, power: float) -> Tensor:
    """Σ_k softmax_k((v_k · e)^p) v_k over living interests (eq. 10): [N, D].

    vectors: v, [N, K, D]; alive: bool [N, K]; items: e, [N, D]; power: p ≥ 1. Powers keep the sign.
    """
    products = (vectors * items[:, None]).sum(dim=-1)  # [N, K]
    powers = products.sign() * products.abs().pow(power)
    weights = powers.masked_fill(~alive, -torch.inf).softmax(dim=1)
    return (weights[..., None] * vectors).sum(dim=1)


class MIND(MultiInterest):
    """v = ReLU layers(routed S e); score(v) = max_k v_k · e_v."""

    initial_logits: Tensor

    def __init__(self, items: int, settings: MINDSettings) -> None:
        super().__init__(items, settings)
        self.settings = settings
        dim = settings.dim
        self.transformation = nn.Linear(dim, dim, bias=False)  # S
        nn.init.normal_(self.transformation.weight)
        self.register_buffer("initial_logits", torch.randn(settings.interests, settings.max_length))
        self.layers = nn.Sequential(
            *(part for _ in range(settings.layers) for part in (nn.Linear(dim, dim), nn.ReLU()))
        )

    def extract(self, embedded: Tensor, seen: Tensor) -> PersonalInterests:
        """See ``MultiInterest.extract``."""
        batch, steps, _ = embedded.shape
        if self.settings.dynamic:
            alive = interests_for(seen.sum(dim=-1), self.interests)  # [B or 1, P, K]
        else:
            alive = seen.new_ones(*seen.shape[:2], self.interests)
        capsules, weights = route(
            self.transformation(embedded)[:, None],
            self.initial_logits[:, :steps],
            seen,
            alive,
            self.settings.iterations,
        )
        vectors = self.layers(capsules)
        vectors = vectors.where(alive[..., None], vectors[:, :, :1])
        return PersonalInterests(vectors, weights, alive.expand(batch, -1, -1))

    def readout(self, vectors: Tensor, alive: Tensor, targets: Tensor) -> Tensor:
        """Label-aware attention; see ``MultiInterest.readout``."""
        return label_aware_attention(vectors, alive, targets, self.settings.power)
