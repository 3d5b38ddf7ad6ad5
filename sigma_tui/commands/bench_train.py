"""`bench train`: training beside its arithmetic floor."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sigma_tui.commands.shared.options import (
    DeviceOption,
    JsonOption,
    LibraryOption,
    SetOption,
    changes_of,
)
from sigma_tui.commands.shared.printing import print_json, print_table, step_display

if TYPE_CHECKING:
    from engine.bench.measurement import Timing
    from engine.bench.profile import Operation

NAME_LENGTH = 44
"""Letters of an operation's name that are told; the JSON has them all."""


def train(
    dataset: Annotated[
        str | None,
        typer.Argument(help="A dataset of the library; without it data is made."),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="sigma or sasrec.")] = "sigma",
    preset: Annotated[str, typer.Option("--preset", help="As of `sigma-tui train`.")] = "best",
    set: SetOption = None,
    items: Annotated[int, typer.Option("--items", min=10, help="Items of made data.")] = 10_000,
    interactions: Annotated[
        int, typer.Option("--interactions", min=100, help="Interactions of made data.")
    ] = 200_000,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Measured epochs.")] = 5,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Measure the first steps of an epoch only.")
    ] = None,
    until: Annotated[
        float | None,
        typer.Option("--until", help="Also train until validation Recall@20 reaches this."),
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Also say where the time of a step goes.")
    ] = False,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Measure training against its arithmetic floor: the matrix products alone.

    The floor counts the multiply-adds that the model's shapes ask for and divides by the matrix
    rate of this machine, measured before and after every epoch.

    Example: sigma-tui bench train films --json
    """
    import torch

    from engine.bench.made_data import made_sequences
    from engine.bench.training import time_to_recall, training_speed, where_time_goes
    from engine.home import Home
    from engine.library.library import Library
    from engine.models.registry import build
    from engine.sequences.sequence_set import SequenceSet
    from engine.training.device import choose_device
    from engine.training.presets import settings_for
    from engine.training.rule import Shape

    where = choose_device(device)
    with step_display("reading the data …") as tell:
        if dataset is None:
            sequences = made_sequences(items, interactions)
            sequences = SequenceSet(
                sequences.items.to(where), sequences.offsets.to(where), sequences.catalogue
            )
        else:
            with Library.open(library or Home.locate().library) as opened:
                sequences = SequenceSet.of(opened.interactions(dataset), where)
        chosen, training = settings_for(
            model,
            preset,
            changes_of(set),
            Shape(
                users=len(sequences.lengths),
                items=sequences.catalogue,
                mean_length=float(sequences.lengths.double().mean()),
            ),
        )

        def fresh() -> Any:
            torch.manual_seed(training.seed)
            return build(model, sequences.catalogue, chosen, len(sequences.lengths)).to(where)

        found = training_speed(
            fresh(), chosen, training, sequences, epochs=epochs, steps=steps, tell=tell
        )
        quality = (
            None
            if until is None
            else time_to_recall(fresh(), training, sequences, until, tell=tell)
        )
        spent = where_time_goes(fresh(), training, sequences) if profile else None
    whole = found.seconds.median * found.whole_steps / found.steps
    result: dict[str, Any] = {
        "data": dataset or f"made, {items:,} items, {interactions:,} interactions",
        "model": model,
        "device": str(where),
        "threads": torch.get_num_threads(),
        "precision": found.precision,
        "items": sequences.catalogue,
        "users": len(sequences.lengths),
        "steps": found.steps,
        "steps_of_an_epoch": found.whole_steps,
        "positions": found.positions,
        "operations": found.operations,
        "seconds": found.seconds.as_json(),
        "epoch_seconds": round(whole, 3),
        "gflops": {name: _giga(rate) for name, rate in found.rates.items()},
        "floor_seconds": {name: floor.as_json() for name, floor in found.floors.items()},
        "times_the_floor": {name: times.as_json(3) for name, times in found.ratios.items()},
        "peak_memory_bytes": found.peak_memory,
    }
    if quality is not None:
        result["until"] = {
            "recall@20": until,
            "seconds": quality.seconds,
            "epochs": quality.epochs,
            "curve": [[round(spent, 2), round(recall, 4)] for spent, recall in quality.curve],
        }
    if spent is not None:
        result["profile"] = {
            "seconds_of_a_step": spent.seconds,
            "host_seconds": spent.host,
            "device_seconds": spent.device,
            "operations": [asdict(one) for one in spent.operations],
        }
    if json:
        print_json(result)
        return
    lines = [
        ("data", str(result["data"])),
        ("model", f"{model}, {found.precision} products, {where}, {result['threads']} threads"),
        ("an epoch", f"{whole:.2f} s, {found.whole_steps} steps"),
    ]
    for name, times in found.ratios.items():
        lines.append(
            (
                f"the floor in {name}",
                f"{found.floors[name].median:.2f} s at {found.rates[name].median / 1e9:,.0f} "
                f"GFLOP/s: measured {times.median:.2f} times it "
                f"({times.as_json()['p5']:.2f} to {times.p95:.2f})",
            )
        )
    if found.peak_memory is not None:
        lines.append(("peak memory", f"{found.peak_memory / 2**30:.2f} GiB"))
    if quality is not None:
        reached = (
            f"not reached in {quality.epochs} epochs"
            if quality.seconds is None
            else f"{quality.seconds:.1f} s, {quality.epochs} epochs"
        )
        lines.append((f"validation Recall@20 of {until:g}", reached))
    if spent is not None:
        gpu = f", the GPU for {spent.device * 1e3:.1f}" if spent.device else ""
        busy = f"the processor works for {spent.host * 1e3:.1f} ms of it{gpu}"
        lines.append(("a step, profiled", f"{spent.seconds * 1e3:.1f} ms: {busy}"))
        lines += [(_milliseconds(one), _short(one)) for one in spent.operations]
    print_table("Training beside its arithmetic floor", [("", "left"), ("", "left")], lines)


def _milliseconds(one: "Operation") -> str:
    gpu = f" + {one.device * 1e3:.2f}" if one.device else ""
    return f"{one.host * 1e3:6.2f}{gpu} ms"


def _short(one: "Operation") -> str:
    """The name of an operation, of which a GPU's kernels have whole lines."""
    name = one.name if len(one.name) <= NAME_LENGTH else one.name[: NAME_LENGTH - 1] + "…"
    return f"{name}, {one.calls:g} a step"


def _giga(rate: "Timing") -> dict[str, float]:
    from engine.bench.measurement import Timing

    return Timing.of([value / 1e9 for value in rate.values]).as_json(1)
