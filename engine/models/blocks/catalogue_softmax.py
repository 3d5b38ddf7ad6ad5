"""Cross-entropy of the next item under a softmax over the whole catalogue, in bounded memory.

The logits of N positions over V items are by far the largest tensor of training. Here they exist
only for a chunk of positions at a time: each chunk gives its share of the loss and, at once, of
both gradients, so that nothing of size [N, V] is held and nothing is computed twice.

Several queries a position, [N, K, D], score an item by their maximum: score(v) = max_k q_k · e_v
(paper, eqs. 8 and 9).
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.models.blocks.precision import at_least_float32

CHUNK_ELEMENTS = 1 << 22
"""Logits held at a time by default: 16 MiB in float32."""


class _CatalogueCrossEntropy(torch.autograd.Function):
    """Computes the gradients in the forward pass, chunk by chunk, and scales them in backward."""

    @staticmethod
    def forward(
        ctx: Any, queries: Tensor, table: Tensor, targets: Tensor, chunk_elements: int
    ) -> Tensor:
        count, heads, dim = queries.shape
        catalogue = table[1:]  # row 0 is padding and can never be the next item
        wanted = targets - 1
        vocabulary = catalogue.shape[0]
        needs_queries, needs_table = ctx.needs_input_grad[0], ctx.needs_input_grad[1]
        grad_queries = torch.empty_like(queries) if needs_queries else None
        grad_table = torch.zeros_like(table) if needs_table else None
        rows = max(1, chunk_elements // (vocabulary * heads))
        total = at_least_float32(queries.new_zeros(()))
        for start in range(0, count, rows):
            stop = min(start + rows, count)
            here, want = queries[start:stop], wanted[start:stop, None]
            flat = here.reshape(-1, dim)
            logits = at_least_float32(flat @ catalogue.T).view(stop - start, heads, vocabulary)
            if heads == 1:
                best, winner = logits[:, 0], None
            else:
                best, winner = logits.max(dim=1, keepdim=False)
            log_total = best.logsumexp(dim=1, keepdim=True)  # [n, 1]
            total += (log_total - best.gather(1, want)).sum()
            if grad_queries is None and grad_table is None:
                continue
            error = best.sub(log_total).exp_()  # softmax minus one-hot, [n, V]
            error.scatter_add_(1, want, torch.full_like(error[:, :1], -1.0)).div_(count)
            if winner is not None:
                spread = torch.zeros_like(logits).scatter_(1, winner[:, None], error[:, None])
                error = spread.view(-1, vocabulary)
            error = error.to(flat.dtype)
            if grad_queries is not None:
                grad_queries[start:stop] = (error @ catalogue).view(stop - start, heads, dim)
            if grad_table is not None:
                grad_table[1:] += (error.T @ flat).to(grad_table.dtype)
        ctx.save_for_backward(grad_queries, grad_table)
        return total / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        grad_queries, grad_table = ctx.saved_tensors
        return (
            None if grad_queries is None else grad_queries * grad,
            None if grad_table is None else grad_table * grad,
            None,
            None,
        )


def catalogue_cross_entropy(
    queries: Tensor, table: Tensor, targets: Tensor, chunk_elements: int = CHUNK_ELEMENTS
) -> Tensor:
    """Mean of −log softmax_v(score)_target over all positions.

    queries: float [N, D], or [N, K, D] scored by the maximum over K. N ≥ 1.
    table: float [V + 1, D], item embeddings; row 0 is padding.
    targets: int64 [N], in 1..V.
    chunk_elements: logits held at a time, a bound on memory.
    Returns a scalar, in float32 or wider.
    """
    if queries.dim() == 2:
        queries = queries[:, None]
    if not torch.is_grad_enabled():  # the gradients would be computed all the same
        queries, table = queries.detach(), table.detach()
    # torch declares Function.apply without annotations
    loss: Tensor = _CatalogueCrossEntropy.apply(queries, table, targets, chunk_elements)  # type: ignore[no-untyped-call]
    return loss


def sampled_cross_entropy(
    queries: Tensor, table: Tensor, targets: Tensor, negatives: Tensor
) -> Tensor:
    """The same loss estimated from negatives that the whole batch shares: one matrix product.

    The negatives are drawn uniformly from the catalogue, so each stands for V/S items; that logQ
    correction makes the estimate of the partition sum unbiased (Bengio & Senécal 2008). Negatives
    that are a position's own target are left out there.

    queries: float [N, K, D]; table: float [V + 1, D]; targets: int64 [N]; negatives: int64 [S].
    """
    vocabulary = table.shape[0] - 1
    positive = torch.einsum("nkd,nd->nk", queries, table[targets]).amax(dim=1)  # [N]
    sampled = at_least_float32((queries @ table[negatives].T).amax(dim=1))  # [N, S]
    sampled = sampled + math.log(vocabulary / negatives.shape[0])
    sampled = sampled.masked_fill(negatives[None] == targets[:, None], -torch.inf)
    logits = torch.cat((at_least_float32(positive)[:, None], sampled), dim=1)
    return (logits.logsumexp(dim=1) - logits[:, 0]).mean()
