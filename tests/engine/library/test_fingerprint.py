"""The fingerprint and the number of repeats against plain Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.library import fingerprint
from engine.library.fingerprint import digest
from engine.library.watch import Watch

LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4)


def slow_fingerprint(items: list[str], sequences: dict[str, list[int]]) -> str:
    about = ",".join(f"{len(label)}:{label}" for label in items)
    users = "".join(
        sha256(f"{label}|{','.join(map(str, numbers))}".encode()).hexdigest()
        for label, numbers in sequences.items()
    )
    return sha256(f"{about}|{users}".encode()).hexdigest()


@contextmanager
def tables(
    items: list[str], sequences: dict[str, list[int]]
) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE numbered_items (item INTEGER, label VARCHAR)")
        connection.execute(
            'CREATE TABLE numbered_users ("user" INTEGER, label VARCHAR, interactions BIGINT, '
            "begins BIGINT)"
        )
        connection.execute("CREATE TABLE ordered (item INTEGER)")
        connection.executemany("INSERT INTO numbered_items VALUES (?, ?)", [*enumerate(items, 1)])
        begins = 0
        for user, (label, numbers) in enumerate(sequences.items()):
            connection.execute(
                "INSERT INTO numbered_users VALUES (?, ?, ?, ?)",
                [user, label, len(numbers), begins],
            )
            connection.executemany("INSERT INTO ordered VALUES (?)", [[n] for n in numbers])
            begins += len(numbers)
        yield connection


@pytest.fixture(autouse=True)
def small_slices(monkeypatch) -> None:
    monkeypatch.setattr(fingerprint, "SLICE_USERS", 2)


@settings(deadline=None, max_examples=25)
@given(
    items=st.lists(LABELS, min_size=12, max_size=12, unique=True),
    sequences=st.dictionaries(
        LABELS, st.lists(st.integers(1, 12), min_size=1, max_size=8), min_size=1, max_size=5
    ),
)
def test_the_fingerprint_is_the_hash_of_labels_and_sequences(items, sequences) -> None:
    with (
        tables(items, sequences) as connection,
        Watch(lambda _progress: None, lambda: False) as watch,
    ):
        found = digest(watch, connection)
    assert found.fingerprint == slow_fingerprint(items, sequences)
    assert found.repeats == sum(len(n) - len(set(n)) for n in sequences.values())


def test_texts_longer_than_a_word_are_whole() -> None:
    words = fingerprint._words(np.array([b"", b"9,", b"10000000,"]))
    assert words[[2, 1]].tobytes().translate(None, b"\0") == b"10000000,9,"
