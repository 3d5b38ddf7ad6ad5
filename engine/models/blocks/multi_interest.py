"""What models with several interests of a person share: prefixes, losses, diagnostics.

An item's score is its best interest's, max_k q_k · e_v. Two losses train that:

``readout``  the originals' own. The interest that fits the target is read out, and the softmax over
             the catalogue (or a sample of it) is of this one vector. The other interests learn
             nothing from the step, and no interest learns what it must not claim for another.
``softmax``  of the score that evaluation uses, the maximum for every item by itself. Nothing in it
             asks interests to differ, and attention's do become one.
"""

from abc import abstractmethod
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from engine.models.blocks.dropout import Dropout
from engine.models.blocks.item_table import ItemTable
from engine.models.blocks.precision import at_least_float32
from engine.models.blocks.rows import take_rows
from engine.models.protocol import PersonalInterestRecommender, PersonalInterests
from engine.sequences.batch import Batch

InterestLoss = Literal["readout", "softmax"]

ALIVE_SHARE = 0.2
"""A living interest is the best one for at least this part of an even share of the targets."""

SAME_COSINE = 0.95
"""Interests whose mean cosine is at least this are one: the later one repeats the earlier."""


class MultiInterestSettings(Protocol):
    """The settings that all these models have.

    dim: D. interests: K. dropout: of the items that go into interests; targets keep all.
    max_length: items the model sees. loss: see above. negatives: items drawn a batch for the
    softmax, 0 takes the whole catalogue. chunk_elements: logits held at a time.
    """

    @property
    def dim(self) -> int: ...
    @property
    def interests(self) -> int: ...
    @property
    def dropout(self) -> float: ...
    @property
    def max_length(self) -> int: ...
    @property
    def loss(self) -> InterestLoss: ...
    @property
    def negatives(self) -> int: ...
    @property
    def chunk_elements(self) -> int: ...


def best_interest(vectors: Tensor, alive: Tensor, items: Tensor) -> Tensor:
    """argmax_k q_k · e: int64 [N]. vectors: [N, K, D]; alive: bool [N, K]; items: e, [N, D]."""
    products = (vectors * items[:, None]).sum(dim=-1)
    return products.masked_fill(~alive, -torch.inf).argmax(dim=1)


class MultiInterest(PersonalInterestRecommender):
    """A model that gives ``extract`` and, if the target is not read out by the maximum,
    ``readout``."""

    def __init__(self, items: int, settings: MultiInterestSettings) -> None:
        super().__init__(items, settings.max_length)
        self.interests = settings.interests
        self.table = ItemTable(items, settings.dim, sampled=0 < settings.negatives < items)
        self.dropout = Dropout(settings.dropout)
        self._loss: InterestLoss = settings.loss
        self._negatives, self._chunk_elements = settings.negatives, settings.chunk_elements

    @abstractmethod
    def extract(self, embedded: Tensor, seen: Tensor) -> PersonalInterests:
        """The interests of P subsets of each sequence's items: [B, P, K, ·].

        embedded: [B, T, D]. seen: the items of each subset, bool [B or 1, P, T]; the first so many,
        at least one.
        """

    def readout(self, vectors: Tensor, alive: Tensor, targets: Tensor) -> Tensor:
        """The vector that the target is scored by in training: [N, D].

        vectors: [N, K, D]; alive: bool [N, K]; targets: the targets' own vectors, [N, D]. The
        interest with the largest product, as a choice without a gradient (ComiRec, eq. 5).
        """
        best = best_interest(vectors, alive, targets)
        return vectors.take_along_dim(best[:, None, None], dim=1).squeeze(1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """−mean log p(v_{t+1} | t) over positions with a target, see the module."""
        found = self.interests_of_prefixes(batch.items)
        queries = take_rows(found.vectors, batch.rows)  # [N, K, D]
        if self._loss == "readout":
            alive = take_rows(found.alive, batch.rows)
            queries = self.readout(queries, alive, self.table(batch.wanted))
        loss = self.table.cross_entropy(
            queries, batch.wanted, self._negatives, self._chunk_elements
        )
        return {"loss": loss, "reconstruction": loss.detach()}

    def interests_of(self, items: Tensor, lengths: Tensor) -> PersonalInterests:
        """See ``PersonalInterestRecommender.interests_of``."""
        items = items[:, : self.max_length]  # beyond are paddings alone
        seen = torch.arange(items.shape[1], device=items.device) < lengths[:, None]
        found = self.extract(self.dropout(self.table(items)), seen[:, None])
        return PersonalInterests(found.vectors[:, 0], found.weights[:, 0], found.alive[:, 0])

    def interests_of_prefixes(self, items: Tensor) -> PersonalInterests:
        """See ``PersonalInterestRecommender.interests_of_prefixes``."""
        items = items[:, : self.max_length]
        steps = items.shape[1]
        seen = torch.ones(steps, steps, dtype=torch.bool, device=items.device).tril()
        return self.extract(self.dropout(self.table(items)), seen[None])

    @torch.no_grad()
    def diagnostics(self, batch: Batch) -> dict[str, Tensor]:
        """Whether the interests live and differ.

        interest_cosine: mean cosine between two interests of a prefix. interests_per_prefix: those
        that it has. best_k: share of targets that interest k scores best. interests_alive: those
        that do so for ``ALIVE_SHARE`` of an even share and repeat none before (``SAME_COSINE``).
        """
        found = self.interests_of_prefixes(batch.items)
        vectors = at_least_float32(take_rows(found.vectors, batch.rows))
        alive = take_rows(found.alive, batch.rows)
        unit = functional.normalize(vectors, dim=-1) * alive[..., None]
        cosines = (unit @ unit.transpose(1, 2)).sum(dim=0).fill_diagonal_(0.0)  # [K, K]
        pairs = (alive[:, :, None] & alive[:, None]).sum(dim=0).fill_diagonal_(0)
        repeats = (cosines / pairs.clamp(min=1) >= SAME_COSINE).tril(-1).any(dim=1)
        best = best_interest(vectors, alive, at_least_float32(self.table(batch.wanted)))
        share = torch.bincount(best, minlength=self.interests) / len(best)
        figures = {
            "interest_cosine": cosines.sum() / pairs.sum().clamp(min=1),
            "interests_per_prefix": alive.sum(dim=1).float().mean(),
            "interests_alive": ((share * self.interests >= ALIVE_SHARE) & ~repeats).sum().float(),
        }
        for k in range(self.interests):
            figures[f"best_{k}"] = share[k]
        return figures
