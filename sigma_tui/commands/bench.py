"""`bench`: measure speed on this machine, each claim as a ratio taken in one run."""

from typing import Annotated

import typer

from sigma_tui.commands.bench_train import train
from sigma_tui.options import DeviceOption, JsonOption
from sigma_tui.printing import print_json, print_table

bench = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)
bench.command("train")(train)


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
