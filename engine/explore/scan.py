"""Scores of a very large catalogue, exact where they decide anything.

At a million items one product with the whole table takes as long as everything else together: it
reads half a gigabyte. A copy in bfloat16 is a quarter as much work where a processor multiplies it
natively, but its scores are rounded. How far they can be off is known, so that every item that may
belong to the best, or beside the target, is scored again in full: list and rank are those of the
exact scores, always.
"""

import torch
from torch import Tensor

from engine.training.device import multiplies_bfloat16

LARGE = 200_000
"""Items from which a rounded copy is kept; below, the exact product takes few milliseconds."""

ROUNDING = 2.0**-9
"""Relative error of a number in bfloat16."""

SLACK = 1.05
"""For what is left out of the bound: squares of the rounding, sums in float32."""


class CatalogueScan:
    """Inner products with every item's vector.

    table: float32 [V + 1, D], row 0 is padding. rounded: keep the copy; None decides by the size of
    the table and the device.
    """

    def __init__(self, table: Tensor, *, rounded: bool | None = None) -> None:
        self._table = table
        if rounded is None:
            rounded = len(table) > LARGE and multiplies_bfloat16(table.device)
        self._rough = table.bfloat16() if rounded else None
        self._longest = float(torch.linalg.vector_norm(table, dim=1).max())

    def scores(
        self,
        query: Tensor,
        *,
        best: int,
        excluded: Tensor,
        target: int | None = None,
        offset: Tensor | None = None,
    ) -> Tensor:
        """Scores of all items, float32 [V + 1], −inf at padding.

        Exact are those of the best items that are not excluded, of the target, and of every item
        that could stand before one of these; others may be off by the rounding of the copy.

        query: float32 [D]. best: how many of the best have to be exact. excluded: int64 [E], items
        that may not be among them. offset: added to the scores, float32 [V + 1].
        """
        if self._rough is None:
            scores = torch.mv(self._table, query)
            scores = scores if offset is None else scores + offset
            scores[0] = -torch.inf
            return scores
        scores = (query.bfloat16()[None] @ self._rough.T)[0].float()
        # Both factors and the result are rounded, each by at most ROUNDING of itself.
        size = float(torch.linalg.vector_norm(query)) * self._longest
        reach = SLACK * ROUNDING * (2.0 * size + float(scores.abs().max()))
        if offset is not None:
            scores += offset
        scores[0] = -torch.inf
        allowed = scores.index_fill(0, excluded, -torch.inf)
        wanted = min(best, int((allowed > -torch.inf).sum()))
        if wanted:
            least = float(allowed.topk(wanted).values[-1])
            self._make_exact(scores, query, offset, allowed >= least - 2.0 * reach)
        if target is not None:
            at_target = torch.tensor([target], device=scores.device)
            self._make_exact(scores, query, offset, at_target)
            near = (scores - float(scores[target])).abs() <= reach
            self._make_exact(scores, query, offset, near)
        return scores

    def _make_exact(
        self, scores: Tensor, query: Tensor, offset: Tensor | None, which: Tensor
    ) -> None:
        """which: bool [V + 1] or int64 ids."""
        items = which.nonzero().squeeze(1) if which.dtype == torch.bool else which
        exact = self._table[items] @ query
        scores[items] = exact if offset is None else exact + offset[items]
