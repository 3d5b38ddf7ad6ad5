"""The demo's catalogue: real public-domain books, written by hand in assets/demo/books.tsv."""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Book:
    """One book. year: of first publication, negative before our era. genres: one to three, the
    first is the main one. series, number: its place in a series, if it has one."""

    title: str
    author: str
    year: int
    genres: tuple[str, ...]
    series: str | None
    number: int | None

    @property
    def shown(self) -> str:
        """Title with author and year, as the explorer shows it."""
        year = f"{-self.year} BC" if self.year < 0 else str(self.year)
        return f"{self.title} ({self.author}, {year})"


def read_books(path: Path) -> list[Book]:
    """The books in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Book(
                title=row["title"],
                author=row["author"],
                year=int(row["year"]),
                genres=tuple(row["genres"].split("|")),
                series=row["series"] or None,
                number=int(row["number"]) if row["number"] else None,
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
