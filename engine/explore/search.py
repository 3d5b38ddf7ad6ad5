"""Fuzzy search over titles, as a person types."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process, utils

LONGEST_TITLE = 200
"""Characters of a title that are searched."""


class TitleSearch:
    """Finds items by their titles: words in any order, typing errors forgiven.

    titles: of items 1..V; popularity: int [V], settles equals.
    """

    def __init__(self, titles: Sequence[str], popularity: npt.NDArray[np.int64]) -> None:
        self._folded = [utils.default_process(title[:LONGEST_TITLE]) for title in titles]
        self._popularity = popularity
        self._by_popularity = np.argsort(-popularity, kind="stable")

    def find(self, text: str, limit: int = 20) -> list[int]:
        """Item ids, best first; the most popular ones for an empty text."""
        wanted = utils.default_process(text)
        if not wanted:
            return [int(index) + 1 for index in self._by_popularity[:limit]]
        starts = [index for index, title in enumerate(self._folded) if title.startswith(wanted)]
        contains = [
            index
            for index, title in enumerate(self._folded)
            if wanted in title and not title.startswith(wanted)
        ]
        exact = sorted(starts, key=self._rank) + sorted(contains, key=self._rank)
        if len(exact) >= limit:
            return [index + 1 for index in exact[:limit]]
        found = process.extract(
            wanted,
            self._folded,
            scorer=fuzz.WRatio,
            processor=None,
            limit=limit * 2,
            score_cutoff=55,
        )
        fuzzy = sorted(found, key=lambda match: (-round(match[1]), self._rank(match[2])))
        known = set(exact)
        ordered = exact + [match[2] for match in fuzzy if match[2] not in known]
        return [index + 1 for index in ordered[:limit]]

    def _rank(self, index: int) -> tuple[int, int]:
        return -int(self._popularity[index]), index
