"""The world as files that the ordinary import reads: readings and books."""

import csv
import gzip
import io
from pathlib import Path

from engine.simulation.readers import World

READINGS = "readings.csv.gz"
BOOKS = "books.csv"
FIRST_DAY = 1_577_836_800
"""Time of the first reading, seconds since 1970: the simulation has no calendar of its own."""
WEEK = 604_800


def book_label(index: int) -> str:
    """The item label of a book."""
    return f"b{index + 1:04}"


def write_sources(world: World, folder: Path) -> None:
    """Writes readings.csv.gz and books.csv; their (unpacked) bytes are equal for an equal world."""
    readings = io.StringIO()
    rows = csv.writer(readings, lineterminator="\n")
    rows.writerow(("reader", "book", "time"))
    for reader in world.readers:
        for step, book in enumerate(reader.books):
            rows.writerow((reader.label, book_label(book), FIRST_DAY + step * WEEK))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(readings.getvalue().encode())
    (folder / READINGS).write_bytes(packed.getvalue())
    with (folder / BOOKS).open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(("book", "title", "genres"))
        for index, about in enumerate(world.books):
            rows.writerow((book_label(index), about.shown, "|".join(about.genres)))
