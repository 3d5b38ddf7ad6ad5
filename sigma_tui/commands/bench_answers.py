"""`bench answers`: the engine's own part of what a person may ask."""

from typing import Annotated

import typer

from sigma_tui.commands.shared.options import DeviceOption, JsonOption
from sigma_tui.commands.shared.printing import print_json, print_table, step_display

QUESTIONS = {
    "appended": "an item appended",
    "removed": "an item removed",
    "whole": "another sequence",
    "influence": "influence of every item on ten",
    "samples": "64 posterior samples",
}


def answers(
    items: Annotated[
        int, typer.Option("--items", min=100, help="Items of the catalogue.")
    ] = 12_000,
    length: Annotated[int, typer.Option("--length", min=2, help="Items of the sequence.")] = 100,
    repeats: Annotated[
        int, typer.Option("--repeats", min=2, help="Of each question, fewer of long ones.")
    ] = 50,
    device: DeviceOption = "auto",
    json: JsonOption = False,
) -> None:
    """Measure what the engine alone takes to answer, on a made and untrained model.

    As in the app, one core is left to the screen.

    Example: sigma-tui bench answers --items 1000000
    """
    from engine.bench.answers import answer_times
    from engine.training.device import choose_device, leave_a_core_free

    leave_a_core_free()
    with step_display("making a model", still=True) as tell:
        found = answer_times(
            items, length=length, repeats=repeats, device=choose_device(device), tell=tell
        )
    timings = {name: getattr(found, name) for name in QUESTIONS}
    if json:
        print_json(
            {
                "items": items,
                "length": length,
                **{f"{name}_ms": timing.as_json(1) for name, timing in timings.items()},
            }
        )
        return
    print_table(
        f"{items:,} items, a sequence of {length}, the engine alone",
        [("", "left"), ("median", "right"), ("5 % to 95 %", "right")],
        [
            (
                QUESTIONS[name],
                f"{timing.median:.1f} ms",
                f"{timing.as_json(1)['p5']:.1f} to {timing.p95:.1f}",
            )
            for name, timing in timings.items()
        ],
    )
