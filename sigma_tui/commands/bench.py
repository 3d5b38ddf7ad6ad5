"""`bench`: measure speed on this machine, each claim as a ratio taken in one run."""

from typing import TYPE_CHECKING, Annotated

import typer

from sigma_tui.commands.bench_answers import answers
from sigma_tui.commands.bench_frames import frames
from sigma_tui.commands.bench_import import import_
from sigma_tui.commands.bench_memory import memory
from sigma_tui.commands.bench_start import start
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
bench.command("frames")(frames)
bench.command("start")(start)
bench.command("import")(import_)


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
    found = {}
    with step_display("warming up") as show:
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):

            def tell(done: str, name: str = name) -> None:
                show(f"{name}: {done}")

            found[name] = matrix_rate(where, dtype, repeats, tell=tell)
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
    first = "making a run" if run is None else "opening the run"
    if run is None:
        history = length + BURN_IN + edits + 1  # the last one is held out
        users = max(1, items // 20)
        used = temporary_run(MadeData(items, users, history=history, max_length=length))
        user = READER
    else:
        home = Home.locate(library)
        used = nullcontext(MadeRun(find_run(home.runs, run).path, home.library))
    with step_display(first, still=True) as tell, used as opened:
        found = measure_whatif(
            opened.path, opened.library, user=user, edits=edits, device=device, tell=tell
        )
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

    with (
        step_display("making a run", still=True) as tell,
        temporary_run(MadeData(rows, rows, history=101, max_length=100)) as made,
    ):
        found = measure_lists(made.path, made.library, device=device, tell=tell)
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
