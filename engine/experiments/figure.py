"""Figure 2 as a picture: a metric by the number of interests, as SVG and as text.

Points are means, whiskers one standard deviation over seeds. What was not run says so.
"""

from collections.abc import Sequence
from html import escape

from engine.experiments.table import Entry, Table
from engine.experiments.texts import NOT_RUN, heading, number, ours, title

PANEL, PANEL_HEIGHT, MARGIN, GAP = 230, 170, 46, 34
"""Of a panel of the SVG: width, height, room for labels at the left and below, between panels."""
COLOUR = "#1f5fa8"
TICKS = 4


def plot(table: Table, metric: str, width: int = 40) -> list[str]:
    """A table's metric as lines of text: ``├──●──┤`` is mean and spread, all on one scale.

    width: of the scale in characters.
    """
    entries = [line.entries[metric] for line in table.lines]
    low, high = _range(entries)
    label = max(len(line.row.label) for line in table.lines)
    lines = []
    for line, entry in zip(table.lines, entries, strict=True):
        scale = [" "] * width
        if entry.mean is not None:
            spread = entry.spread or 0.0
            first, last = (_place(entry.mean + side * spread, low, high, width) for side in (-1, 1))
            scale[first : last + 1] = "─" * (last + 1 - first)
            scale[first], scale[last] = "├", "┤"
            scale[_place(entry.mean, low, high, width)] = "●"
        lines.append(f"{line.row.label:<{label}} │{''.join(scale)}│ {ours(line, metric)}")
    ends = f"{number(low)}{number(high):>{width - len(number(low))}}"
    return [*lines, f"{'':<{label}}  {ends}"]


def _place(value: float, low: float, high: float, width: int) -> int:
    return max(0, min(width - 1, round((value - low) / (high - low) * (width - 1))))


def _range(entries: Sequence[Entry]) -> tuple[float, float]:
    """Ends of a scale that holds every mean with its spread, and a little more."""
    ends = [
        entry.mean + side * (entry.spread or 0.0)
        for entry in entries
        if entry.mean is not None
        for side in (-1, 1)
    ]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = 0.1 * (high - low) or 0.1 * abs(high) or 0.1
    return low - room, high + room


def svg(tables: Sequence[Table]) -> str:
    """Panels of all tables that were run: a row for each metric, a column for each table."""
    shown = [table for table in tables if table.was_run]
    metrics = shown[0].experiment.metrics if shown else ()
    width = max(1, len(shown)) * (MARGIN + PANEL + GAP) + GAP
    height = max(1, len(metrics)) * (PANEL_HEIGHT + MARGIN + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" fill="#222">',
        "<title>Figure 2: the number of interests K</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    if not shown:
        parts.append(f'<text x="{GAP}" y="{2 * GAP}">{NOT_RUN}</text>')
    for column, table in enumerate(shown):
        for row, metric in enumerate(metrics):
            left = GAP + column * (MARGIN + PANEL + GAP) + MARGIN
            top = GAP + row * (PANEL_HEIGHT + MARGIN + GAP)
            parts += _panel(table, metric, left, top)
    return "\n".join([*parts, "</svg>\n"])


def _panel(table: Table, metric: str, left: int, top: int) -> list[str]:
    """One metric of one table: frame, ticks, whiskers, points and the line through them."""
    entries = [line.entries[metric] for line in table.lines]
    low, high = _range(entries)
    bottom = top + PANEL_HEIGHT

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * PANEL_HEIGHT

    about = title(table).rsplit(": ", 1)[-1]
    parts = [
        f'<text x="{left}" y="{top - 10}" font-weight="bold">{escape(heading(metric))} '
        f"· {escape(about)}</text>",
        f'<rect x="{left}" y="{top}" width="{PANEL}" height="{PANEL_HEIGHT}" fill="none" '
        'stroke="#999"/>',
    ]
    for tick in range(TICKS + 1):
        value = low + (high - low) * tick / TICKS
        parts.append(
            f'<line x1="{left}" x2="{left + PANEL}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            'stroke="#e4e4e4"/>'
            f'<text x="{left - 5}" y="{y(value) + 4:.1f}" text-anchor="end">{number(value)}</text>'
        )
    step = PANEL / len(entries)
    points = []
    for place, (line, entry) in enumerate(zip(table.lines, entries, strict=True)):
        x = left + step * (place + 0.5)
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">'
            f"{escape(line.row.label)}</text>"
        )
        if entry.mean is None:
            parts.append(
                f'<text x="{x:.1f}" y="{bottom + 28}" text-anchor="middle" fill="#888">'
                f"{NOT_RUN}</text>"
            )
            continue
        spread = entry.spread or 0.0
        points.append(f"{x:.1f},{y(entry.mean):.1f}")
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y(entry.mean - spread):.1f}" '
            f'y2="{y(entry.mean + spread):.1f}" stroke="{COLOUR}"/>'
            f'<circle cx="{x:.1f}" cy="{y(entry.mean):.1f}" r="4" fill="{COLOUR}">'
            f"<title>{escape(line.row.label)}: {ours(line, metric)}</title></circle>"
        )
    if len(points) > 1:
        parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{COLOUR}"/>')
    return parts
