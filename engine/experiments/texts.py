"""Tables as texts: numbers in words, Markdown, CSV, and JSON with stable keys."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from engine.experiments.datasets import STAND_INS, title_of
from engine.experiments.table import Entry, Line, Table

NOT_RUN = "not run"

SHORT = {"recall": "R", "ndcg": "N", "diversity": "Div"}
"""Names of metrics in headings."""


def heading(metric: str) -> str:
    """``recall@20`` is R@20."""
    name, _, k = metric.partition("@")
    return f"{SHORT.get(name, name)}@{k}"


def number(value: float | None) -> str:
    """Four digits without the zero in front, as the paper writes them."""
    return "–" if value is None else f"{value:.4f}".removeprefix("0")


def spread_of(values: Sequence[float]) -> str:
    """Mean ± s.d. of values; of one alone there is no spread."""
    entry = Entry.of(values, None)
    spread = "" if entry.spread is None else f" ± {number(entry.spread)}"
    return number(entry.mean) + spread


def ours(line: Line, metric: str) -> str:
    """Mean ± s.d. of the seeds; a dash where the data has no such metric."""
    if not line.was_run:
        return NOT_RUN
    return spread_of([r.test[metric] for r in line.results if metric in r.test])


def papers(entry: Entry) -> str:
    """The paper's number and how far ours is above it."""
    if entry.paper is None:
        return "–"
    difference = entry.difference
    if difference is None:
        return number(entry.paper)
    sign = "+" if difference >= 0 else "−"
    return f"{number(entry.paper)} ({sign}{number(abs(difference))})"


def seeds(line: Line) -> str:
    """Which seeds were run."""
    return ", ".join(map(str, line.seeds)) or "–"


def title(table: Table) -> str:
    """The heading of a table."""
    return f"{table.experiment.title}: {title_of(table.dataset)}, {table.protocol} protocol"


def standing_in(table: Table) -> str:
    """What has to be said of data that takes another's place; nothing for any other."""
    first = next((key for key, other in STAND_INS.items() if other == table.dataset), None)
    if first is None or first not in table.experiment.datasets:
        return ""
    return (
        f"{title_of(table.dataset)} stands in for {title_of(first)}: other and smaller data, so "
        "nothing is compared with the paper."
    )


def markdown(table: Table) -> str:
    """A table in Markdown, without its heading."""
    compared = any(
        entry.paper is not None for line in table.lines for entry in line.entries.values()
    )
    head, rows = ["", "seeds"], []
    for metric in table.experiment.metrics:
        head += [heading(metric), "paper"] if compared else [heading(metric)]
    for line in table.lines:
        cells = [line.row.label, seeds(line)]
        for metric in table.experiment.metrics:
            entry = line.entries[metric]
            cells.append(ours(line, metric))
            if compared:
                cells.append(papers(entry))
        rows.append(cells)
    return markdown_table(head, rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines of a Markdown table; numbers stand on the right, the first column on the left."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (head, *rows)]
    rule = ["---", *(["---:"] * (len(head) - 1))]
    lines = [escaped[0], rule, *escaped[1:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


COLUMNS = ("experiment", "protocol", "dataset", "row", "model", "metric", "mean", "sd", "seeds",
           "paper", "difference")  # fmt: skip


def records(tables: Iterable[Table]) -> list[dict[str, Any]]:
    """One flat record a number: for JSON and CSV alike. Keys: ``COLUMNS``."""
    return [
        {
            "experiment": table.experiment.name,
            "protocol": table.protocol,
            "dataset": table.dataset,
            "row": line.row.label,
            "model": line.row.model,
            "metric": metric,
            "mean": entry.mean,
            "sd": entry.spread,
            "seeds": list(line.seeds),
            "paper": entry.paper,
            "difference": entry.difference,
        }
        for table in tables
        for line in table.lines
        for metric, entry in line.entries.items()
    ]


def as_csv(tables: Iterable[Table]) -> str:
    """The records as CSV; an empty field is what was not run."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records(tables):
        writer.writerow({**record, "seeds": " ".join(map(str, record["seeds"]))})
    return out.getvalue()
