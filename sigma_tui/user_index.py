"""Which users are listed, in which order: a million are filtered and sorted in some 20 ms."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Order = Literal["file", "longest", "shortest", "mixed", "single"]
"""As in the file; by length; by entropy, ``mixed`` with the highest first."""


class UserIndex:
    """Every user of a dataset, by label, length and entropy.

    labels: of users 0..U-1. lengths: int [U], items of each. entropies: float [U] in bits, or None
    without interests.
    """

    def __init__(
        self,
        labels: list[str],
        lengths: npt.NDArray[np.int64],
        entropies: npt.NDArray[np.float32] | None,
    ) -> None:
        self.labels, self.lengths, self.entropies = labels, lengths, entropies
        folded = [label.casefold() for label in labels]
        sizes = np.fromiter(map(len, folded), dtype=np.int64, count=len(folded))
        self._starts = np.concatenate(([0], np.cumsum(sizes + 1)))[:-1]
        self._letters = _letters("\n".join(folded) + "\n")
        self._sorted: dict[Order, npt.NDArray[np.intp]] = {"file": np.arange(len(labels))}

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that there are; those by entropy only where there are interests."""
        by_length: tuple[Order, ...] = ("file", "longest", "shortest")
        return by_length if self.entropies is None else (*by_length, "mixed", "single")

    def rows(self, wanted: str, order: Order) -> npt.NDArray[np.intp]:
        """Users whose label contains a text, whatever the case of its letters: int [n]."""
        everyone = self._ordered(order)
        wanted = wanted.strip().casefold()
        if not wanted:
            return everyone
        matching = self._matching(wanted)
        return np.flatnonzero(matching) if order == "file" else everyone[matching[everyone]]

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
        """Every user in an order, sorted once."""
        if order not in self._sorted:
            keys: dict[Order, npt.NDArray[np.int64] | npt.NDArray[np.float32]] = {
                "longest": -self.lengths,
                "shortest": self.lengths,
            }
            if self.entropies is not None:
                keys |= {"mixed": -self.entropies, "single": self.entropies}
            self._sorted[order] = np.argsort(keys[order], kind="stable")
        return self._sorted[order]


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
