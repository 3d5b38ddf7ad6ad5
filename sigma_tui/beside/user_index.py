"""Which users are listed, in which order: a million are filtered and sorted in some 20 ms."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sigma_tui.beside.afterthoughts import Surveyed

Order = Literal[
    "file", "longest", "shortest", "mixed", "single", "diverse", "alike", "best", "worst"
]
"""As in the file; by length; by entropy, ``mixed`` with the highest first; by Diversity@10,
``diverse`` with the highest first; by the rank of the held-out item, ``best`` with rank 1 first."""
SURVEYED: frozenset[Order] = frozenset(("diverse", "alike", "best", "worst"))
"""Orders that need a survey of all users."""

Numbers = npt.NDArray[np.float32] | npt.NDArray[np.float64] | npt.NDArray[np.int64]


class UserIndex:
    """Every user of a dataset, by label, length, entropy and, as far as they are surveyed, by
    Diversity@10 and rank of the held-out item.

    labels: of users 0..U-1. lengths: int [U], items of each. entropies: float [U] in bits, or None
    without interests. diversifies: whether there are any categories that a list can be diverse by.
    """

    def __init__(
        self,
        labels: list[str],
        lengths: npt.NDArray[np.int64],
        entropies: npt.NDArray[np.float32] | None,
        *,
        diversifies: bool = False,
    ) -> None:
        self.labels, self.lengths, self.entropies = labels, lengths, entropies
        self.diversifies = diversifies
        self.surveyed: Surveyed | None = None
        folded = [label.casefold() for label in labels]
        sizes = np.fromiter(map(len, folded), dtype=np.int64, count=len(folded))
        self._starts = np.concatenate(([0], np.cumsum(sizes + 1)))[:-1]
        self._letters = _letters("\n".join(folded) + "\n")
        self._sorted: dict[Order, tuple[object, npt.NDArray[np.intp]]] = {}

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that there are for this model and its data."""
        orders: list[Order] = ["file", "longest", "shortest"]
        if self.entropies is not None:
            orders += ["mixed", "single"]
        if self.diversifies:
            orders += ["diverse", "alike"]
        return (*orders, "best", "worst")

    def note(self, surveyed: Surveyed) -> None:
        """Takes over what a survey knows by now."""
        self.surveyed = surveyed

    def rows(self, wanted: str, order: Order) -> npt.NDArray[np.intp]:
        """Users whose label contains a text, whatever the case of its letters: int [n]."""
        everyone = self._ordered(order)
        wanted = wanted.strip().casefold()
        if not wanted:
            return everyone
        matching = self._matching(wanted)
        return np.flatnonzero(matching) if order == "file" else everyone[matching[everyone]]

    def named(self, wanted: str) -> int | None:
        """The user who is called exactly so, if there is one."""
        try:
            return self.labels.index(wanted.strip())
        except ValueError:
            return None

    def _matching(self, wanted: str) -> npt.NDArray[np.bool_]:
        """Whether each label contains a text: bool [U]."""
        sought = _letters(wanted)
        if sought.dtype.itemsize > self._letters.dtype.itemsize or len(sought) > len(self._letters):
            return np.zeros(len(self.labels), dtype=np.bool_)
        here = np.zeros(len(self._letters), dtype=np.bool_)  # whether the text begins at a letter
        last = len(self._letters) - len(sought) + 1
        here[:last] = self._letters[:last] == sought[0]
        for offset, letter in enumerate(sought[1:], start=1):
            here[:last] &= self._letters[offset : last + offset] == letter
        return np.logical_or.reduceat(here, self._starts)

    def _ordered(self, order: Order) -> npt.NDArray[np.intp]:
        """Every user in an order; sorted once, or again when more is surveyed."""
        surveyed = self.surveyed if order in SURVEYED else None
        known = self._sorted.get(order)
        if known is None or known[0] is not surveyed:
            keys = self._keys(order, surveyed)
            known = self._sorted[order] = surveyed, np.argsort(keys, kind="stable")
        return known[1]

    def _keys(self, order: Order, surveyed: Surveyed | None) -> Numbers:
        """What is smallest comes first; what is not known comes last."""
        if order == "file" or (order in SURVEYED and surveyed is None):
            return np.arange(len(self.labels))
        if order in ("longest", "shortest"):
            return -self.lengths if order == "longest" else self.lengths
        if order in ("mixed", "single"):
            assert self.entropies is not None
            return -self.entropies if order == "mixed" else self.entropies
        assert surveyed is not None
        numbers = surveyed.diversity if order in ("diverse", "alike") else surveyed.ranks
        finite = np.isfinite(numbers)  # not of an item that was there before and can only miss
        sign = -1 if order in ("diverse", "worst") else 1
        return np.where(finite, sign * numbers, np.float32(np.inf))


@dataclass(frozen=True)
class ListedUsers:
    """Users as they are filtered and sorted. rows: int [n], which of the index."""

    index: UserIndex
    rows: npt.NDArray[np.intp]


def _letters(text: str) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint32]:
    """Code points of a text, a byte each if they fit."""
    try:
        return np.frombuffer(text.encode("latin-1"), dtype=np.uint8)
    except UnicodeEncodeError:
        return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
