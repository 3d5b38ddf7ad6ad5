"""`bench`: measure speed on this machine, each claim as a ratio taken in one run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sigma_tui.commands.bench_answers import answers
from sigma_tui.commands.bench_memory import memory
from sigma_tui.commands.bench_train import train
from sigma_tui.commands.shared.options import DeviceOption, JsonOption, LibraryOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from engine.bench.measurement import Timing

bench = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)
bench.command("train")(train)
bench.command("answers")(answers)
bench.command("memory")(memory)


def register(app: typer.Typer) -> None:
    """Adds the group to the executable."""
    app.add_typer(bench, name="bench")


@bench.command("rate")
def rate(
    device: DeviceOption = "auto",
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Measurements.")] = 5,
    json: JsonOption = False,
) -> None:
    """Measure how fast this machine multiplies matrices, which bounds every training.

    Example: sigma-tui bench rate
    """
    import torch

    from engine.bench.matrix_rate import matrix_rate
    from engine.training.device import choose_device

    where = choose_device(device)
    found = {
        name: matrix_rate(where, dtype, repeats)
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16))
    }
    if json:
        print_json({name: timing.as_json(0) for name, timing in found.items()})
        return
    print_table(
        f"Matrix products on {where}, {torch.get_num_threads()} threads",
        [("", "left"), ("GFLOP/s", "right"), ("5 % to 95 %", "right")],
        [
            (
                name,
                f"{timing.median / 1e9:,.0f}",
                f"{timing.as_json(0)['p5'] / 1e9:,.0f} to {timing.p95 / 1e9:,.0f}",
            )
            for name, timing in found.items()
        ],
    )


@bench.command("whatif")
def whatif(
    run: Annotated[
        str | None,
        typer.Argument(help="A run of yours; without one a run is made, untrained, of --items."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", help="Whose sequence is edited, in a run of yours.")
    ] = None,
    items: Annotated[
        int, typer.Option("--items", min=100, help="Items of the made catalogue.")
    ] = 12_000,
    length: Annotated[
        int, typer.Option("--length", min=2, help="Items that the made model sees.")
    ] = 100,
    edits: Annotated[int, typer.Option("--edits", min=2, help="Edits that are measured.")] = 100,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Measure an edit from the key press to the painted answer.

    The app runs on a terminal that takes nothing but the time. Five edits warm up; each of the
    others takes one more item out, so that no answer is known from before. The engine's own time is
    part of the whole. A made run of a million items takes a minute and 1 GB for temporary files.

    Example: sigma-tui bench whatif --items 1000000 --json
    """
    from contextlib import AbstractContextManager, nullcontext

    from engine.home import Home
    from engine.training.runs import find_run
    from sigma_tui.bench.made_run import READER, MadeData, MadeRun, temporary_run
    from sigma_tui.bench.whatif import BURN_IN, measure_whatif

    used: AbstractContextManager[MadeRun]
    if run is None:
        history = length + BURN_IN + edits + 1  # the last one is held out
        users = max(1, items // 20)
        used = temporary_run(MadeData(items, users, history=history, max_length=length))
        user = READER
    else:
        home = Home.locate(library)
        used = nullcontext(MadeRun(find_run(home.runs, run).path, home.library))
    with used as opened:
        found = measure_whatif(opened.path, opened.library, user=user, edits=edits, device=device)
    if json:
        print_json(
            {
                "items": found.items,
                "longest": found.longest,
                "shortest": found.shortest,
                "key_to_painted_ms": found.painted.as_json(1),
                "engine_ms": found.engine.as_json(1),
            }
        )
        return
    seen = (
        f"{found.longest}"
        if found.longest == found.shortest
        else (f"{found.longest} to {found.shortest}")
    )
    print_table(
        f"{found.items:,} items, a sequence of {seen}, {edits} edits",
        [("", "left"), *_MILLISECONDS],
        [
            ("key to painted answer", *_spread(found.painted)),
            ("the engine's part", *_spread(found.engine)),
        ],
    )


@bench.command("lists")
def lists(
    rows: Annotated[
        int, typer.Option("--rows", min=1_000, help="Users, and items, of the made data.")
    ] = 1_000_000,
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Measure opening, scrolling, filtering and searching long lists.

    The app runs on a terminal that takes nothing but the time, on a made and untrained run. Times
    go from a key press to the picture that shows its effect. The longest stall is how long the
    screen could not have painted anything. A million rows take a minute and 1 GB for temporary
    files.

    Example: sigma-tui bench lists --rows 100000
    """
    from sigma_tui.bench.lists import measure_lists
    from sigma_tui.bench.made_run import MadeData, temporary_run

    with temporary_run(MadeData(rows, rows, history=101, max_length=100)) as made:
        found = measure_lists(made.path, made.library, device=device)
    if json:
        print_json(
            {
                "rows": rows,
                "lists": [
                    {
                        "name": one.name,
                        "key_to_painted_ms": one.painted.as_json(1),
                        "longest_stall_ms": round(one.longest_stall, 1),
                    }
                    for one in found
                ],
            }
        )
        return
    print_table(
        f"Lists of {rows:,} rows",
        [("", "left"), *_MILLISECONDS, ("longest stall", "right")],
        [(one.name, *_spread(one.painted), f"{one.longest_stall:.1f} ms") for one in found],
    )


@bench.command("start")
def start(
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Starts of each kind.")] = 7,
    json: JsonOption = False,
) -> None:
    """Measure how long the program takes to start.

    Each start is set beside the least that it could take, as a ratio of processes started in turn:
    the help beside an import of typer and rich; the app's first picture beside a ten-line app's,
    both in a terminal; the explorer filled from a run of 12,000 items beside an import of torch
    that loads the weights.

    Example: sigma-tui bench start --repeats 15
    """
    from sigma_tui.bench.start import measure_start

    found = measure_start(repeats)
    if json:
        print_json(
            {
                "starts": [
                    {
                        "name": one.name,
                        "least": one.least_name,
                        "seconds": one.taken.as_json(3),
                        "least_seconds": one.least.as_json(3),
                        "ratio": one.ratio.as_json(2),
                        "allowed": one.allowed,
                    }
                    for one in found
                ]
            }
        )
        return
    print_table(
        f"Starts, {repeats} of each in turn",
        [
            ("", "left"),
            ("time", "right"),
            ("least", "right"),
            ("ratio", "right"),
            ("5 % to 95 %", "right"),
            ("allowed", "right"),
        ],
        [
            (
                one.name,
                f"{one.taken.median * 1000:,.0f} ms",
                f"{one.least.median * 1000:,.0f} ms",
                f"{one.ratio.median:.2f}",
                f"{one.ratio.as_json(2)['p5']:.2f} to {one.ratio.p95:.2f}",
                f"{one.allowed:.1f}",
            )
            for one in found
        ],
        note="least: " + "; ".join(one.least_name for one in found) + ".",
    )


@bench.command("import")
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


_MILLISECONDS: tuple[tuple[str, "JustifyMethod"], ...] = (
    ("median", "right"),
    ("5 % to 95 %", "right"),
    ("worst", "right"),
)


def _spread(timing: "Timing") -> tuple[str, str, str]:
    """Of milliseconds, under the headings above."""
    return (
        f"{timing.median:.1f} ms",
        f"{timing.as_json(1)['p5']:.1f} to {timing.p95:.1f}",
        f"{max(timing.values):.1f} ms",
    )
