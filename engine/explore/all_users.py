"""What a run is worth over all users: measured once, and kept with the weights it was measured of.

The ranks of every user's held-out item are what is kept, so that two runs can be compared user by
user.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.evaluation.bootstrap import mean_intervals
from engine.evaluation.evaluate import evaluate
from engine.evaluation.interval import Difference
from engine.evaluation.metrics import of_users
from engine.explore.compared import Compared
from engine.library.contents import Catalogue, Interactions
from engine.own_files import make_private
from engine.sequences.sequence_set import SequenceSet
from engine.training.checkpoint import load_model, write_tensors
from engine.training.runs import MODEL
from engine.training.tensor_file import opened

KS = (10, 20)
ACCURACY = tuple(f"{name}@{k}" for name in ("recall", "ndcg") for k in KS)
BEYOND = ("diversity@10", "diversity_learned@10", "coverage@10", "novelty@10")
"""Metrics of lists as a whole, which have no interval."""
FORMAT = "sigma-tui measured 1"


@dataclass(frozen=True)
class Measured:
    """A run over the test split. ranks: of every evaluated user's item, float32 [U'], in the order
    of ``SequenceSet.evaluated``. metrics: all of ``evaluate`` at K = 10 and 20, by name."""

    ranks: torch.Tensor
    metrics: dict[str, float]


def kept_measurement(folder: Path, run: Path, interactions: Interactions) -> Measured | None:
    """What is kept of these weights on this data; None if nothing is, or it is damaged."""
    try:
        with opened(_place(folder, run, interactions)) as file:
            metadata = file.metadata
            if metadata.get("format") != FORMAT:
                return None
            metrics = json.loads(metadata["metrics"])
            found = Measured(
                file.tensor("ranks"), {str(name): float(metrics[name]) for name in metrics}
            )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    users = len(SequenceSet.of(interactions).evaluated())
    return found if found.ranks.shape == (users,) else None


def measure(
    folder: Path,
    run: Path,
    interactions: Interactions,
    catalogue: Catalogue,
    *,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """What is kept, or else every user's test item ranked, and kept.

    folder: of what is kept. progress: told users done and users in all; an exception of it ends
    the work. Uses weights of its own, so that the run may be asked other things meanwhile.
    Raises RunError for a damaged run, QuestionError if no user can be evaluated.
    """
    known = kept_measurement(folder, run, interactions)
    if known is not None:
        return known
    place = _place(folder, run, interactions)  # of the weights before they are read
    model = load_model(run, device=device).model
    where = next(model.parameters()).device
    with torch.inference_mode():
        report = evaluate(
            model,
            SequenceSet.of(interactions, where),
            catalogue,
            "test",
            ks=KS,
            progress=progress,
        )
    found = Measured(report.ranks.float(), report.metrics)
    make_private(folder)
    write_tensors(
        place, {"ranks": found.ranks}, {"format": FORMAT, "metrics": json.dumps(found.metrics)}
    )
    return found


def compare(first: Measured, second: Measured) -> list[Compared]:
    """Two runs, metric by metric: accuracy with intervals of the bootstrap over users, then the
    metrics of lists that either run has."""
    parts = torch.stack(
        [
            part
            for metric in ACCURACY
            for one, other in [(of_users(first.ranks, metric), of_users(second.ranks, metric))]
            for part in (one, other, one - other)
        ]
    )
    found = mean_intervals(parts)
    rows = []
    for place, metric in enumerate(ACCURACY):
        one, other, apart = found[3 * place : 3 * place + 3]
        rows.append(Compared(metric, one, other, Difference(apart.mean, apart.low, apart.high)))
    for metric in BEYOND:
        values = first.metrics.get(metric), second.metrics.get(metric)
        if values != (None, None):
            rows.append(Compared(metric, *values, difference=None))
    return rows


def _place(folder: Path, run: Path, interactions: Interactions) -> Path:
    """Named by the weights themselves: a run that is trained further is measured anew."""
    with (run / MODEL).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(interactions.fingerprint.encode("ascii", "replace"))
    return folder / f"{digest.hexdigest()[:32]}.safetensors"
