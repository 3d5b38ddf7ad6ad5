"""Charts of a reading as inline SVG, coloured by the report's style sheet."""

from itertools import accumulate

from rich.text import Text

from sigma_tui.look.text import visible
from sigma_tui.sharing.html_text import colour_class, text
from sigma_tui.sharing.records import InterestLine, Reading

WIDTH, LINE, LABEL, NUMBER = 720, 26, 240, 96
"""Of the bars: whole width, height of one, room for the name and for the numbers."""
HEIGHT, EDGE = 190, 34
"""Of the timeline: height of the areas, and room for the letters beside them."""
LONGEST_NAME = 26
"""Cells of a name beside its bar; wide characters are two."""
HIGH_ENOUGH = 0.08
"""Share of the height from which an area holds its letter."""


def interest_bars(reading: Reading) -> str:
    """A bar for each interest; a stroke where it stood in the original, if there were edits."""
    height = LINE * len(reading.interests) + 4
    room = WIDTH - LABEL - NUMBER
    strongest = max(max(line.intensity, line.before or 0) for line in reading.interests) or 1.0
    scale = room / strongest
    parts = []
    for place, line in enumerate(reading.interests):
        top = place * LINE + 4
        colour = colour_class(line.category, reading.letters)
        parts.append(
            f'<g class="{colour}"><text class="letter" x="0" y="{top + 15}">'
            f'{text(line.category)}</text><text x="22" y="{top + 15}">{text(_cut(line.name))}'
            f'</text><rect class="bar" x="{LABEL}" y="{top + 2}" '
            f'width="{line.intensity * scale:.1f}" height="{LINE - 10}" rx="2"/>'
        )
        if reading.edits and line.before is not None:
            x = LABEL + line.before * scale
            parts.append(
                f'<line class="before" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 1}" '
                f'y2="{top + LINE - 5}"/>'
            )
        parts.append(
            f'<text x="{WIDTH - NUMBER + 12}" y="{top + 15}">{line.intensity:.2f}'
            f"{_moved(reading, line)}</text></g>"
        )
    said = "Intensity of each interest: " + ", ".join(
        f"{line.category} {line.intensity:.2f}" for line in reading.interests
    )
    return _svg(WIDTH, height, said, parts)


def _moved(reading: Reading, line: InterestLine) -> str:
    if not reading.edits or line.before is None or abs(line.intensity - line.before) < 0.005:
        return ""
    return f'<tspan class="quiet" dx="8">{line.intensity - line.before:+.2f}</tspan>'


def timeline_areas(reading: Reading) -> str:
    """The intensities after each item, one above the other: together they are always 1."""
    steps, width = len(reading.timeline), WIDTH - EDGE
    columns = [[0.0, *accumulate(line.intensities)] for line in reading.timeline]
    across = [width * step / max(1, steps - 1) for step in range(steps)]
    parts = []
    for number, letter in enumerate(reading.letters):
        lower, upper = (
            [f"{x:.1f},{_down(column[edge])}" for x, column in zip(across, columns, strict=True)]
            for edge in (number, number + 1)
        )
        colour = colour_class(letter, reading.letters)
        parts.append(
            f'<polygon class="area {colour}" points="{" ".join([*upper, *reversed(lower)])}"/>'
        )
        low, high = columns[-1][number : number + 2]
        if high - low >= HIGH_ENOUGH:
            middle = float(_down((low + high) / 2)) + 5
            parts.append(
                f'<text class="letter {colour}" x="{width + 10}" y="{middle:.1f}">'
                f"{text(letter)}</text>"
            )
    last = reading.timeline[-1]
    parts.append(
        f'<text class="quiet" x="0" y="{HEIGHT + 20}">after item {reading.timeline[0].place}</text>'
        f'<text class="quiet" x="{width}" y="{HEIGHT + 20}" text-anchor="end">'
        f"after item {last.place}</text>"
    )
    said = "Intensities after each item; at the end " + ", ".join(
        f"{letter} {value:.2f}"
        for letter, value in zip(reading.letters, last.intensities, strict=True)
    )
    return _svg(WIDTH, HEIGHT + 28, said, parts)


def _down(share: float) -> str:
    """A share of the height, counted from above."""
    return f"{HEIGHT * (1 - share):.1f}"


def small_bar(share: float) -> str:
    """A bar for a cell of a table, beside its number."""
    width = max(0.0, min(1.0, share)) * 100
    return (
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar c1" width="{width:.1f}" height="10" rx="2"/></svg>'
    )


def _cut(name: str) -> str:
    shown = Text(visible(name))
    shown.truncate(LONGEST_NAME, overflow="ellipsis")
    return shown.plain


def _svg(width: int, height: int, said: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{text(said)}">'
        + "".join(parts)
        + "</svg>"
    )
