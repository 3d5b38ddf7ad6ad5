"""One HTML file that needs nothing else: no script, no font, nothing from the network.

The page's own Content-Security-Policy allows the style sheet in it, known by its hash, and forbids
the rest, so that even a mistake in escaping could run nothing.
"""

from base64 import b64encode
from hashlib import sha256

from sigma_tui.assets import assets
from sigma_tui.sharing.charts import interest_bars, small_bar, timeline_areas
from sigma_tui.sharing.html_text import chip, text, title
from sigma_tui.sharing.records import Analysis, Reading
from sigma_tui.sharing.tables import (
    Column,
    Table,
    Value,
    facts_of,
    headline,
    interests_table,
    recommendations_table,
    said_of_list,
    scenarios_table,
    sequence_table,
    shown,
    timeline_table,
    wishes_of,
)

LETTERS = {"category"}
"""Columns that hold a category's letter."""
NOTED_ABOVE = (
    "Best first. Was: the rank for the original sequence. Stable: in how many samples of the "
    "posterior the item stays in the list. Why: what in the sequence speaks for it most."
)
"""Caption of the recommendations, whose own facts stand above the table."""


def analysis_as_html(analysis: Analysis) -> str:
    """The whole report."""
    style = (assets() / "report" / "report.css").read_text("utf-8")
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    )
    name = headline(analysis)
    body = [
        "<header>",
        f"<h1>{title(name)}</h1>",
        f'<p class="quiet">What {text(analysis.facts.model)} understood of this person, and what '
        f"it would recommend. Run {title(analysis.facts.run)}.</p>",
        _numbers(analysis.now),
        _contents(analysis),
        "</header><main>",
        *(f"<p>{text(said)}</p>" for said in wishes_of(analysis)),
        _reading(analysis.now, "now", 2),
    ]
    if analysis.scenarios:
        every = (analysis.now, *analysis.scenarios)
        body.append(f'<section id="scenarios">{_table(scenarios_table(every), every[0], 2)}')
        for number, scenario in enumerate(analysis.scenarios, start=1):
            body.append(f"<h2>Scenario: {title(scenario.name)}</h2>")
            body.append(_numbers(scenario))
            body.append(_reading(scenario, f"scenario-{number}", 3))
        body.append("</section>")
    body += [_facts(analysis), "</main>"]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{text(name)}</title><style>{style}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _numbers(reading: Reading) -> str:
    """The few numbers that tell most."""
    known = [
        ("items in the sequence", str(sum(line.place is not None for line in reading.sequence)))
    ]
    known.append(("edits", str(len(reading.edits))))
    if reading.interests:
        strongest = reading.interests[0]
        named = f" {strongest.name}" if strongest.name else ""
        known.append((f"strongest interest:{named}",
                      f"{strongest.category} {strongest.intensity:.2f}"))  # fmt: skip
        known.append(("entropy", f"{reading.entropy:.2f} bit"))
    count, diversity = len(reading.recommendations), reading.diversity
    if diversity.metadata is not None and diversity.without_categories < count:
        known.append((f"Diversity@{count}", f"{diversity.metadata:.2f}"))
    if reading.target is not None and reading.target.rank is not None:
        known.append((reading.target.kind, f"#{reading.target.rank:g}"))
    return '<dl class="facts">' + "".join(
        f"<div><dt>{title(name)}</dt><dd>{text(value)}</dd></div>" for name, value in known
    ) + "</dl>"  # fmt: skip


def _contents(analysis: Analysis) -> str:
    places = [("now-recommendations", "Recommendations"), ("now-sequence", "Sequence")]
    if analysis.now.interests:
        places.insert(0, ("now-interests", "Interests"))
    if analysis.scenarios:
        places.append(("scenarios", "Scenarios"))
    places.append(("facts", "Run and data"))
    links = "".join(f'<a href="#{place}">{name}</a>' for place, name in places)
    return f'<nav aria-label="Contents">{links}</nav>'


def _reading(reading: Reading, place: str, level: int) -> str:
    parts = []
    if reading.edits:
        edits = ", ".join(f"<code>{title(edit)}</code>" for edit in reading.edits)
        parts.append(f"<p>Edits: {edits}</p>")
    if reading.interests:
        parts.append(f'<section id="{place}-interests">')
        parts.append(_table(interests_table(reading), reading, level, _bars(reading)))
        if reading.timeline:
            areas = (
                f"<figure>{timeline_areas(reading)}<figcaption>Intensities after each item, one "
                "above the other.</figcaption></figure>"
            )
            table = timeline_table(reading)
            parts.append(
                f"<h{level + 1}>{text(table.title)}</h{level + 1}>{areas}<details><summary>As a "
                f"table</summary>{_grid(table, reading)}</details>"
            )
        parts.append("</section>")
    parts.append(f'<section id="{place}-recommendations">')
    said = "".join(f"<p>{title(sentence)}</p>" for sentence in said_of_list(reading))
    if reading.recommendations:
        parts.append(_table(recommendations_table(reading), reading, level, said, noted=False))
    else:
        parts.append("<p>Nothing can be recommended from this sequence.</p>")
    parts.append(f'</section><section id="{place}-sequence">')
    parts.append(_table(sequence_table(reading), reading, level))
    return "".join([*parts, "</section>"])


def _bars(reading: Reading) -> str:
    stroke = " The stroke is where it stood in the original sequence." if reading.edits else ""
    return (
        f"<figure>{interest_bars(reading)}<figcaption>How much of the sequence belongs to each "
        f"interest.{stroke}</figcaption></figure>"
    )


def _table(
    table: Table, reading: Reading, level: int, before: str = "", *, noted: bool = True
) -> str:
    return f"<h{level}>{text(table.title)}</h{level}>{before}{_grid(table, reading, noted=noted)}"


def _grid(table: Table, reading: Reading, *, noted: bool = True) -> str:
    """The table itself, with its note as the caption; columns without any value are left out."""
    kept = [
        (place, column)
        for place, column in enumerate(table.columns)
        if column.rows or any(row[place] not in (None, "", ()) for row in table.rows)
    ]
    head = "".join(
        f'<th scope="col"{_side(column)}>{title(column.heading)}</th>' for _, column in kept
    )
    lines = []
    for row in table.rows:
        values = dict(zip((column.key for column in table.columns), row, strict=True))
        cells = "".join(_cell(row[place], column, values, reading) for place, column in kept)
        lines.append(f"<tr>{cells}</tr>")
    caption = text(table.note if noted and table.note else NOTED_ABOVE)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(table.title)}"><table>'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _side(column: Column) -> str:
    return "" if column.kind == "text" else ' class="number"'


def _cell(value: Value, column: Column, row: dict[str, Value], reading: Reading) -> str:
    if column.key in LETTERS and not isinstance(value, tuple | int | float):
        inside = chip(value, reading.letters)
    elif column.key == "before" and "rank" in row:
        inside = _rank_before(value, row["rank"])
    else:
        inside = title(shown(value, column.kind))
        if column.key == "stability" and isinstance(value, float):
            inside += small_bar(value)
    if column.rows:
        change = str(row.get("change") or "")
        marks = [mark for mark in ("removed", "muted") if mark in change]
        marked = f' class="{" ".join(marks)}"' if marks else ""
        return f'<th scope="row"{marked}>{inside}</th>'
    return f"<td{_side(column)}>{inside}</td>"


def _rank_before(before: Value, rank: Value) -> str:
    """Where a recommendation stood, with the way it went in a sign and a colour."""
    if not isinstance(before, int) or not isinstance(rank, int):
        return "new"
    if before == rank:
        return str(before)
    sign, name = ("▲", "up") if rank < before else ("▼", "down")
    return f'{before} <span class="{name}">{sign}{abs(before - rank)}</span>'


def _facts(analysis: Analysis) -> str:
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{title(value)}</td></tr>'
        for name, value in facts_of(analysis.facts)
    )
    return (
        '<section id="facts"><h2>Run and data</h2><table><caption>Where these numbers come '
        f"from.</caption><tbody>{rows}</tbody></table><p>The same list again:</p>"
        f"<pre><code>{text(analysis.command)}</code></pre></section>"
    )
