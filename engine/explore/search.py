"""Fuzzy search over titles, as a person types.

Titles that contain the text come first, found by scanning blocks of joined titles. Where they are
too few, typing errors are forgiven: the titles that share the most pairs of letters with the text
are compared with it. Pairs are kept as a signature of 256 bits a title, so that a million titles
are sifted in milliseconds. Sifting also finds more than comparing all does: rapidfuzz's WRatio
likes short common parts too much.

Every step is short or outside of Python's lock, so that a search in a thread never holds up the
screen.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process, utils

LONGEST_TITLE = 200
"""Characters of a title that are searched."""
BLOCK = 20_000
"""Titles that are scanned in one go, in less than a millisecond."""
COMPARED = 1_000
"""Titles that are compared letter by letter at most, in a few milliseconds."""
SIMILAR = 55
"""Of 100: titles less alike than this are not found."""
WORDS = 4
"""Of 64 bits, in a signature."""


class TitleSearch:
    """Finds items by their titles: words in any order, typing errors forgiven.

    titles: of items 1..V; popularity: int [V], settles equals.
    """

    def __init__(self, titles: Sequence[str], popularity: npt.NDArray[np.int64]) -> None:
        by_popularity = np.argsort(-popularity, kind="stable")
        self._items = by_popularity + 1
        self._blocks = [
            _Block([utils.default_process(titles[index][:LONGEST_TITLE]) for index in part])
            for part in np.split(by_popularity, range(BLOCK, len(by_popularity), BLOCK))
        ]
        self._signatures = np.concatenate([block.signatures() for block in self._blocks])

    def find(
        self, text: str, limit: int = 20, stale: Callable[[], bool] = lambda: False
    ) -> list[int]:
        """Item ids, best first; the most popular ones for an empty text.

        stale: asked now and then whether the search may be given up, and nothing be returned.
        """
        wanted = utils.default_process(text)
        if not wanted:
            return [int(item) for item in self._items[:limit]]
        places = self._containing(wanted, limit, stale)
        if len(places) < limit and not stale():
            known = set(places)
            places += [place for place in self._similar(wanted) if place not in known]
        return [] if stale() else [int(self._items[place]) for place in places[:limit]]

    def _containing(self, wanted: str, limit: int, stale: Callable[[], bool]) -> list[int]:
        """Titles that begin with the text, then those that contain it, each by popularity."""
        beginning: list[int] = []
        inside: list[int] = []
        for number, block in enumerate(self._blocks):
            room = limit - len(beginning)
            if stale() or not room:
                break
            first = number * BLOCK
            beginning += [first + place for place in block.beginning(wanted, room)]
            inside += [first + place for place in block.inside(wanted, limit - len(inside))]
        return beginning + inside

    def _similar(self, wanted: str) -> list[int]:
        """Titles that are much like the text, the most alike first."""
        candidates = self._candidates(wanted)
        titles = [self._blocks[place // BLOCK].title(place % BLOCK) for place in candidates]
        likeness = process.cdist(
            [wanted], titles, scorer=fuzz.WRatio, score_cutoff=SIMILAR, dtype=np.float32
        )[0]
        order = np.argsort(-np.round(likeness), kind="stable")  # equals by popularity
        return [candidates[index] for index in order if likeness[index] > 0]

    def _candidates(self, wanted: str) -> list[int]:
        """The titles that share the most pairs of letters, in the order of popularity."""
        signature = _Block([wanted]).signatures()[0]
        shared = np.zeros(len(self._items), dtype=np.uint8)
        for word in range(WORDS):
            shared += np.bitwise_count(self._signatures[:, word] & signature[word])
        best_first = np.cumsum(np.bincount(shared)[::-1])  # titles with the most pairs, and so on
        most = len(best_first) - 1
        least = max(1, most - int(np.searchsorted(best_first, COMPARED)))
        more = np.flatnonzero(shared > least)
        same = np.flatnonzero(shared == least)[: max(0, COMPARED - len(more))]
        return sorted((*more.tolist(), *same.tolist()))


class _Block:
    """Some titles, folded, joined by line breaks, which no folded title holds."""

    def __init__(self, titles: list[str]) -> None:
        self._text = "\n" + "\n".join(titles) + "\n"
        lengths = np.fromiter(map(len, titles), dtype=np.int64, count=len(titles))
        self._starts = np.cumsum(np.concatenate(([1], lengths[:-1] + 1)))
        self._start_list = self._starts.tolist()

    def title(self, place: int) -> str:
        """The title at a place."""
        start = self._start_list[place]
        return self._text[start : self._text.index("\n", start)]

    def beginning(self, wanted: str, limit: int) -> list[int]:
        """Places of the first titles that begin with a text."""
        found: list[int] = []
        position = self._text.find(f"\n{wanted}")
        while position >= 0 and len(found) < limit:
            found.append(bisect_right(self._start_list, position + 1) - 1)
            position = self._text.find(f"\n{wanted}", position + 1)
        return found

    def inside(self, wanted: str, limit: int) -> list[int]:
        """Places of the first titles that contain a text, but do not begin with it."""
        found: list[int] = []
        position = self._text.find(wanted) if limit else -1
        while position >= 0 and len(found) < limit:
            if self._text[position - 1] != "\n":
                found.append(bisect_right(self._start_list, position) - 1)
            position = self._text.find(wanted, self._text.index("\n", position))
        return found

    def signatures(self) -> npt.NDArray[np.uint64]:
        """A bit for each pair of neighbouring letters within words, of 256: uint64 [n, 4]."""
        codes = np.frombuffer(self._text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        left, right = codes[:-1], codes[1:]
        bit = (left * np.uint32(2_654_435_761) + right * np.uint32(2_246_822_519)) >> np.uint32(24)
        within = (left > 32) & (right > 32)  # neither a space nor a line break
        value = np.where(within, np.uint64(1) << (bit & 63).astype(np.uint64), np.uint64(0))
        starts = np.minimum(self._starts, len(value) - 1)
        return np.stack(
            [
                np.bitwise_or.reduceat(np.where(bit >> 6 == word, value, np.uint64(0)), starts)
                for word in range(WORDS)
            ],
            axis=1,
        )
