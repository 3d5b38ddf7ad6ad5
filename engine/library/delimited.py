"""Delimited text: what stands between columns, whether the first line names them, and what they are
called where none does."""

import re

from engine.library.by_values import are_times
from engine.library.roles import is_known

DELIMITERS = ("\t", ",", ";", "|", " ")
SEEN, NEARLY_ALL = 100, 0.9
"""Lines that are looked at, and the share of them that a rule must hold for."""
_DIGIT = re.compile(r"\d")
_VALUE = re.compile(r"[+-]?\d+,\d+|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?")
"""A number with a decimal comma, or a date with or without a time."""


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, quotes left on; a delimiter inside of quotes divides nothing."""
    quoted = re.compile(rf'(?:^|{re.escape(delimiter)})("(?:[^"]|"")*"|[^{re.escape(delimiter)}]*)')
    return [match[1] for match in quoted.finditer(line)] if '"' in line else line.split(delimiter)


def delimiter_of(lines: list[str]) -> str | None:
    """What divides lines into equally many cells, at least two; None if nothing does."""
    best, best_score = None, 0.0
    sample = lines[:100]
    for delimiter in DELIMITERS:
        counts = [len(cells_of(line, delimiter)) for line in sample]
        if counts[0] < 2:
            continue
        agreeing = sum(count == counts[0] for count in counts) / len(counts)
        score = agreeing + 0.001 * counts[0] - (0.5 if delimiter == " " else 0.0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def is_header(cells: list[str], lines: list[str], delimiter: str) -> bool:
    """Whether the first line names columns. cells: of that line, without quotes.

    It does if a name is known. Else it does if nothing in it is a number or a date, and numbers
    stand below it, or a column in which nearly all else has digits: dates, decimal commas, ids
    such as K-0017.
    """
    if any(is_known(cell) for cell in cells):
        return True
    if any(_is_number(cell) or _VALUE.fullmatch(cell) for cell in cells):
        return False
    below = [
        [cell.strip().strip('"') for cell in cells_of(line, delimiter)] for line in lines[1:SEEN]
    ]
    if below and any(_is_number(cell) for cell in below[0]):
        return True
    for place, name in enumerate(cells):
        found = [row[place] for row in below if len(row) > place]
        if found and not _DIGIT.search(name):
            with_digits = sum(bool(_DIGIT.search(cell)) for cell in found)
            if with_digits >= NEARLY_ALL * len(found):
                return True
    return False


def positional_names(
    lines: list[str], delimiter: str, items_only: bool, count: int
) -> tuple[str, ...]:
    """Names for the columns of a file without a header, by the field's custom."""
    usual: tuple[str, ...]
    if items_only:
        usual = ("item", "title", "categories") if count >= 3 else ("item", "title")
    elif count == 3 and not _small_numbers(lines, delimiter, 2):
        usual = ("user", "item", "time")
    elif count > 3 and _times(lines, delimiter, 2) and not _times(lines, delimiter, 3):
        usual = ("user", "item", "time", "rating")
    else:
        usual = ("user", "item", "rating", "time")[:count]
    return (*usual, *(f"column{number}" for number in range(len(usual) + 1, count + 1)))[:count]


def _values(lines: list[str], delimiter: str, column: int) -> list[str]:
    cells = [cells_of(line, delimiter) for line in lines[:50]]
    return [row[column].strip().strip('"') for row in cells if len(row) > column]


def _small_numbers(lines: list[str], delimiter: str, column: int) -> bool:
    values = _values(lines, delimiter, column)
    return all(_is_number(value) and abs(float(value)) <= 1000 for value in values)


def _times(lines: list[str], delimiter: str, column: int) -> bool:
    return are_times(_values(lines, delimiter, column))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
