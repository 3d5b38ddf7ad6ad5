"""Accuracy against diversity: Table 6's weights of the prior and the slider, on the same axes.

Each line of the table is a curve: its lists as they are, then re-ranked with growing weights. The
weight of the prior moves from curve to curve, the slider along one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from statistics import fmean

from engine.experiments.table import Line, Table
from engine.experiments.texts import NOT_RUN, markdown_table, number

ACCURACY, DIVERSITY = "recall@10", "diversity@10"
REFERENCE = "sasrec"
"""Label of the line that the others are set against at equal accuracy."""

WIDTH, HEIGHT, LEFT, TOP, LEGEND = 420, 300, 60, 40, 150
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#555555")
TICKS = 4


@dataclass(frozen=True)
class Point:
    """Means over seeds. weight: γ of the slider. accuracy: Recall@10. diversity: at 10."""

    weight: float
    accuracy: float
    diversity: float


def curve(line: Line) -> list[Point]:
    """The points of a line by growing weight; those of seeds that have all of them."""
    held = [result for result in line.results if result.slider and DIVERSITY in result.test]
    if not held:
        return []
    weights = sorted(set.intersection(*(set(map(float, result.slider)) for result in held)))
    points = [Point(0.0, *(fmean(r.test[name] for r in held) for name in (ACCURACY, DIVERSITY)))]
    for weight in weights:
        lists = [result.slider[f"{weight:g}"] for result in held]
        points.append(
            Point(weight, *(fmean(one[name] for one in lists) for name in (ACCURACY, DIVERSITY)))
        )
    return points


def diversity_at(points: Sequence[Point], accuracy: float) -> float | None:
    """The most diversity on a curve at no less than an accuracy; None if it is nowhere so high."""
    found = [point.diversity for point in points if point.accuracy >= accuracy]
    for before, after in pairwise(points):
        if (before.accuracy - accuracy) * (after.accuracy - accuracy) < 0:  # crossed in between
            part = (before.accuracy - accuracy) / (before.accuracy - after.accuracy)
            found.append(before.diversity + part * (after.diversity - before.diversity))
    return max(found, default=None)


def trade_off(table: Table) -> str:
    """The curves of a table in Markdown, and diversity at the reference's accuracy; empty where
    nothing has a slider."""
    curves = {line.row.label: curve(line) for line in table.lines}
    if not any(curves.values()):
        return ""
    weights = sorted({point.weight for points in curves.values() for point in points})
    rows = []
    for label, points in curves.items():
        by_weight = {point.weight: point for point in points}
        rows.append(
            [
                label,
                *(
                    f"{number(by_weight[w].accuracy)} / {number(by_weight[w].diversity)}"
                    if w in by_weight
                    else NOT_RUN
                    for w in weights
                ),
            ]
        )
    head = ("Recall@10 / Diversity@10", *(f"γ = {weight:g}" for weight in weights))
    text = (
        "The same lists, re-ranked for diversity with weight γ (`evaluate --diversify`), means "
        f"over seeds:\n\n{markdown_table(head, rows)}"
    )
    reference = curves.get(REFERENCE)
    return f"{text}\n\n{_at_equal_accuracy(reference, curves)}" if reference else text


def _at_equal_accuracy(reference: Sequence[Point], curves: Mapping[str, Sequence[Point]]) -> str:
    """Diversity of all at the accuracies of the reference, each with whatever weight is best."""
    levels = sorted({point.accuracy for point in reference}, reverse=True)
    rows = []
    for label, points in curves.items():
        if not points:
            continue
        cells = []
        for level in levels:
            found, theirs = diversity_at(points, level), diversity_at(reference, level)
            if found is None or theirs is None:
                cells.append("–")
            elif label == REFERENCE:
                cells.append(number(found))
            else:
                sign = "+" if found >= theirs else "−"
                cells.append(f"{number(found)} ({sign}{number(abs(found - theirs))})")
        rows.append([label, *cells])
    head = ("Diversity@10 at Recall@10 ≥", *map(number, levels))
    return (
        f"At equal accuracy: the most diverse lists of each, whatever γ, at no less than the "
        f"Recall@10 of {REFERENCE}'s points, and in brackets how much more diverse than "
        f"{REFERENCE}'s (– where it is never so accurate):\n\n{markdown_table(head, rows)}"
    )


def svg(tables: Sequence[Table]) -> str:
    """All tables that have curves, one panel under the other."""
    shown = [table for table in tables if any(map(curve, table.lines))]
    panel = HEIGHT + 2 * TOP
    width, height = LEFT + WIDTH + LEGEND, max(1, len(shown)) * panel + TOP // 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" fill="#222">',
        "<title>Accuracy against diversity</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    if not shown:
        parts.append(f'<text x="{LEFT}" y="{TOP}">{NOT_RUN}</text>')
    for place, table in enumerate(shown):
        parts += _panel(table, place * panel + TOP)
    return "\n".join([*parts, "</svg>\n"])


def _panel(table: Table, top: int) -> list[str]:
    curves = [(line.row.label, curve(line)) for line in table.lines]
    every = [point for _, points in curves for point in points]
    across = _ends([point.accuracy for point in every])
    up = _ends([point.diversity for point in every])

    def x(value: float) -> float:
        return LEFT + (value - across[0]) / (across[1] - across[0]) * WIDTH

    def y(value: float) -> float:
        return top + HEIGHT - (value - up[0]) / (up[1] - up[0]) * HEIGHT

    parts = [
        f'<text x="{LEFT}" y="{top - 12}" font-weight="bold">Diversity@10 by Recall@10 · '
        f"{escape(table.dataset)}, {escape(table.protocol)} protocol</text>",
        f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>',
    ]
    for tick in range(TICKS + 1):
        value = up[0] + (up[1] - up[0]) * tick / TICKS
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            f'stroke="#e4e4e4"/><text x="{LEFT - 5}" y="{y(value) + 4:.1f}" text-anchor="end">'
            f"{number(value)}</text>"
        )
        value = across[0] + (across[1] - across[0]) * tick / TICKS
        parts.append(
            f'<text x="{x(value):.1f}" y="{top + HEIGHT + 15}" text-anchor="middle">'
            f"{number(value)}</text>"
        )
    for place, (label, points) in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        beside = LEFT + WIDTH + 12
        parts.append(
            f'<circle cx="{beside}" cy="{top + 10 + 18 * place}" r="4" fill="{colour}"/>'
            f'<text x="{beside + 10}" y="{top + 14 + 18 * place}">{escape(label)}'
            f"{'' if points else ': ' + NOT_RUN}</text>"
        )
        path = " ".join(f"{x(point.accuracy):.1f},{y(point.diversity):.1f}" for point in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
        parts += [
            f'<circle cx="{x(point.accuracy):.1f}" cy="{y(point.diversity):.1f}" '
            f'r="{3 if point.weight else 5}" fill="{colour}"><title>{escape(label)}, γ = '
            f"{point.weight:g}: {number(point.accuracy)} / {number(point.diversity)}</title>"
            "</circle>"
            for point in points
        ]
    return parts


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Ends of a scale with a little room."""
    room = 0.05 * (max(values) - min(values)) or 0.01
    return min(values) - room, max(values) + room
