"""`bench frames`: what holds up the screen in a minute's use."""

from typing import Annotated

import typer

from sigma_tui.commands.shared.options import DeviceOption, JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display


def frames(
    columns: Annotated[int, typer.Option("--columns", min=80, help="Cells of a line.")] = 120,
    lines: Annotated[int, typer.Option("--lines", min=24, help="Lines of the terminal.")] = 36,
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Measure what keeps the screen busy for more than 16 ms in a minute's use of the demo.

    The app runs on a terminal that takes nothing but the time; keys are pressed as somebody does
    who edits, walks along users, searches, steers, looks at maps and themes. Counted is processor
    time of the screen's thread: waiting for other programs does not count, but caches and a core
    that they share do. Nothing of yours is read.

    Example: sigma-tui bench frames
    """
    from sigma_tui.bench.frames import MINUTE, measure_frames

    with step_display("opening the demo", still=True) as tell:
        found = measure_frames(MINUTE, (columns, lines), device=device, tell=tell)
    if json:
        print_json(
            {
                "columns": columns,
                "lines": lines,
                "acts": [
                    {
                        "name": one.name,
                        "seconds": round(one.seconds, 2),
                        "worked_seconds": round(one.worked, 3),
                        "pictures": one.pictures,
                        "late": [
                            {"worked_ms": round(1000 * late.worked, 1), "told": late.told}
                            for late in one.late
                        ],
                    }
                    for one in found
                ],
            }
        )
        return
    rows = [
        (
            one.name,
            str(one.pictures),
            str(len(one.late)),
            "–" if one.worst is None else f"{1000 * one.worst.worked:.0f} ms",
            "" if one.worst is None else one.worst.told.partition(" · ")[0],
        )
        for one in found
    ]
    print_table(
        f"A minute of use at {columns}×{lines}: {sum(one.seconds for one in found):.0f} s, "
        f"{sum(one.worked for one in found):.1f} s of the screen's thread, "
        f"{sum(len(one.late) for one in found)} times over 16 ms for "
        f"{sum(one.pictures for one in found)} pictures",
        [("", "left"), ("pictures", "right"), ("late", "right"), ("worst", "right"),
         ("in", "left")],
        rows,
        note="late: the screen's thread worked more than 16 ms at a stretch. worst: the longest.",
    )  # fmt: skip
