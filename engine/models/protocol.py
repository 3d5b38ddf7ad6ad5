"""The small protocol that every model follows.

Training, evaluation and exploring know models only through it, so SIGMA and every baseline are
treated alike. Sequences are padded on the right: a causal model then never sees padding from a
valid position, and no attention mask is needed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.blocks.item_table import ItemTable
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet


class Recommender(nn.Module, ABC):
    """A model of the next item.

    items: number V of items; ids are 1..V.
    max_length: the longest sequence that the model takes; callers keep the last items.
    table: the vectors that items are read by.
    """

    table: ItemTable

    def __init__(self, items: int, max_length: int) -> None:
        super().__init__()
        self.items = items
        self.max_length = max_length

    def prepare(self, training: SequenceSet) -> None:
        """Shows the model the whole training data before the first step of every process.

        training: every user's sequence without what is held out, on the model's device. Most
        models need no more than batches; a graph or a table of what users have seen is made here.
        """
        del training

    def begin(self, training: SequenceSet, tick: Callable[[], None] = lambda: None) -> None:
        """Sets where parameters begin that do not begin at random; once for each training, not when
        one goes on.

        training: as of ``prepare``, which has been called. tick: called before every piece of what
        has to be found first, each of which takes less than about a second; what it raises ends
        that, and parameters are as before. Never called where nothing has to be found.
        """
        del training, tick

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The parts of the loss of one batch, scalars by name; ``loss`` is the one to minimise,
        the others are detached and for people to read."""

    @abstractmethod
    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        """Scores of every item as the next one after each whole sequence.

        items: int64 [B, T] padded on the right; lengths: int64 [B].
        Returns float32 [B, V + 1]; column v is item v, column 0 is minus infinity.
        """

    def item_vectors(self) -> Tensor:
        """The vectors by which items are near to each other: float [V + 1, D], without gradient."""
        return self.table.weight.detach()

    def sparse_tables(self) -> list[ItemTable]:
        """Tables whose gradient is sparse, for an optimiser that updates few rows."""
        return [part for part in self.modules() if isinstance(part, ItemTable) and part.sparse]

    def diagnostics(self, batch: Batch) -> dict[str, Tensor]:
        """Figures on the state of the model over one batch, scalars by name, averaged over batches
        by the caller. Models with nothing to tell return nothing."""
        del batch
        return {}


class ScoresByProduct(ABC):
    """A model whose scores come from one vector and the table of items alone.

    table: the vectors that items are read by. Scores are ``t.query(q) @ t.keys(t.weight).T`` with
    t the ``output_table``.
    """

    table: ItemTable

    @property
    def output_table(self) -> ItemTable:
        """The vectors that items are scored by: those that they are read by, where a model has no
        others."""
        return self.table

    @abstractmethod
    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """The vector after each whole sequence: [B, D]. items: int64 [B, T]; lengths: [B]."""

    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``Recommender.scores``."""
        return self.output_table.scores(self.queries(items, lengths))


class HasPosterior(ScoresByProduct):
    """A model whose vector after a sequence is drawn from a posterior in training; ``queries``
    leaves the chance out. max_length: see ``Recommender``."""

    max_length: int

    @abstractmethod
    def sampled_queries(self, items: Tensor, lengths: Tensor, samples: int) -> Tensor:
        """Vectors of one sequence, each from a draw of the posterior: [samples, D].

        items: int64 [1, T]; lengths: int64 [1].
        """


class UserRecommender(Recommender):
    """A model that learns a vector of every user of its training data.

    users: number U of users, known by their places 0..U-1 in the data.
    ``scores`` asks it about any sequence, also one that is nobody's: the model then finds the
    vector that fits the sequence. ``scores_of_users`` uses the vectors that it learnt.
    """

    def __init__(self, items: int, users: int, max_length: int) -> None:
        super().__init__(items, max_length)
        self.users = users

    @abstractmethod
    def scores_of_users(self, users: Tensor) -> Tensor:
        """Scores of every item for users of the training data. users: int64 [B], from 0.

        Returns float32 [B, V + 1]; column v is item v, column 0 is minus infinity.
        """


class InterestRecommender(Recommender):
    """A model that sorts items into K categories of interest by itself.

    categories: K.
    """

    categories: int

    @abstractmethod
    def membership(self) -> Tensor:
        """p(k|v) of the whole catalogue: float32 [V + 1, K], row 0 (padding) is zero."""

    @abstractmethod
    def category_vectors(self) -> Tensor:
        """The direction c_k of each category among the items' vectors: float [K, D], unit rows."""


@dataclass(frozen=True)
class PersonalInterests:
    """Up to K interests of a person after a sequence; they belong to that person alone.

    vectors: float [..., K, D]; score(v) = max_k q_k · e_v. An interest that is not alive repeats
        the first one, so that it changes no maximum.
    weights: how much of each item of the sequence went into each interest, not negative,
        float [..., K, T]; 0 at items that the interests have not seen.
    alive: whether the person has this interest, bool [..., K]; the first always is.
    """

    vectors: Tensor
    weights: Tensor
    alive: Tensor

    @property
    def claims(self) -> Tensor:
        """The share of each item that each interest claims: float [..., K, T], sums to 1 over K at
        items that were seen."""
        total = self.weights.sum(dim=-2, keepdim=True)
        return self.weights / total.clamp(min=torch.finfo(total.dtype).tiny)

    @property
    def intensity(self) -> Tensor:
        """How much of the sequence each interest claims, every item counting alike: float [..., K],
        sums to 1."""
        mass = self.claims.sum(dim=-1)
        return mass / mass.sum(dim=-1, keepdim=True)

    @property
    def claimant(self) -> Tensor:
        """The interest that claims most of each item: int64 [..., T]; means nothing elsewhere."""
        return self.weights.argmax(dim=-2)


class PersonalInterestRecommender(Recommender):
    """A model that finds up to K interests in every sequence by itself, each a vector.

    Unlike categories (``InterestRecommender``) they are the person's own: the k-th interest of one
    person has nothing to do with another's, and an item of the catalogue belongs to none of them.

    interests: K.
    """

    interests: int

    @abstractmethod
    def interests_of(self, items: Tensor, lengths: Tensor) -> PersonalInterests:
        """The interests after each whole sequence: [B, K, ·]. items: int64 [B, T], padded on the
        right; lengths: int64 [B]."""

    @abstractmethod
    def interests_of_prefixes(self, items: Tensor) -> PersonalInterests:
        """The interests of every prefix: [B, T, K, ·]; index t belongs to the first t + 1 items.

        items: int64 [B, T]. Each prefix is as ``interests_of`` finds it alone.
        """

    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``Recommender.scores``: an item's score is its best interest's."""
        return self.table.best_scores(self.interests_of(items, lengths).vectors)


def right_padded(sequences: list[list[int]], max_length: int) -> tuple[Tensor, Tensor]:
    """Pads the last ``max_length`` items of each sequence; none may be empty.

    Returns items int64 [B, T] and lengths int64 [B].
    """
    kept = [sequence[-max_length:] for sequence in sequences]
    lengths = torch.tensor([len(sequence) for sequence in kept])
    items = torch.zeros(len(kept), int(lengths.max()), dtype=torch.int64)
    for row, sequence in enumerate(kept):
        items[row, : len(sequence)] = torch.tensor(sequence)
    return items, lengths
