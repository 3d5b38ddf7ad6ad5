"""The diversity slider over a whole test split: what a weight costs in accuracy and brings."""

from collections.abc import Sequence

from engine.evaluation.evaluate import evaluate
from engine.library.contents import Catalogue
from engine.models.protocol import Recommender
from engine.sequences.sequence_set import SequenceSet

WEIGHTS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""γ of the re-ranking (evaluation/diversify.py), in units of the scores."""

METRICS = ("recall@10", "ndcg@10", "diversity@10")


def slide(
    model: Recommender,
    sequences: SequenceSet,
    catalogue: Catalogue,
    weights: Sequence[float] = WEIGHTS,
) -> dict[str, dict[str, float]]:
    """``METRICS`` of the test's lists of ten, re-ranked with each weight; by weight, as text.

    Empty for a catalogue without categories.
    """
    if not any(catalogue.categories):
        return {}
    found = {}
    for weight in weights:
        report = evaluate(model, sequences, catalogue, "test", ks=(10,), diversity_weight=weight)
        found[f"{weight:g}"] = {name: report.metrics[name] for name in METRICS}
    return found
