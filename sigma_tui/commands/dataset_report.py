"""What is said of a dataset in the library and of the import that made it."""

from typing import TYPE_CHECKING, Any

import typer

from sigma_tui.commands.shared.printing import print_table
from sigma_tui.look.text import counted, visible

if TYPE_CHECKING:
    from engine.library.importing import ImportReport
    from engine.library.library import Counts, DatasetSummary, Reject


def summary_json(summary: "DatasetSummary") -> dict[str, Any]:
    """What is known of a dataset, with the keys of `data show --json`."""
    return {
        "name": summary.name,
        "users": summary.users,
        "items": summary.items,
        "interactions": summary.interactions,
        "avg_length": summary.avg_length,
        "max_length": summary.max_length,
        "first": summary.first,
        "last": summary.last,
        "rejected": summary.rejected,
        "options": summary.options,
        "rules": [
            {"rule": rule.text, "before": vars(rule.before), "after": vars(rule.after)}
            for rule in summary.rules
        ],
        "fingerprint": summary.fingerprint,
        "imported_at": summary.imported_at,
    }


def facts(summary: "DatasetSummary") -> list[tuple[str, str]]:
    """The same for people, a name and a value a line."""
    roles = ", ".join(f"{role} = {column}" for role, column in summary.options["roles"].items())
    lines = [
        ("users", f"{summary.users:,}"),
        ("items", f"{summary.items:,}"),
        ("interactions", f"{summary.interactions:,}"),
        ("mean length", f"{summary.avg_length:.1f} (longest {summary.max_length:,})"),
        ("density", f"{summary.interactions / max(1, summary.users * summary.items):.4%}"),
        ("period", f"{summary.first} to {summary.last}" if summary.first else "no times"),
        ("source", f"{summary.options['source']} ({summary.options['format']})"),
        ("columns", roles),
        ("order", summary.options["order"]),
        ("rejected", counted(summary.rejected, "row")),
    ]
    if summary.options.get("items"):
        lines.insert(8, ("titles from", summary.options["items"]))
    return lines


def print_report(report: "ImportReport") -> None:
    """Prints what an import did, and what to do next."""
    found = report.recognition
    typer.echo(f"Read as {found.format}: {visible(found.why)}.")
    if report.items_recognition is not None:
        typer.echo(f"Titles and categories from {visible(report.summary.options['items'])}.")
    print_table(
        f"Imported {report.summary.name}", [("", "left"), ("", "left")], facts(report.summary)
    )
    print_rules(report.summary)
    print_rejects(report.summary, report.rejects)
    typer.echo(f"\nNext: sigma-tui train {visible(report.summary.name)}")


def print_rules(summary: "DatasetSummary") -> None:
    """Prints the rules of an import with the counts before and after each."""
    print_table(
        "Rules",
        [("rule", "left"), ("users", "right"), ("items", "right"), ("interactions", "right")],
        [
            (
                rule.text,
                *(
                    _change(before, after)
                    for before, after in zip(_counts(rule.before), _counts(rule.after), strict=True)
                ),
            )
            for rule in summary.rules
        ],
    )


def _counts(counts: "Counts") -> tuple[int, int, int]:
    return counts.users, counts.items, counts.interactions


def _change(before: int, after: int) -> str:
    return f"{before:,}" if before == after else f"{before:,} → {after:,}"


def print_rejects(summary: "DatasetSummary", rejects: "list[Reject] | tuple[Reject, ...]") -> None:
    """Prints the first rows that could not be read, if there are any."""
    if not summary.rejected:
        return
    print_table(
        f"{counted(summary.rejected, 'row')} could not be read",
        [("file", "left"), ("line", "right"), ("reason", "left"), ("text", "left")],
        [
            (reject.source, str(reject.line or ""), reject.reason, (reject.text or "")[:60])
            for reject in rejects
        ],
        note="" if summary.rejected <= len(rejects) else f"The first {len(rejects)} are shown.",
    )
