"""`bench import`: an import beside what DuckDB alone needs to read the file."""

from pathlib import Path
from typing import Annotated

import typer

from sigma_tui.commands.shared.options import JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display


def import_(
    source: Annotated[
        Path | None,
        typer.Argument(help="A CSV file of yours; without one a file is made, of --rows."),
    ] = None,
    titles: Annotated[
        Path | None, typer.Option("--titles", help="File with titles, of a file of yours.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1000, help="Rows of the made file.")] = (
        1_000_000
    ),
    users: Annotated[
        int | None, typer.Option("--users", min=1, help="Users in it; a hundredth of the rows.")
    ] = None,
    items: Annotated[
        int | None, typer.Option("--items", min=1, help="Items in it; a hundredth of the rows.")
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Measurements.")] = 5,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Directory in which the made files stay.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure an import beside what DuckDB needs to read the same CSV file into a table.

    The import has 5-core filtering and titles. Each measurement is a process of its own, the two in
    turn, after one of each that is not counted; then imports are cancelled. 25 million rows take
    640 MB for the file and twice that for what comes and goes beside it.

    Example: sigma-tui bench import --rows 25000000 --repeats 3 --json
    """
    from contextlib import nullcontext
    from tempfile import TemporaryDirectory

    from engine.bench.importing import measure_imports
    from engine.bench.made_ratings import RATINGS, TITLES, make_ratings

    with (
        step_display("making the file") as show,
        nullcontext(keep) if keep or source else TemporaryDirectory() as folder,
    ):
        if source is None:
            made = Path(str(folder))
            made.mkdir(parents=True, exist_ok=True)
            make_ratings(made, rows=rows, users=users or rows // 100, items=items or rows // 100)
            source, titles = made / RATINGS, made / TITLES
        found = measure_imports(source, titles, repeats=repeats, tell=show)
    if json:
        print_json(
            {
                "rows": found.rows,
                "threads": found.threads,
                "plain_seconds": found.plain.as_json(),
                "plain_statement_seconds": found.statement.as_json(),
                "import_seconds": found.full.as_json(),
                "ratio": found.ratio.as_json(2),
                "statement_ratio": found.statement_ratio.as_json(2),
                "import_rows_per_second": round(found.rows / found.full.median),
                "plain_peak_mib": round(max(found.plain_peak.values)),
                "import_peak_mib": round(max(found.full_peak.values)),
                "progress_gap_seconds": round(max(found.gap.values), 3),
                "cancel_seconds": round(max(found.cancel.values), 3),
            }
        )
        return
    print_table(
        f"An import of {found.rows:,} rows, {repeats} of each in turn, {found.threads} threads",
        [
            ("", "left"),
            ("time", "right"),
            ("5 % to 95 %", "right"),
            ("rows/s", "right"),
            ("memory", "right"),
        ],
        [
            (
                name,
                f"{timing.median:.2f} s",
                f"{timing.as_json(2)['p5']:.2f} to {timing.p95:.2f}",
                f"{found.rows / timing.median:,.0f}",
                f"{max(peak.values):,.0f} MiB",
            )
            for name, timing, peak in (
                ("import: 5-core, titles", found.full, found.full_peak),
                ("DuckDB reads it", found.plain, found.plain_peak),
                ("  the statement alone", found.statement, found.plain_peak),
            )
        ],
        note=f"{found.ratio.median:.2f} times as long ({found.ratio.as_json(2)['p5']:.2f} to "
        f"{found.ratio.p95:.2f}), {found.statement_ratio.median:.2f} times the statement. "
        f"Longest silence {max(found.gap.values):.2f} s, cancelled within "
        f"{max(found.cancel.values):.2f} s.",
    )
