"""Scenarios as lines: the name, and what was done to the sequence."""

from collections import Counter

from rich.text import Text

from engine.explore.versions import Version
from sigma_tui.widgets.cells import column


def marks_of(version: Version) -> str:
    """How many lines of each mark: −2 +1 ~1 ↕3 m1."""
    rows = version.rows()
    counts = Counter[str](row.mark for row in rows if row.mark)
    muted = sum(row.muted for row in rows)
    shown = [f"{'−' if mark == '-' else mark}{counts[mark]}" for mark in "-+~↕" if counts[mark]]
    return " ".join([*shown, *([f"m{muted}"] if muted else [])]) or "no edit"


def scenario_line(
    name: str, version: Version, width: int, *, current: bool, marked: bool, missing: int
) -> Text:
    """One line. current: the sequence is this one now. marked: to be compared. missing: items that
    the data no longer has."""
    numbers = f" {marks_of(version)}"
    if missing:
        numbers += f" · {missing} gone from the data"
    line = Text(end="")
    line.append("●" if current else " ", "bold")
    line.append("✓ " if marked else "  ", "bold")
    line.append_text(column(name, max(8, width - len(numbers) - 5), "bold" if current else ""))
    line.append(numbers, "dim")
    return line
