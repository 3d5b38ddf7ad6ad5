"""Simulated readers of real books, with the truth behind every choice.

Each reader has two to four true interests. The mixture of them drifts along the sequence, from one
random mixture to another. A reader stays with an interest for a while (sessions), likes to go on
with a series, likes other books of the author just read, and else picks a book of the interest by
its popularity, which is long-tailed. No reader reads a book twice.

The generator draws from Python's ``random.Random`` through ``random()`` alone, whose stream is
guaranteed, and uses only additions, products and quotients of floats, which IEEE 754 fixes (never
``sum``, whose rounding differs between versions of Python): the same seed gives the same readers on
every platform.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from engine.simulation.books import Book

INTERESTS: dict[str, tuple[str, ...]] = {
    "Gothic & Horror": ("Gothic & Horror",),
    "Detective": ("Detective",),
    "Adventure & Sea": ("Adventure", "Sea & Travel"),
    "Science Fiction & Fantasy": ("Science Fiction", "Fantasy & Fairy Tales"),
    "Manners & Humour": ("Romance & Manners", "Humour & Satire"),
    "Realism & History": ("Social Novel", "Psychological", "Historical"),
    "Children's": ("Children's",),
    "Drama, Verse & Thought": ("Drama", "Poetry & Epic", "Philosophy & Essays"),
}
"""The true interests, each a group of genres."""

READERS = 3000
SEED = 1815
MAIN_GENRE = 0.8
"""Part of a book's true membership that its first genre decides; its others share the rest."""
STAY = 0.75
"""Chance that the next book is of the interest of the last one."""
NEXT_VOLUME = 0.6
"""Chance to go on with a series that was begun among the last books."""
SAME_AUTHOR = 0.25
"""Chance to stay with the author just read."""
SHORTEST, MEAN_LENGTH, LONGEST = 6, 24, 90
HEAD = 12
"""The most popular book weighs 1 / HEAD, the next 1 / (HEAD + 1), …: Zipf without its peak."""


@dataclass(frozen=True)
class Reader:
    """A simulated reader with the truth.

    books: indices into the catalogue, oldest first. mixtures: the true intensities of all interests
    when each book was chosen. interests: the interest drawn for each book.
    """

    label: str
    books: tuple[int, ...]
    mixtures: tuple[tuple[float, ...], ...]
    interests: tuple[int, ...]


@dataclass(frozen=True)
class World:
    """Books, true interests and readers.

    membership: true p(interest | book), [books, interests].
    """

    books: list[Book]
    interest_names: tuple[str, ...]
    membership: list[tuple[float, ...]]
    readers: list[Reader]

    def true_interest(self, book: int) -> int:
        """The interest that a book belongs to most."""
        own = self.membership[book]
        return own.index(max(own))


def simulate(books: Sequence[Book], *, readers: int = READERS, seed: int = SEED) -> World:
    """Makes a world; equal arguments give an equal world everywhere."""
    generator = random.Random(seed)
    membership = [_membership(book) for book in books]
    ranks = list(range(len(books)))
    for place in range(len(ranks) - 1, 0, -1):  # Fisher-Yates; shuffle()'s stream is not promised
        other = int(generator.random() * (place + 1))
        ranks[place], ranks[other] = ranks[other], ranks[place]
    _put_first_volumes_first(books, ranks)
    popularity = [1.0 / (HEAD + rank) for rank in ranks]
    shelves = _Shelves(books, membership, popularity)
    made = [_read(f"reader {number:04}", shelves, generator) for number in range(1, readers + 1)]
    return World(list(books), tuple(INTERESTS), membership, made)


def _put_first_volumes_first(books: Sequence[Book], ranks: list[int]) -> None:
    """Within a series, earlier volumes are the better known: its ranks are dealt out in order."""
    series: dict[str, list[int]] = {}
    for index, book in enumerate(books):
        if book.series is not None:
            series.setdefault(book.series, []).append(index)
    for volumes in series.values():
        volumes.sort(key=lambda index: books[index].number or 0)
        for index, rank in zip(volumes, sorted(ranks[index] for index in volumes), strict=True):
            ranks[index] = rank


def _membership(book: Book) -> tuple[float, ...]:
    shares = [0.0] * len(INTERESTS)
    names = list(INTERESTS.values())
    others = book.genres[1:]
    for place, genre in enumerate(book.genres):
        interest = next(index for index, group in enumerate(names) if genre in group)
        if place == 0:
            shares[interest] += MAIN_GENRE if others else 1.0
        else:
            shares[interest] += (1.0 - MAIN_GENRE) / len(others)
    return tuple(shares)


class _Shelves:
    """The catalogue as a reader meets it: by interest, by author, by series."""

    def __init__(
        self,
        books: Sequence[Book],
        membership: Sequence[Sequence[float]],
        popularity: Sequence[float],
    ) -> None:
        self.books = books
        self.membership = membership
        self.popularity = popularity
        self.by_interest = [
            [index for index, own in enumerate(membership) if own[interest] > 0.0]
            for interest in range(len(INTERESTS))
        ]
        self.sums = [
            list(accumulate(popularity[index] * membership[index][interest] for index in shelf))
            for interest, shelf in enumerate(self.by_interest)
        ]
        self.by_author: dict[str, list[int]] = {}
        self.volumes: dict[str, list[int]] = {}
        for index, book in enumerate(books):
            self.by_author.setdefault(book.author, []).append(index)
            if book.series is not None:
                self.volumes.setdefault(book.series, []).append(index)
        for volumes in self.volumes.values():
            volumes.sort(key=lambda index: books[index].number or 0)

    def next_volume(self, book: int, read: set[int]) -> int | None:
        """The first volume after a book in its series that was not read."""
        series = self.books[book].series
        if series is None:
            return None
        volumes = self.volumes[series]
        later = volumes[volumes.index(book) + 1 :]
        return next((volume for volume in later if volume not in read), None)

    def of_author(
        self, book: int, interest: int, read: set[int], generator: random.Random
    ) -> int | None:
        """Another book of the same author that fits the interest."""
        fitting = [
            other
            for other in self.by_author[self.books[book].author]
            if other not in read and self.membership[other][interest] > 0.0
        ]
        if not fitting:
            return None
        weights = list(accumulate(self.popularity[other] for other in fitting))
        return fitting[_draw(weights, generator)]

    def of_interest(self, interest: int, read: set[int], generator: random.Random) -> int:
        """A book of an interest by popularity and membership."""
        while True:
            book = self.by_interest[interest][_draw(self.sums[interest], generator)]
            if book not in read:
                return book


def _draw(sums: Sequence[float], generator: random.Random) -> int:
    return min(bisect_right(sums, generator.random() * sums[-1]), len(sums) - 1)


def _mixture(interests: Sequence[int], generator: random.Random) -> tuple[float, ...]:
    weights = [0.0] * len(INTERESTS)
    for interest in interests:
        weights[interest] = 0.1 + generator.random()
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def _read(label: str, shelves: _Shelves, generator: random.Random) -> Reader:
    count = 2 + int(generator.random() * 3)
    interests: list[int] = []
    while len(interests) < count:
        interest = int(generator.random() * len(INTERESTS))
        if interest not in interests:
            interests.append(interest)
    begin, end = _mixture(interests, generator), _mixture(interests, generator)
    length = SHORTEST
    while length < LONGEST and generator.random() * (MEAN_LENGTH - SHORTEST + 1) >= 1.0:
        length += 1
    books: list[int] = []
    mixtures: list[tuple[float, ...]] = []
    drawn: list[int] = []
    read: set[int] = set()
    for step in range(length):
        along = step / (length - 1)
        mixture = tuple(
            (1.0 - along) * first + along * last for first, last in zip(begin, end, strict=True)
        )
        if drawn and generator.random() < STAY:
            interest = drawn[-1]
        else:
            interest = _draw(list(accumulate(mixture)), generator)
        book = _choose(books, interest, read, shelves, generator)
        books.append(book)
        mixtures.append(mixture)
        drawn.append(interest)
        read.add(book)
    return Reader(label, tuple(books), tuple(mixtures), tuple(drawn))


def _choose(
    books: list[int], interest: int, read: set[int], shelves: _Shelves, generator: random.Random
) -> int:
    if books and generator.random() < NEXT_VOLUME:
        for earlier in reversed(books[-2:]):
            volume = shelves.next_volume(earlier, read)
            if volume is not None and shelves.membership[volume][interest] > 0.0:
                return volume
    if books and generator.random() < SAME_AUTHOR:
        book = shelves.of_author(books[-1], interest, read, generator)
        if book is not None:
            return book
    return shelves.of_interest(interest, read, generator)
