"""Learned categories against metadata labels, by hand and by chance."""

import numpy as np
import pytest

from engine.evaluation.meaning import meaning
from engine.library.contents import Catalogue


def catalogue(categories: list[tuple[str, ...]]) -> Catalogue:
    names = [f"i{place}" for place in range(len(categories))]
    return Catalogue(names, names, categories, np.ones(len(names), dtype=np.int64))


def membership(owner: list[int], count: int) -> np.ndarray:
    table = np.zeros((len(owner) + 1, count), dtype=np.float32)
    table[1:] = 0.1
    table[np.arange(1, len(owner) + 1), owner] = 0.9
    return table


def test_categories_that_are_the_labels_agree_wholly() -> None:
    found = meaning(
        membership([0, 0, 1, 1], 2), catalogue([("War",), ("War",), ("Love",), ("Love",)])
    )
    assert found is not None
    assert found.nmi == pytest.approx(1.0) and found.purity == 1.0
    assert found.lift == (2.0, 2.0)


def test_an_item_of_two_labels_counts_half_for_each_and_one_of_none_not_at_all() -> None:
    found = meaning(
        membership([0, 0, 1, 1], 2), catalogue([("War",), ("War", "Love"), ("Love",), ()])
    )
    assert found is not None and found.items == 3
    # A: 1.5 War, .5 Love; B: 1 Love.
    assert found.purity == pytest.approx(2.5 / 3)
    assert found.lift == (pytest.approx(0.75 / 0.5), pytest.approx(1 / 0.5))
    joint = np.array([[1.5, 0.5], [0.0, 1.0]]) / 3
    information = sum(
        joint[k, g] * np.log(joint[k, g] / (joint[k].sum() * joint[:, g].sum()))
        for k in range(2)
        for g in range(2)
        if joint[k, g]
    )
    entropy = [-sum(p * np.log(p) for p in margin) for margin in (joint.sum(0), joint.sum(1))]
    assert found.nmi == pytest.approx(information / np.mean(entropy))


def test_categories_at_random_agree_no_more_than_chance() -> None:
    chance = np.random.default_rng(3)
    labels = [(f"g{number}",) for number in chance.integers(0, 6, 600)]
    found = meaning(membership(chance.integers(0, 4, 600).tolist(), 4), catalogue(labels))
    assert found is not None
    assert found.nmi == pytest.approx(found.nmi_by_chance, abs=0.01) and found.nmi_by_chance > 0
    assert found.purity == pytest.approx(found.purity_by_chance, abs=0.03)


def test_without_labels_there_is_nothing_to_agree_with() -> None:
    assert meaning(membership([0, 1], 2), catalogue([(), ()])) is None


def test_a_category_without_items_has_no_lift() -> None:
    found = meaning(membership([0, 0], 3), catalogue([("War",), ("Love",)]))
    assert found is not None and found.lift == (pytest.approx(1.0), 0.0, 0.0)
