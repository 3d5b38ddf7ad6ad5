"""The rules that clean interactions, each in SQL, with the counts before and after it.

``tally`` counts the interactions of every user and item once; every rule keeps these two tallies
true, so that no rule counts the interactions again. The k-core takes users and items off the
tallies alone: interactions of those that are not on them are passed over from then on.
"""

from typing import Literal

import duckdb

from engine.library.library import Counts, Rule
from engine.library.watch import Watch

Duplicates = Literal["keep", "first", "last"]

USERS, ITEMS = "user_tally", "item_tally"
"""Tables: "user" or item, and ``interactions``, their number. Of users also ``first``: the row of
the first interaction, or NULL if the k-core removed some, so that it must be looked up."""


def tally(watch: Watch, connection: duckdb.DuckDBPyConnection, rows: str) -> Counts:
    """Counts the interactions of every user and item into the tables ``USERS`` and ``ITEMS``."""
    for table, column, first in ((USERS, '"user"', ", min(rowid) AS first"), (ITEMS, "item", "")):
        watch.run(
            connection,
            f"CREATE OR REPLACE TABLE {table} AS SELECT {column}, count(*) AS interactions{first} "
            f"FROM {rows} GROUP BY {column}",
        )
    return tallied(watch, connection)


def tallied(watch: Watch, connection: duckdb.DuckDBPyConnection) -> Counts:
    """What the tallies add up to."""
    return Counts(
        *watch.run(
            connection,
            f"SELECT (SELECT count(*) FROM {USERS}), count(*), "
            f"coalesce(sum(interactions), 0)::BIGINT FROM {ITEMS}",
        )[0]
    )


def keep_rated(
    watch: Watch,
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    minimum: float,
    before: Counts,
) -> Rule:
    """Keeps ratings of at least ``minimum``; rows without a rating count as positive."""
    watch.run(connection, f"DELETE FROM {rows} WHERE rating < ?", [minimum])
    return Rule(f"rating at least {minimum:g}", before, tally(watch, connection, rows))


def drop_repeats(
    watch: Watch,
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    time: str | None,
    choice: Literal["first", "last"],
) -> int:
    """Keeps one interaction of each user with each item; returns how many were dropped.

    time: SQL for a row's time, None for file order alone, which also breaks ties.
    """
    order = "ASC" if choice == "first" else "DESC"
    key = f"{time} {order}, " if time else ""
    return int(
        watch.run(
            connection,
            f"""DELETE FROM {rows} WHERE rowid IN (
            SELECT rowid FROM {rows} QUALIFY row_number() OVER (
                PARTITION BY "user", item ORDER BY {key}rowid {order}) > 1)""",
        )[0][0]
    )


def keep_core(
    watch: Watch, connection: duckdb.DuckDBPyConnection, rows: str, k: int, before: Counts
) -> tuple[Rule, int]:
    """k-core: removes users and items with fewer than k interactions until none is left.

    Only the interactions that are lost are looked at in a round, not all that are left. Returns the
    rule, and how many of the lost interactions repeat another one of the same user and item.
    """
    left, rounds, repeats = before.interactions, 0, 0
    while True:
        lost_before = left
        for here, column, there, other, first in (
            (USERS, '"user"', ITEMS, "item", ""),
            (ITEMS, "item", USERS, '"user"', ", CASE WHEN fewer IS NULL THEN first END AS first"),
        ):
            gone = f"SELECT {column} FROM {here} WHERE interactions < {k}"
            if not watch.run(connection, f"SELECT count(*) FROM ({gone})")[0][0]:
                continue
            watch.run(
                connection,
                f"""CREATE OR REPLACE TABLE lost AS SELECT "user", item FROM {rows}
                JOIN ({gone}) USING ({column}) JOIN {there} USING ({other})""",
            )
            watch.run(connection, f"DELETE FROM {here} WHERE interactions < {k}")
            watch.run(
                connection,
                f"""CREATE OR REPLACE TABLE {there} AS
                SELECT {other}, interactions - coalesce(fewer, 0) AS interactions{first}
                FROM {there} LEFT JOIN (SELECT {other}, count(*) AS fewer FROM lost
                    GROUP BY {other}) USING ({other})""",
            )
            count, repeated = watch.run(
                connection,
                'SELECT count(*), count(*) - count(DISTINCT ("user", item)) FROM lost',
            )[0]
            left, repeats = left - count, repeats + repeated
        if left == lost_before:
            break
        rounds += 1
    watch.run(connection, "DROP TABLE IF EXISTS lost")
    after = tallied(watch, connection)
    return Rule(
        f"{k}-core, stable after {rounds} round{'s' * (rounds != 1)}", before, after
    ), repeats
