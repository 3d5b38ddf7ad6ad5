"""`bench start`: how long the program takes to start, beside the least that it could take."""

from typing import Annotated

import typer

from sigma_tui.commands.shared.options import JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display


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

    with step_display("making a run", still=True) as tell:
        found = measure_start(repeats, tell=tell)
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
