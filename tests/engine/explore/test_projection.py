"""Principal components, held against a singular value decomposition of everything at once."""

import numpy as np
import pytest

from engine.explore import projection
from engine.explore.projection import principal_components


def vectors(items: int = 300, dim: int = 7) -> np.ndarray:
    chance = np.random.default_rng(3)
    spread = np.array([5.0, 3.0, 2.0, 1.0, 0.5, 0.3, 0.1])[:dim]
    table = (chance.normal(size=(items + 1, dim)) * spread + 2.0).astype(np.float32)
    table[0] = 0.0
    return table


def test_points_are_the_singular_value_decompositions(monkeypatch) -> None:
    monkeypatch.setattr(projection, "ROWS_AT_A_TIME", 64)  # several parts
    table = vectors()
    found = principal_components(table, axes=4)
    items = table[1:].astype(np.float64)
    centred = items - items.mean(axis=0)
    left, values, axes = np.linalg.svd(centred, full_matrices=False)
    assert np.abs(found.points[1:]) == pytest.approx(np.abs((left * values)[:, :4]), abs=1e-4)
    assert np.abs(found.axes) == pytest.approx(np.abs(axes[:4].T), abs=1e-6)
    assert found.share == pytest.approx((values**2 / (values**2).sum())[:4])
    assert not found.points[0].any()


def test_an_item_is_placed_where_its_point_is() -> None:
    table = vectors()
    found = principal_components(table)
    placed = found.place(table[1:].astype(np.float64))
    assert placed == pytest.approx(found.points[1:], abs=1e-4)


def test_a_gaussian_is_spread_as_its_samples_are() -> None:
    found = principal_components(vectors())
    variance = np.array([[0.5, 2.0, 0.1, 1.0, 3.0, 0.2, 0.7]])
    samples = np.random.default_rng(0).normal(size=(200_000, 7)) * np.sqrt(variance)
    expected = np.cov((samples @ found.axes).T)
    assert found.spread(variance)[0] == pytest.approx(expected, abs=0.03)


def test_signs_do_not_depend_on_chance() -> None:
    table = vectors()
    found = principal_components(table)
    largest = np.abs(found.axes).argmax(axis=0)
    assert (found.axes[largest, np.arange(found.axes.shape[1])] > 0).all()
    again = principal_components(table)
    assert (found.points == again.points).all()


@pytest.mark.parametrize(("dim", "axes"), [(2, 2), (3, 2), (5, 4), (7, 6)])
def test_axes_come_in_pairs(dim, axes) -> None:
    assert principal_components(vectors(dim=dim)).axes.shape == (dim, axes)
