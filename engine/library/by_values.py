"""Which column is the time, and which the rating, told by values where no name tells it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite

from engine.library.roles import Role

FIRST, LAST = 8e8, 2.2e9
"""Seconds since 1970 that a time lies between: from 1995 to 2039."""
LONGEST = 25 * 366 * 86_400
"""Seconds between the first and the last time of a file at most. Numbers that name somebody are
scattered over more."""
THOUSANDTHS = 1e3
"""Of a second, in which some programs write times."""
HIGHEST, MOST = 10.0, 21
"""Of ratings, and how many different ones there are at most: 0 to 10 in halves."""
ENOUGH = 5
"""Lines that a column is judged by at least."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?")


def are_times(values: Sequence[str]) -> bool:
    """Whether values are dates, or seconds or thousandths of seconds since 1970."""
    if len(values) < ENOUGH:
        return False
    if all(_DATE.fullmatch(value) for value in values):
        return True
    numbers = _numbers(values)
    if not numbers:
        return False
    scale = THOUSANDTHS if min(numbers) >= FIRST * THOUSANDTHS else 1.0
    first, last = min(numbers) / scale, max(numbers) / scale
    return first >= FIRST and last <= LAST and 0 < last - first <= LONGEST


def are_ratings(values: Sequence[str]) -> bool:
    """Whether values are a few different numbers from 0 to 10."""
    numbers = _numbers(values) if len(values) >= ENOUGH else []
    different = len(set(numbers))
    return (
        2 <= different <= min(MOST, len(numbers) // 2)
        and min(numbers) >= 0
        and max(numbers) <= HIGHEST
    )


def columns_by_values(
    columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> dict[Role, tuple[str, ...]]:
    """The columns that look like a time, and those that look like a rating; each by all its
    values in some rows."""
    whole = [row for row in rows if len(row) == len(columns)]
    values = [[row[place] for row in whole] for place in range(len(columns))]
    tests: tuple[tuple[Role, Callable[[Sequence[str]], bool]], ...] = (
        ("time", are_times),
        ("rating", are_ratings),
    )
    return {
        role: tuple(name for name, those in zip(columns, values, strict=True) if test(those))
        for role, test in tests
    }


def roles_by_values(alike: Mapping[Role, tuple[str, ...]], free: Sequence[str]) -> dict[Role, str]:
    """Roles of columns that have none yet. Where several look alike none is taken: a person is to
    say which it is. alike: see ``columns_by_values``. free: columns that have no role."""
    roles: dict[Role, str] = {}
    for role, columns in alike.items():
        open_ones = [name for name in columns if name in free and name not in roles.values()]
        if len(open_ones) == 1:
            roles[role] = open_ones[0]
    return roles


def _numbers(values: Sequence[str]) -> list[float]:
    """Values as numbers; empty if one is none, or has no end."""
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return []
    return numbers if all(map(isfinite, numbers)) else []
