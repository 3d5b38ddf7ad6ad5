"""Leading vectors of a sparse matrix, whole and in pieces."""

import pytest
import torch
from torch import Tensor

from engine.models.blocks import leading
from engine.models.blocks.leading import leading_vectors, runs_of


class Ticks:
    """Counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def symmetric(size: int) -> Tensor:
    """A sparse matrix with some heavy rows, empty ones, and a few leading directions."""
    generator = torch.Generator().manual_seed(0)
    places = (torch.rand(2, size * 6, generator=generator) ** 2 * (size - 3)).long()
    half = torch.sparse_coo_tensor(
        places, torch.rand(size * 6, generator=generator), (size, size), check_invariants=True
    )
    return (half + half.t()).coalesce()


def test_a_product_in_pieces_has_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, basis = symmetric(200), torch.randn(200, 5)
    for at_once in (1, 100, 1000):
        ticks = Ticks()
        monkeypatch.setattr(leading, "PRODUCTS_AT_ONCE", at_once)
        found = leading._product(matrix, basis, ticks)
        assert torch.equal(found, matrix @ basis)
        assert ticks.count > 3


def test_columns_are_made_orthonormal_in_pieces_and_span_the_same(monkeypatch) -> None:
    columns = torch.randn(203, 6, dtype=torch.float64)
    whole, _ = torch.linalg.qr(columns)
    for at_once in (1, 6 * 50, 6 * 203):
        ticks = Ticks()
        monkeypatch.setattr(leading, "ELEMENTS_AT_ONCE", at_once)
        found = leading._orthonormal(columns, ticks)
        assert ticks.count == {1: 35, 300: 6, 1218: 1}[at_once]
        assert found.is_contiguous()
        torch.testing.assert_close(found.T @ found, torch.eye(6, dtype=torch.float64))
        torch.testing.assert_close(found @ found.T, whole @ whole.T)


def test_vectors_found_in_pieces_are_those_found_at_once(monkeypatch) -> None:
    matrix = symmetric(120)
    torch.manual_seed(1)
    whole = leading_vectors(matrix, 4)
    monkeypatch.setattr(leading, "PRODUCTS_AT_ONCE", 200)
    monkeypatch.setattr(leading, "ELEMENTS_AT_ONCE", 300)
    torch.manual_seed(1)
    pieces = leading_vectors(matrix, 4)
    torch.testing.assert_close(pieces @ pieces.T, whole @ whole.T, atol=1e-3, rtol=0.0)


def test_runs_cost_about_the_same_and_hold_every_row_once() -> None:
    assert runs_of(torch.tensor([1, 1, 1, 1, 1]), 2) == [2, 2, 1]
    assert runs_of(torch.tensor([0, 0, 9, 0, 1]), 3) == [2, 2, 1]
    assert runs_of(torch.tensor([], dtype=torch.int64), 3) == []
    costs = torch.randint(0, 40, (300,), generator=torch.Generator().manual_seed(0))
    sizes = runs_of(costs, 100)
    assert sum(sizes) == 300
    assert all(int(run[1:].sum()) < 100 for run in costs.split(sizes))
    assert len(sizes) <= int(costs.sum()) // 100 + 1
