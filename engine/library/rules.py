"""The rules that clean interactions, each in SQL, with the counts before and after it."""

from typing import Literal

import duckdb

from engine.library.library import Counts, Rule

Duplicates = Literal["keep", "first", "last"]


def count(connection: duckdb.DuckDBPyConnection, table: str) -> Counts:
    """Users, items and interactions of a staged table."""
    row = connection.execute(
        f'SELECT count(DISTINCT "user"), count(DISTINCT item), count(*) FROM {table}'
    ).fetchone()
    assert row is not None
    return Counts(*row)


def keep_rated(connection: duckdb.DuckDBPyConnection, table: str, minimum: float) -> Rule:
    """Keeps ratings of at least ``minimum``; rows without a rating count as positive."""
    before = count(connection, table)
    connection.execute(f"DELETE FROM {table} WHERE rating < ?", [minimum])
    return Rule(f"rating at least {minimum:g}", before, count(connection, table))


def settle_duplicates(
    connection: duckdb.DuckDBPyConnection, table: str, choice: Duplicates
) -> Rule:
    """What happens to a second interaction of one user with one item."""
    before = count(connection, table)
    row = connection.execute(
        f'SELECT count(*) - count(DISTINCT ("user", item)) FROM {table}'
    ).fetchone()
    repeated = row[0] if row else 0
    if choice != "keep" and repeated:
        order = "ASC" if choice == "first" else "DESC"
        connection.execute(
            f"""DELETE FROM {table} WHERE row NOT IN (
                SELECT row FROM {table} QUALIFY row_number() OVER (
                    PARTITION BY "user", item ORDER BY time {order}, row {order}) = 1)"""
        )
    said = {"keep": "all kept", "first": "the first kept", "last": "the last kept"}[choice]
    return Rule(f"{repeated:,} repeats of an item by a user: {said}", before,
                count(connection, table))  # fmt: skip


def keep_core(connection: duckdb.DuckDBPyConnection, table: str, k: int) -> Rule:
    """k-core: removes users and items with fewer than k interactions until none is left."""
    before = count(connection, table)
    left, rounds = before.interactions, 0
    while True:
        for column in ('"user"', "item"):
            connection.execute(
                f"DELETE FROM {table} WHERE {column} IN "
                f"(SELECT {column} FROM {table} GROUP BY {column} HAVING count(*) < ?)",
                [k],
            )
        now = count(connection, table).interactions
        if now == left:
            break
        left, rounds = now, rounds + 1
    return Rule(f"{k}-core, stable after {rounds} rounds", before, count(connection, table))
