"""`bench memory`: whether the app holds more and more while somebody edits."""

from typing import Annotated

import typer

from sigma_tui.commands.shared.options import DeviceOption, JsonOption, LibraryOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display


def memory(
    run: Annotated[
        str | None, typer.Argument(help="A run of yours; without one, a made one.")
    ] = None,
    edits: Annotated[int, typer.Option("--edits", min=4, help="Edits that are watched.")] = 1_000,
    every: Annotated[int, typer.Option("--every", min=4, help="Edits between two looks.")] = 100,
    kept: Annotated[
        bool, typer.Option("--kept", help="Let all edits stay undoable; else each is undone.")
    ] = False,
    user: Annotated[
        str | None, typer.Option("--user", help="Whose sequence; the first one.")
    ] = None,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Measure the memory that the app holds over many edits.

    The app runs on a wide terminal that takes nothing but the time, with every pane and the map.
    The first edits, as many as between two looks, warm up.

    Example: sigma-tui bench memory --edits 1000
    """
    from contextlib import AbstractContextManager, nullcontext

    from engine.home import Home
    from engine.training.runs import find_run
    from sigma_tui.bench.made_run import READER, MadeData, MadeRun, temporary_run
    from sigma_tui.bench.memory import measure_memory

    used: AbstractContextManager[MadeRun]
    first = "making a run" if run is None else "opening the run"
    if run is None:
        used = temporary_run(MadeData(12_000, 600, history=101, max_length=100))
        user = READER
    else:
        home = Home.locate(library)
        used = nullcontext(MadeRun(find_run(home.runs, run).path, home.library))
    with step_display(first, still=True) as tell, used as opened:
        found = measure_memory(
            opened.path, opened.library,
            user=user, edits=edits, every=every, kept=kept, device=device, tell=tell,
        )  # fmt: skip
    if json:
        print_json(
            {
                "kept": kept,
                "looks": [
                    {
                        "edits": one.edits,
                        "mebibytes": round(one.mebibytes, 1),
                        "objects": one.objects,
                    }
                    for one in found
                ],
            }
        )
        return
    print_table(
        f"Memory over {edits:,} edits, each " + ("kept" if kept else "taken back"),
        [("edits", "right"), ("in memory", "right"), ("objects", "right")],
        [(f"{one.edits:,}", f"{one.mebibytes:,.1f} MiB", f"{one.objects:,}") for one in found],
    )
