"""Numbers for users, items and positions: functions of the data alone, whatever its format.

Users are 0.. by first appearance in the file; items 1.. by popularity, then label; positions by
time, then file order.
"""

import duckdb

from engine.library.rules import ITEMS, USERS
from engine.library.staging import Staged
from engine.library.watch import Watch


def number_users(watch: Watch, connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """The table ``numbered_users``: user, source and label (as staged, and as text), begins (how
    many interactions are of the users before), interactions."""
    watch.run(
        connection,
        f"""CREATE TABLE numbered_users AS
        SELECT (row_number() OVER by_first - 1)::INTEGER AS "user", source,
            source::VARCHAR AS label,
            (sum(interactions) OVER by_first)::BIGINT - interactions AS begins, interactions
        FROM (SELECT "user" AS source, interactions, coalesce(tally.first, found.first) AS first
            FROM {USERS} AS tally LEFT JOIN (
                SELECT "user", min(rows.rowid) AS first FROM {staged.rows} AS rows
                JOIN (SELECT "user" FROM {USERS} WHERE first IS NULL) USING ("user")
                JOIN {ITEMS} USING (item) GROUP BY "user") AS found USING ("user"))
        WINDOW by_first AS (ORDER BY first)""",
    )


def number_items(
    watch: Watch, connection: duckdb.DuckDBPyConnection, staged: Staged, about: Staged | None
) -> None:
    """The table ``numbered_items``: item, source and label (as staged, and as text), title,
    categories, popularity.

    about: staged titles and categories of a file of their own; None takes those of ``staged``.
    """
    described = about or staged
    if described.described:
        known = f"""SELECT item::VARCHAR AS label,
            arg_min(title, rowid) FILTER (title IS NOT NULL) AS title,
            arg_min(categories, rowid) FILTER (len(categories) > 0) AS categories
            FROM {described.rows}
            {f'WHERE "user" IN (SELECT "user" FROM {USERS})' if about is None else ""}
            GROUP BY item"""
    else:
        known = (
            "SELECT NULL::VARCHAR AS label, NULL::VARCHAR AS title, NULL::VARCHAR[] AS categories"
        )
    watch.run(
        connection,
        f"""CREATE TABLE numbered_items AS
        WITH known AS ({known}),
        numbered AS (
            SELECT row_number() OVER (ORDER BY interactions DESC, item::VARCHAR)::INTEGER AS number,
                item AS source, item::VARCHAR AS label, interactions AS popularity FROM {ITEMS})
        SELECT number AS item, source, label, title,
            coalesce(categories, []::VARCHAR[]) AS categories, popularity
        FROM numbered LEFT JOIN known USING (label) ORDER BY number""",
    )


def order_interactions(
    watch: Watch, connection: duckdb.DuckDBPyConnection, staged: Staged, *, by_time: bool
) -> None:
    """The table ``ordered``: user, item, time and rating of every interaction that is left, sorted
    by user, time (if ``by_time``) and file order, and where its user begins; ``rowid`` is the place
    in that order.
    """
    time = f"{staged.time} NULLS FIRST, " if by_time else ""
    few = watch.run(connection, f"SELECT count(*) FROM {staged.rows}")[0][0] < 1 << 31
    whole = "INTEGER" if few else "BIGINT"  # narrower rows sort faster
    watch.run(
        connection,
        f"""CREATE TABLE ordered AS
        SELECT users."user", items.item, {staged.time} AS time, rating, begins::{whole} AS begins
        FROM {staged.rows} AS rows JOIN numbered_users AS users ON rows."user" = users.source
        JOIN numbered_items AS items ON rows.item = items.source
        ORDER BY users."user", {time}rows.rowid::{whole}""",
    )
