"""What goes and what stays when something is removed, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from sigma_tui.look.text import counted, visible

if TYPE_CHECKING:
    from engine.library.library import DatasetSummary
    from engine.training.runs import RunSummary

NAMED = 8
"""Runs that are named one by one."""


def dataset_question(dataset: "DatasetSummary", runs: Sequence["RunSummary"]) -> Text:
    """Of a dataset: its size, where it came from, and the runs that need it."""
    said = Text(
        f"{dataset.users:,} users, {dataset.items:,} items and {dataset.interactions:,} "
        "interactions go. The file that they came from stays: "
        f"{visible(str(dataset.options['source']))}"
    )
    needing = [run.name for run in runs if run.dataset == dataset.name]
    if not needing:
        said.append("\n\nNo run was trained on it.")
        return said
    count = "1 run was" if len(needing) == 1 else f"{len(needing)} runs were"
    said.append(f"\n\n{count} trained on it and cannot be explored without it: ", "bold")
    said.append(", ".join(visible(name) for name in needing[:NAMED]))
    if len(needing) > NAMED:
        said.append(f" and {len(needing) - NAMED} more")
    said.append(". They stay; the same data imported again fits them again.")
    return said


def run_question(run: "RunSummary") -> Text:
    """Of a run: what it learned, and that its data stays."""
    said = Text(f"{run.model} on {visible(run.dataset)}, {counted(run.epochs, 'epoch')}")
    if "recall@20" in run.valid:
        said.append(f", Recall@20 {run.valid['recall@20']:.3f}".replace("0.", ".", 1))
    said.append(". Its checkpoint, settings and curves go.\n\n")
    said.append(f"The dataset {visible(run.dataset)} stays.")
    return said
