"""What the explorer answers: plain values, ready to be shown, printed or written as JSON.

Item ids are 1..V as in the library; categories are 0..K-1 and shown as letters A, B, C … Models
whose interests are a person's own have no categories of the catalogue: there the letters stand for
the K interests of the person who is asked about.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interest:
    """One interest of a person after the last item of a sequence (paper 3.2).

    category: 0..K-1; of a personal interest its number.
    intensity: w_{t,k}, not negative; all intensities of an answer sum to 1.
    spread: mean over dimensions of σ_{t,k}, the standard deviation of the Gaussian (6); None where
        an interest is a vector alone.
    hard_count: items of the sequence that belong to this category by argmax p(k|v), or that this
        personal interest claims more of than any other.
    """

    category: int
    intensity: float
    spread: float | None
    hard_count: int


@dataclass(frozen=True)
class Recommendation:
    """One line of a top-K list.

    rank: 1-based, among the items that may be recommended.
    item: item id.
    score: o_t · e_v, the decoder's logit (13).
    probability: softmax of the scores over the whole catalogue (13).
    category: argmax_k p(k|v), or the personal interest that scores it best; None for a model
        without interests.
    membership: p(category|v); None without categories of the catalogue.
    """

    rank: int
    item: int
    score: float
    probability: float
    category: int | None
    membership: float | None


@dataclass(frozen=True)
class Answer:
    """All that one forward pass says of one sequence.

    items: the sequence that was asked about, oldest first, as the model was given it.
    item_interests: the category of each of them, or the personal interest that claims most of it,
        None where the model no longer sees the item; None for all without interests.
    interests: one per category, in category order, or those that the person has; empty for a model
        without interests.
    steered: the intensities w′ that steering asked for, in category order; empty without.
    entropy: of the intensities, in bits.
    recommendations: best first.
    diversity: Diversity@K (15) over metadata categories; None if K < 2.
    diversity_learned: the same over the recommendations' ``category``; None without interests.
    without_categories: recommended items that have no metadata category (counted as different).
    coverage: the list's share of the catalogue.
    novelty: mean −log₂ of the listed items' share of all interactions, in bits; None without a
        list. Rarely chosen items are many bits.
    target: the held-out item asked about, if any.
    target_rank: its rank among the items that may be recommended, ties counted half; None if there
        is no target or the target is in the history (then it can only miss).
    milliseconds: time the engine took.
    """

    items: tuple[int, ...]
    item_interests: tuple[int | None, ...]
    interests: tuple[Interest, ...]
    steered: tuple[float, ...]
    entropy: float
    recommendations: tuple[Recommendation, ...]
    diversity: float | None
    diversity_learned: float | None
    without_categories: int
    coverage: float
    novelty: float | None
    target: int | None
    target_rank: float | None
    milliseconds: float
