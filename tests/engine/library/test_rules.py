"""The rules in SQL against plain Python, on made interactions."""

from collections import Counter
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.library.library import Counts
from engine.library.rules import ITEMS, USERS, keep_core, tally
from engine.library.watch import Watch

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60)


def slow_core(pairs: list[tuple[int, int]], k: int) -> tuple[list[tuple[int, int]], int]:
    """What is left of the interactions, and in how many rounds: counted anew each time."""
    rounds = 0
    while True:
        before = len(pairs)
        for place in (0, 1):
            counts = Counter(pair[place] for pair in pairs)
            pairs = [pair for pair in pairs if counts[pair[place]] >= k]
        if len(pairs) == before:
            return pairs, rounds
        rounds += 1


@pytest.mark.thorough
@settings(deadline=None, max_examples=40)
@given(pairs=PAIRS, k=st.integers(1, 4))
def test_the_core_is_what_counting_anew_in_every_round_leaves(pairs, k) -> None:
    expected, rounds = slow_core(pairs, k)
    with (
        duckdb.connect() as connection,
        Watch(lambda _progress: None, lambda: False) as watch,
    ):
        connection.execute('CREATE TABLE rows ("user" BIGINT, item VARCHAR)')
        if pairs:
            connection.executemany("INSERT INTO rows VALUES (?, ?)", pairs)
        before = tally(watch, connection, "rows")
        rule, lost_repeats = keep_core(watch, connection, "rows", k, before)
        left = connection.execute(
            f'SELECT rows."user", item::INTEGER, first FROM rows JOIN {USERS} USING ("user") '
            f"JOIN {ITEMS} USING (item) ORDER BY rows.rowid"
        ).fetchall()
        firsts = dict(connection.execute(f'SELECT "user", first FROM {USERS}').fetchall())
    assert before == counts(pairs)
    assert [(user, item) for user, item, _first in left] == expected
    assert rule.after == counts(expected)
    assert rule.text == f"{k}-core, stable after {rounds} round{'s' * (rounds != 1)}"
    assert lost_repeats == repeats(pairs) - repeats(expected)
    kept = set(expected)
    for user, first in firsts.items():
        mine = [row for row, pair in enumerate(pairs) if pair[0] == user]
        untouched = all(pairs[row] in kept for row in mine)
        assert first == (mine[0] if untouched else None)


def counts(pairs: list[tuple[int, int]]) -> Counts:
    users, items = {user for user, _ in pairs}, {item for _, item in pairs}
    return Counts(len(users), len(items), len(pairs))


def repeats(pairs: list[tuple[int, int]]) -> int:
    return len(pairs) - len(set(pairs))


def test_no_rule_keeps_a_table_of_its_own(tmp_path: Path) -> None:
    with (
        duckdb.connect() as connection,
        Watch(lambda _progress: None, lambda: False) as watch,
    ):
        connection.execute("CREATE TABLE rows AS SELECT 1 AS \"user\", 'x' AS item")
        keep_core(watch, connection, "rows", 2, tally(watch, connection, "rows"))
        names = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert names == {"rows", USERS, ITEMS}
