"""Quality floors: a few epochs on a small real dataset must beat popularity by far."""

from pathlib import Path

import pytest
import torch

from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.sequences.sequence_set import SequenceSet
from engine.training.train import TrainRequest, train


@pytest.fixture(scope="module")
def office(data, tmp_path_factory) -> Path:
    library = tmp_path_factory.mktemp("office") / "library.duckdb"
    import_source(library, ImportRequest(data / "amazon" / "Office_Products.txt", "office"))
    return library


def popularity_recall(library: Path, k: int = 20) -> float:
    """Validation Recall@K of the items that occur most in training, without the user's own."""
    with Library.open(library) as opened:
        sequences = SequenceSet.of(opened.interactions("office"))
    training = sequences.training()
    counts = torch.bincount(training.items, minlength=sequences.catalogue + 1)
    ranked = counts.argsort(descending=True).tolist()
    users = sequences.evaluated()
    questions = sequences.questions(users, "valid")
    hits = 0
    for items, length, target in zip(
        questions.items.tolist(),
        questions.lengths.tolist(),
        questions.targets.tolist(),
        strict=True,
    ):
        had = set(items[:length])
        best = [item for item in ranked[: k + len(had)] if item not in had][:k]
        hits += target in best
    return hits / len(users)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("bert4rec", {"epochs": 20}),
        ("dt4sr", {"epochs": 4}),
        ("dt4sr", {"epochs": 10, "loss": "bpr"}),
        ("sasrec", {"epochs": 10, "loss": "bce"}),
        ("bprmf", {"epochs": 60, "patience": 20, "loss": "bpr"}),
        ("bprmf", {"epochs": 60, "patience": 20}),
        ("lightgcn", {"epochs": 20, "loss": "bpr"}),
        ("lightgcn", {"epochs": 20}),
        ("svae", {"epochs": 6}),
        ("acvae", {"epochs": 6}),
        ("mind", {"epochs": 10}),
        ("mind", {"epochs": 10, "loss": "readout"}),
        ("comirec-dr", {"epochs": 10}),
        ("comirec-sa", {"epochs": 10}),
        ("comirec-sa", {"epochs": 10, "loss": "softmax"}),
    ],
    ids=str,
)
def test_a_few_epochs_beat_popularity_by_far(office, tmp_path, model, settings) -> None:
    result = train(
        TrainRequest(
            library=office, runs=tmp_path, dataset="office", model=model, preset="fast",
            settings=settings, device="cpu",
        )
    )  # fmt: skip
    # A user's vector has only that user's few items to learn from, and a softmax over all others.
    times = 4 if model == "bprmf" and "loss" not in settings else 5
    assert result.valid["recall@20"] > times * popularity_recall(office)
