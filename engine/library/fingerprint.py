"""One pass over the ordered sequences: their fingerprint, and how often a user repeats an item.

The arrays are read in slices of whole users, so that memory stays small; texts and digests are made
without touching single interactions in Python.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from engine.library.watch import Watch

SLICE_USERS = 5_000


@dataclass(frozen=True)
class Digest:
    """What the pass found.

    fingerprint: SHA-256 over labels and sequences, the same on every platform and number of
    threads. repeats: interactions of a user with an item beyond the first one.
    """

    fingerprint: str
    repeats: int


def digest(watch: Watch, connection: duckdb.DuckDBPyConnection) -> Digest:
    """Reads the tables ``numbered_items``, ``numbered_users`` and ``ordered``; see numbering."""
    items = connection.execute("SELECT label FROM numbered_items ORDER BY item").fetchall()
    texts = np.array([b"%d," % item for item in range(len(items) + 1)])  # [V + 1]
    words, widths = _words(texts), np.strings.str_len(texts)
    whole = sha256(",".join(f"{len(label)}:{label}" for (label,) in items).encode())
    whole.update(b"|")
    users = connection.execute("SELECT count(*) FROM numbered_users").fetchall()[0][0]
    repeats = 0
    for first in range(0, users, SLICE_USERS):
        watch.tick(first / users)
        about = connection.execute(
            'SELECT label, interactions, begins FROM numbered_users WHERE "user" >= ? '
            'AND "user" < ? ORDER BY "user"',
            [first, first + SLICE_USERS],
        ).fetchnumpy()
        lengths = np.asarray(about["interactions"])  # [U]
        begin, number = int(about["begins"][0]), int(lengths.sum())
        numbers = (
            connection.execute(
                # in the table's order, which DuckDB keeps; asked for, it would sort each slice
                "SELECT item FROM ordered WHERE rowid >= ? AND rowid < ?",
                [begin, begin + number],
            )
            .fetchnumpy()["item"]
            .astype(np.intp)  # once, and not for every look-up
        )  # [N]
        repeats += _repeats(numbers, lengths, len(items))
        joined = words[numbers].tobytes().translate(None, b"\0")
        ends = np.cumsum(widths[numbers])[np.cumsum(lengths) - 1]  # [U]
        whole.update(_digests(about["label"].tolist(), joined, ends.tolist()).encode())
    return Digest(whole.hexdigest(), repeats)


def _repeats(numbers: npt.NDArray[Any], lengths: npt.NDArray[Any], items: int) -> int:
    """numbers: items of the users in turn, [N]; lengths: of their sequences, [U]."""
    pairs = np.repeat(np.arange(len(lengths), dtype=np.int64) * (items + 1), lengths)  # [N]
    pairs += numbers
    pairs.sort()
    return int(np.count_nonzero(pairs[1:] == pairs[:-1]))


def _words(texts: npt.NDArray[np.bytes_]) -> npt.NDArray[np.uint64]:
    """Texts [V], padded with zero bytes, as words of 8 bytes [V, W]: numpy gathers these faster."""
    padded = texts.astype(f"S{-texts.itemsize // 8 * -8}")
    return padded.view(np.uint64).reshape(len(texts), -1)


def _digests(labels: list[str], joined: bytes, ends: list[int]) -> str:
    """The SHA-256 of 'label|item,item,…' of every user, one after the other.

    joined: 'item,item,…,' of the users in turn. ends: where each user's part ends.
    """
    digests = []
    start = 0
    for label, end in zip(labels, ends, strict=True):
        digests.append(sha256(b"%b|%b" % (label.encode(), joined[start : end - 1])).hexdigest())
        start = end
    return "".join(digests)
