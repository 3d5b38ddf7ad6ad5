"""Made ratings and titles as two CSV files, for measuring imports; the same ones every time."""

from pathlib import Path

import duckdb

RATINGS, TITLES = "ratings.csv", "movies.csv"


def make_ratings(folder: Path, *, rows: int, users: int, items: int) -> None:
    """Writes the files ``RATINGS`` and ``TITLES`` into a folder, in the form of MovieLens.

    Items follow Zipf's law; users are of very different lengths, a few of less than five; rows are
    in no order, neither by user nor by time, which is the worst case for an import.
    """
    # The n-th of four chances of row i in [0, 1): a hash, so that threads change nothing.
    chance = "((hash(i * 4 + {n}) >> 11) / pow(2, 53))".format
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"""COPY (SELECT
                1 + floor({users} * (1 - sqrt(1 - {chance(n=0)})))::BIGINT AS "userId",
                floor(pow({items + 1}, {chance(n=1)}))::BIGINT AS "movieId",
                (1 + floor(10 * {chance(n=2)})) / 2 AS rating,
                946684800 + floor(630720000 * {chance(n=3)})::BIGINT AS timestamp
            FROM range({rows}) AS made(i)) TO '{_text(folder / RATINGS)}' (HEADER)"""
        )
        connection.execute(
            f"""COPY (SELECT i AS "movieId", 'Title, the ' || i AS title,
                ['Drama', 'Comedy|War', 'War|Drama'][1 + i % 3] AS genres
            FROM range(1, {items + 1}) AS made(i)) TO '{_text(folder / TITLES)}' (HEADER)"""
        )


def _text(path: Path) -> str:
    return str(path).replace("'", "''")
