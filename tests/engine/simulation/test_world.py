"""The demo's world: real books, reproducible readers, and what the model learned of them."""

import gzip
import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.agreement import (
    adjusted_rand_index,
    mapped_intensities,
    normalised_mutual_information,
    spearman,
)
from engine.explore.explorer import Explorer
from engine.library.library import Library
from engine.simulation.books import read_books
from engine.simulation.build import SETTINGS
from engine.simulation.readers import INTERESTS, World, simulate
from engine.simulation.sources import BOOKS, READINGS, write_sources
from engine.simulation.truth import agreement_with_truth
from engine.simulation.world_import import DATASET, import_demo
from engine.training.presets import settings_for
from engine.training.rule import Shape
from engine.training.runs import RUN

DEMO = Path(__file__).parents[3] / "assets" / "demo"


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(read_books(DEMO / "books.tsv"))


def test_the_catalogue_is_large_and_without_repeats() -> None:
    books = read_books(DEMO / "books.tsv")
    assert len(books) >= 600
    assert len({(book.title, book.author) for book in books}) == len(books)
    genres = Counter(genre for book in books for genre in book.genres)
    assert set(genres) == {genre for group in INTERESTS.values() for genre in group}
    assert min(genres.values()) >= 35
    assert all(1 <= len(book.genres) <= 3 for book in books)
    assert all(book.year < 1929 for book in books)
    assert all((book.series is None) == (book.number is None) for book in books)


def test_the_same_seed_gives_the_same_readers_everywhere(world) -> None:
    said = repr([(reader.books, reader.mixtures) for reader in world.readers])
    # Equal on CPython 3.11, 3.12 and 3.13: a change here means that the demo must be built again.
    assert hashlib.md5(said.encode()).hexdigest() == "775975bae8057caf8e2b79cc343008e5"
    assert simulate(world.books, readers=5).readers == world.readers[:5]
    assert simulate(world.books, readers=5, seed=2).readers != world.readers[:5]


def test_the_shipped_files_are_a_fresh_generation(world, tmp_path) -> None:
    write_sources(world, tmp_path)
    assert (tmp_path / BOOKS).read_bytes() == (DEMO / BOOKS).read_bytes()
    fresh, shipped = (
        gzip.decompress((folder / READINGS).read_bytes()) for folder in (tmp_path, DEMO)
    )
    assert fresh == shipped


def test_readers_are_what_they_are_said_to_be(world) -> None:
    lengths = [len(reader.books) for reader in world.readers]
    assert 20 < np.mean(lengths) < 28
    assert (min(lengths), max(lengths)) >= (6, 60)
    for reader in world.readers[:300]:
        assert len(set(reader.books)) == len(reader.books)
        assert 2 <= sum(weight > 0 for weight in reader.mixtures[0]) <= 4
        for book, mixture, interest in zip(
            reader.books, reader.mixtures, reader.interests, strict=True
        ):
            assert sum(mixture) == pytest.approx(1)
            assert world.membership[book][interest] > 0
    counts = sorted(Counter(b for r in world.readers for b in r.books).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.3 * sum(counts)  # a long tail


def test_agreement_by_hand() -> None:
    assert normalised_mutual_information([0, 0, 1, 1], [1, 1, 0, 0]) == pytest.approx(1)
    assert normalised_mutual_information([0, 1, 0, 1], [0, 0, 1, 1]) == pytest.approx(0)
    assert adjusted_rand_index([0, 0, 1, 1], [5, 5, 3, 3]) == pytest.approx(1)
    assert adjusted_rand_index([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(4 / 7)
    assert spearman(np.array([1.0, 2, 3]), np.array([1.0, 4, 9])) == pytest.approx(1)
    assert spearman(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert spearman(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4])) == pytest.approx(
        np.sqrt(0.9)
    )
    assert spearman(np.array([1.0, 1]), np.array([1.0, 2])) == 0
    mapped = mapped_intensities(np.array([[0.75, 0.25]]), [0, 0, 1], [1, 0, 1], 2)
    assert mapped.tolist() == [[0.375, 0.625]]


def test_the_shipped_model_learned_the_true_interests(world, tmp_path) -> None:
    library = tmp_path / "library.duckdb"
    import_demo(DEMO, library)
    explorer = Explorer.load(DEMO / "demo", library, device="cpu")
    agreement = agreement_with_truth(explorer, world)
    # Chance gives 0 for both indices; the floors leave room for another processor's rounding.
    assert agreement.nmi > 0.5
    assert agreement.ari > 0.38
    assert agreement.intensities > 0.45
    assert agreement.intensities > agreement.chance + 0.2
    assert explorer.metrics["recall@20"] > 0.5


def test_the_shipped_model_is_what_the_program_would_train_today(tmp_path) -> None:
    """Whatever presets and the rule have come to choose since."""
    library = tmp_path / "library.duckdb"
    import_demo(DEMO, library)
    described = json.loads((DEMO / "demo" / RUN).read_text("utf-8"))
    with Library.open(library) as opened:
        summary = opened.summary(DATASET)
    shape = Shape(summary.users, summary.items, summary.avg_length)
    model, training = settings_for(described["model"], described["preset"], SETTINGS, shape)
    assert described["settings"] == {"model": asdict(model), "training": asdict(training)}


def test_the_shipped_demo_is_small() -> None:
    total = sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file())
    assert (DEMO / "demo" / "model.safetensors").stat().st_size < 4_000_000
    assert total < 5_000_000
