"""Leading vectors of a large sparse matrix, found in pieces between which one can stop."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

SPARE_VECTORS, ROUNDS = 8, 4
"""Of the randomised decomposition: vectors beside the wanted ones, and power iterations."""
PRODUCTS_AT_ONCE = 1 << 26
"""Numbers that are multiplied in one piece of a sparse product: a third of a second."""
ELEMENTS_AT_ONCE = 1 << 21
"""Of a matrix whose columns are made orthonormal in one piece: a fifth of a second."""


def leading_vectors(matrix: Tensor, count: int, tick: Callable[[], None] = lambda: None) -> Tensor:
    """Leading singular vectors of a symmetric sparse matrix [V, V], each times the root of its
    value: [V, count].

    By a random subspace and power iterations (Halko, Martinsson & Tropp 2011): what
    ``torch.svd_lowrank`` does, without transposes, which cost a sparse matrix a sort each.

    matrix: coalesced. tick: called before every piece; what it raises ends the work.
    """
    held = min(count + SPARE_VECTORS, len(matrix))
    tick()
    basis = torch.randn(len(matrix), held)
    for _ in range(1 + ROUNDS):
        basis = _orthonormal(_product(matrix, basis, tick), tick)
    value, turned = torch.linalg.eigh(basis.T @ _product(matrix, basis, tick))
    tick()
    first = value.abs().argsort(descending=True)[:count]
    vectors: Tensor = (basis @ turned[:, first]) * value[first].abs().sqrt()
    return vectors


def runs_of(costs: Tensor, most: int) -> list[int]:
    """Cuts rows into runs, each of which costs less than ``most`` beside its first row.

    costs: int64 [N]. Returns how many rows each run has.
    """
    piece = (costs.cumsum(0) - 1).clamp(min=0) // most
    sizes: list[int] = torch.unique_consecutive(piece, return_counts=True)[1].tolist()
    return sizes


def _product(matrix: Tensor, basis: Tensor, tick: Callable[[], None]) -> Tensor:
    """matrix @ basis, the same bits as in one piece."""
    found = []
    for rows in _rows(matrix, max(1, PRODUCTS_AT_ONCE // basis.shape[1])):
        tick()
        found.append(rows @ basis)
    return torch.cat(found)


def _rows(matrix: Tensor, most: int) -> Iterator[Tensor]:
    """The rows of a coalesced sparse matrix, so many that they have about ``most`` entries."""
    entries = torch.bincount(matrix.indices()[0], minlength=len(matrix))
    first = begin = 0
    for count in runs_of(entries, most):
        end = begin + int(entries[first : first + count].sum())
        places = matrix.indices()[:, begin:end].clone()
        places[0] -= first
        yield torch.sparse_coo_tensor(
            places,
            matrix.values()[begin:end],
            (count, matrix.shape[1]),
            check_invariants=False,  # as of the whole
            is_coalesced=True,
        )
        first, begin = first + count, end


def _orthonormal(columns: Tensor, tick: Callable[[], None]) -> Tensor:
    """An orthonormal basis of what N columns span, [V, N]: the Q of a QR decomposition, by those of
    pieces and that of their R (Demmel et al. 2012, TSQR)."""
    width = columns.shape[1]
    parts, corners = [], []
    for rows in torch.split(columns, max(width, ELEMENTS_AT_ONCE // width)):
        tick()
        part, corner = torch.linalg.qr(rows)
        parts.append(part)
        corners.append(corner)
    if len(parts) > 1:
        tick()
        whole, _ = torch.linalg.qr(torch.cat(corners))
        turns = torch.split(whole, [len(corner) for corner in corners])
        parts = [part @ turn for part, turn in zip(parts, turns, strict=True)]
    # Row by row, as cat lays them: a product takes five times as long with columns as QR lays them.
    return torch.cat(parts)
