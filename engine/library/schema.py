"""The tables of the library file and its version.

One file holds all datasets. Every table but ``library`` carries the dataset's number; nothing
refers to rows by any other hidden key, so a dataset is removed by that number.
"""

VERSION = 1

TABLES = (
    "CREATE TABLE {library}.library (version INTEGER NOT NULL)",
    """CREATE TABLE {library}.datasets (
        dataset INTEGER NOT NULL, name VARCHAR NOT NULL, imported_at VARCHAR NOT NULL,
        fingerprint VARCHAR NOT NULL, users BIGINT NOT NULL, items BIGINT NOT NULL,
        interactions BIGINT NOT NULL, max_length BIGINT NOT NULL, first_time DOUBLE,
        last_time DOUBLE, rejected BIGINT NOT NULL, options VARCHAR NOT NULL,
        rules VARCHAR NOT NULL)""",
    """CREATE TABLE {library}.users (
        dataset INTEGER NOT NULL, "user" INTEGER NOT NULL, label VARCHAR NOT NULL)""",
    """CREATE TABLE {library}.items (
        dataset INTEGER NOT NULL, item INTEGER NOT NULL, label VARCHAR NOT NULL, title VARCHAR,
        categories VARCHAR[] NOT NULL, popularity BIGINT NOT NULL)""",
    """CREATE TABLE {library}.interactions (
        dataset INTEGER NOT NULL, "user" INTEGER NOT NULL, position INTEGER NOT NULL,
        item INTEGER NOT NULL, time DOUBLE, rating DOUBLE)""",
    """CREATE TABLE {library}.rejects (
        dataset INTEGER NOT NULL, source VARCHAR NOT NULL, line BIGINT, reason VARCHAR NOT NULL,
        text VARCHAR)""",
    f"INSERT INTO {{library}}.library VALUES ({VERSION})",
)

OF_A_DATASET = ("users", "items", "interactions", "rejects", "datasets")
"""Tables with rows of a dataset, in the order in which they are emptied."""
