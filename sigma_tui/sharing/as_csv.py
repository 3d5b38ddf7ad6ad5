"""CSV for spreadsheets and programs (RFC 4180, UTF-8).

A cell that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises;
control characters are made visible. Numbers are written in full.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from sigma_tui.look.text import visible
from sigma_tui.sharing.records import Analysis
from sigma_tui.sharing.tables import Table, Value, tables_of

DANGEROUS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
"""What begins a formula, or a call of another program, in some spreadsheet."""


def table_as_csv(table: Table) -> str:
    """One table with a line of headings."""
    rows = (dict(zip(_keys(table), row, strict=True)) for row in table.rows)
    return _written(_keys(table), rows)


def analysis_as_csv(analysis: Analysis) -> str:
    """All tables as one: ``part`` and ``scenario`` say of what a line is, and a column that a part
    does not have is empty there."""
    columns: dict[str, None] = {"part": None, "scenario": None}
    rows: list[dict[str, Value]] = []
    for reading in (analysis.now, *analysis.scenarios):
        for table in tables_of(reading):
            keys = _keys(table)
            columns |= dict.fromkeys(keys)
            rows.extend(
                {"part": table.key, "scenario": reading.name, **dict(zip(keys, row, strict=True))}
                for row in table.rows
            )
    return _written(list(columns), rows)


def _keys(table: Table) -> list[str]:
    return [column.key for column in table.columns]


def _written(columns: Sequence[str], rows: Iterable[dict[str, Value]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        value = " | ".join(value)
    return guarded(value) if isinstance(value, str) else repr(value)


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = visible(text)
    return "'" + text if text.lstrip().startswith(DANGEROUS) else text
