"""How much two lists of recommendations have in common.

W. Webber, A. Moffat, J. Zobel: "A similarity measure for indefinite rankings", ACM Transactions on
Information Systems 28(4), 2010, article 20: rank-biased overlap, and its extrapolation (32) from
the beginnings of two lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

PERSISTENCE = 0.9
"""p of rank-biased overlap: the first ten places have 86 % of the weight (21)."""


@dataclass(frozen=True)
class Agreement:
    """What two lists have in common. overlaps: overlap@K by K. rank_biased: RBO_ext over all that
    is known of both. None where there is nothing to compare."""

    overlaps: dict[int, float | None]
    rank_biased: float | None

    @classmethod
    def of(cls, first: Sequence[int], second: Sequence[int], ks: Sequence[int]) -> "Agreement":
        """Of two lists, best first."""
        overlaps = {k: overlap_at(first, second, k) for k in ks}
        return cls(overlaps, rank_biased_overlap(first, second))


def overlap_at(first: Sequence[int], second: Sequence[int], k: int) -> float | None:
    """The share of the first K of one list that are among the first K of the other.

    Lists without repetition. Where both are shorter than K, the longer one counts as K; None if
    both are empty.
    """
    one, other = set(first[:k]), set(second[:k])
    longest = max(len(one), len(other))
    return len(one & other) / longest if longest else None


def rank_biased_overlap(
    first: Sequence[int], second: Sequence[int], p: float = PERSISTENCE
) -> float | None:
    """RBO_ext: 0 where nothing is shared, 1 for equal lists, the first places counting most.

    Lists without repetition, best first, equally long or not; the agreement at the end of what is
    known is taken to go on for ever. p: in (0, 1), the chance that a reader goes on from one place
    to the next. None if a list is empty.
    """
    shorter, longer = sorted((first, second), key=len)
    s, length = len(shorter), len(longer)  # s and l of the paper
    if not s:
        return None
    seen_short: set[int] = set()
    seen_long: set[int] = set()
    shared = 0  # X_d, the size of the overlap at depth d
    total = 0.0
    shared_at_s = 0
    for depth in range(1, length + 1):
        there = longer[depth - 1]
        here = shorter[depth - 1] if depth <= s else None
        if here is not None and here == there:
            shared += 1
        else:
            shared += there in seen_short
            shared += here is not None and here in seen_long
        seen_long.add(there)
        if here is not None:
            seen_short.add(here)
        if depth == s:
            shared_at_s = shared
        total += shared / depth * p**depth
        if depth > s:  # what the shorter list may still share
            total += shared_at_s * (depth - s) / (s * depth) * p**depth
    rest = (shared - shared_at_s) / length + shared_at_s / s
    return (1 - p) / p * total + rest * p**length
