"""Markdown with tables, for issues, chats and notes. Nothing of the data is taken for markup."""

import re

from sigma_tui.look.text import visible
from sigma_tui.sharing.records import Analysis, Reading
from sigma_tui.sharing.tables import (
    PARTS,
    Column,
    Part,
    Table,
    Value,
    facts_of,
    headline,
    scenarios_table,
    shown,
    tables_of,
    wishes_of,
)

SPECIAL = re.compile(r"[\\`*_\[\]<>|~$^]|[@:](?=\w|/)|&(?=[#\w]+;)|^[-+=#]|(?<=^\d)[.)](?=\s|$)")
"""What means something in CommonMark, or in GitHub's or Pandoc's dialect of it, where it does."""


def analysis_as_markdown(analysis: Analysis) -> str:
    """A document with every part."""
    parts = [f"# {escaped(headline(analysis))}", *_said(wishes_of(analysis))]
    parts += _reading(analysis.now, "##")
    if analysis.scenarios:
        parts.append(table_as_markdown(scenarios_table((analysis.now, *analysis.scenarios))))
        for scenario in analysis.scenarios:
            parts += [f"## Scenario: {escaped(scenario.name)}", *_reading(scenario, "###")]
    parts.append("## Run and data")
    parts.append("\n".join(f"- {escaped(name)}: {escaped(value)}"
                           for name, value in facts_of(analysis.facts)))  # fmt: skip
    parts.append("The same list again:\n\n" + _code(analysis.command))
    return "\n\n".join(parts) + "\n"


def part_as_markdown(analysis: Analysis, part: Part) -> str:
    """One part of what is on the screen."""
    return table_as_markdown(PARTS[part](analysis.now)) + "\n"


def table_as_markdown(table: Table, level: str = "##") -> str:
    """A heading, what there is to say of it, and the table."""
    head = "| " + " | ".join(escaped(column.heading) for column in table.columns) + " |"
    rule = "|" + "|".join(
        " --- " if column.kind == "text" else " ---: " for column in table.columns
    ) + "|"  # fmt: skip
    rows = [
        "| "
        + " | ".join(_cell(value, column) for column, value in zip(table.columns, row, strict=True))
        + " |"
        for row in table.rows
    ]
    note = f"{escaped(table.note)}\n\n" if table.note else ""
    return f"{level} {escaped(table.title)}\n\n{note}" + "\n".join([head, rule, *rows])


def _cell(value: Value, column: Column) -> str:
    said = shown(value, column.kind)
    return said if isinstance(value, int | float) else escaped(said)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(visible(text).split()))


def _reading(reading: Reading, level: str) -> list[str]:
    edits = (
        [f"Edits: {', '.join(_inline(edit) for edit in reading.edits)}"] if reading.edits else []
    )
    return edits + [table_as_markdown(table, level) for table in tables_of(reading)]


def _said(sentences: list[str]) -> list[str]:
    return ["\n".join(f"- {escaped(sentence)}" for sentence in sentences)] if sentences else []


def _inline(text: str) -> str:
    """Code in a line, within more backticks than it holds."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    room = " " if "`" in text else ""
    return f"{fence}{room}{visible(text)}{room}{fence}"


def _code(text: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}sh\n{visible(text)}\n{fence}"
