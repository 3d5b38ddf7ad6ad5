"""BPR-MF: matrix factorisation learnt from pairs (Rendle et al., BPR: Bayesian Personalized Ranking
from Implicit Feedback, UAI 2009).

x̂_ui = ⟨w_u, h_i⟩ (4.3.1), without biases, as there. For a user u, an item i that u has had and an
item j that u has not had,

    BPR-OPT = Σ_{(u,i,j) ∈ D_S} ln σ(x̂_ui − x̂_uj) − λ ‖Θ‖²   (4.1)

Choices, and traps that others fell into:

- *A negative is never a positive of its user.* j is drawn uniformly from the items that the user
  has not had in training, anew for every pair in every epoch (4.2).
- *The L2 term is there.* It is counted once for each example on the three vectors used, w_u, h_i
  and h_j, which is what LearnBPR's update (figure 4) does to them: λ θ, hence ½ λ ‖θ‖² in the loss.
  One λ for all three.
- LearnBPR draws triples with replacement and follows plain gradients. Here an epoch visits every
  pair of user and item once, and Adam, as for every model here, makes the steps.
- ``softmax`` puts the cross-entropy of the user's vector over the whole catalogue in the place of
  the pairwise term: the loss that sequence models are compared with.

A user with a single item in the training data is in no window and keeps the vector it began with.
"""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.fold_in import evenly_spaced, fitted_vectors
from engine.models.blocks.item_table import ItemTable
from engine.models.blocks.pairwise import (
    distinct,
    pairwise_loss,
    penalty,
    positives,
    softmax_loss,
)
from engine.models.protocol import ScoresByProduct, UserRecommender
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems

COMPARED = 256
"""Items of the catalogue that a sequence's are compared with when its vector is sought."""

LEAST_L2 = 1e-2
"""λ at least, in that search: without it a few items have no best vector, only ever longer ones."""


@dataclass(frozen=True)
class BPRMFSettings:
    """Settings of BPR-MF.

    dim: D, size of the vectors of users and items. loss: ``bpr`` is the paper's; ``softmax`` is
    cross-entropy over the catalogue. l2_weight: λ. max_length: items of a sequence that is nobody's
    that its vector is sought from, the last ones. negatives: items drawn a batch for the softmax, 0
    takes the whole catalogue. chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 64
    loss: Literal["bpr", "softmax"] = "softmax"
    l2_weight: float = 0.01
    max_length: int = 200
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


class BPRMF(ScoresByProduct, UserRecommender):
    """score(u, v) = w_u · h_v."""

    _unseen: UnseenItems  # made in prepare

    def __init__(self, items: int, users: int, settings: BPRMFSettings) -> None:
        super().__init__(items, users, settings.max_length)
        self.settings = settings
        sampled = settings.loss == "bpr" or 0 < settings.negatives < items
        self.table = ItemTable(items, settings.dim, sampled=sampled)
        self.user_table = nn.Embedding(users, settings.dim)
        nn.init.normal_(self.user_table.weight, std=0.02)

    def prepare(self, training: SequenceSet) -> None:
        """See ``Recommender.prepare``."""
        self._unseen = UnseenItems(training)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """−mean ln σ(x̂_ui − x̂_uj), or the cross-entropy, and λ times the penalty."""
        settings = self.settings
        pairs = positives(batch)
        vectors = self.user_table(batch.known_users)  # [B, D]
        wanting, liked = functional.embedding(pairs.windows, vectors), self.table(pairs.items)
        scores = (wanting * liked).sum(dim=-1)  # [N]
        if settings.loss == "bpr":
            other = self.table(self._unseen.draw(pairs.users))  # [N, D]
            ranking = pairwise_loss(scores, (wanting * other).sum(dim=-1))
            size = penalty(wanting, liked, other)
        else:
            ranking = softmax_loss(
                pairs,
                scores,
                vectors,
                lambda items: self.table.weight if items is None else self.table(items),
                self.items,
                settings.negatives,
                settings.chunk_elements,
            )
            size = penalty(wanting, liked)
        loss = ranking + settings.l2_weight * size
        return {"loss": loss, "ranking": ranking.detach(), "penalty": size.detach()}

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """The vector that a user with these items would have; see blocks/fold_in.py."""
        del lengths
        others = evenly_spaced(self.items, COMPARED, items.device)
        return fitted_vectors(
            self.table.weight, distinct(items), others, max(self.settings.l2_weight, LEAST_L2)
        )

    def scores_of_users(self, users: Tensor) -> Tensor:
        """See ``UserRecommender.scores_of_users``."""
        return self.table.scores(self.user_table(users))
