"""Cross-entropy of the next item under a softmax over the catalogue, in bounded memory.

The logits of N positions over V items are by far the largest tensor of training. Here they exist
only for a chunk of positions at a time: each chunk gives its share of the loss and, at once, of
both gradients, so that nothing of size [N, V] is held and nothing is computed twice. A chunk is
small enough to stay in a processor's cache, and is worked on in place.

Several queries a position, [N, K, D], score an item by their maximum: score(v) = max_k q_k · e_v
(paper, eqs. 8 and 9).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.models.blocks.precision import at_least_float32, product_dtype

CHUNK_ELEMENTS = 1 << 20
"""Logits held at a time by default: 4 MiB in float32."""

CHUNKS_ON_GPU = 64
"""Chunks that a GPU works on at once: it has no small cache to stay in, and starting work on it
costs more than the work."""


class _CrossEntropy(torch.autograd.Function):
    """Computes the gradients in the forward pass, chunk by chunk, and scales them in backward.

    candidates: [C, D], what the softmax is over. wanted: int64 [N], the column of the item that
    came next. Without ``positives`` that column is its score. With positives [N, D], the next
    items' own vectors, the score comes from them, and the column, C where there is none, is left
    out of the sum. log_weight: [C], added to the candidates' scores. parts: [N], what each position
    counts in the loss; None is 1/N.
    """

    @staticmethod
    def forward(
        ctx: Any,
        queries: Tensor,
        candidates: Tensor,
        positives: Tensor | None,
        wanted: Tensor,
        log_weight: Tensor | None,
        parts: Tensor | None,
        chunk_elements: int,
    ) -> Tensor:
        count, heads, dim = queries.shape
        columns = candidates.shape[0]
        needs_queries, needs_candidates, needs_positives = ctx.needs_input_grad[:3]
        grad_queries = torch.empty_like(queries) if needs_queries else None
        grad_candidates = torch.zeros_like(candidates) if needs_candidates else None
        grad_positives = (
            torch.empty_like(positives) if positives is not None and needs_positives else None
        )
        dtype = product_dtype(queries)
        vectors = candidates.to(dtype)
        held = chunk_elements * (1 if queries.device.type == "cpu" else CHUNKS_ON_GPU)
        rows = max(1, held // (columns * heads))
        loss = at_least_float32(queries.new_zeros(()))
        with torch.autocast(queries.device.type, enabled=False):
            for start in range(0, count, rows):
                here = slice(start, min(start + rows, count))
                want = wanted[here, None]
                part = 1.0 / count if parts is None else parts[here, None]
                flat = queries[here].reshape(-1, dim).to(dtype)
                logits = (flat @ vectors.T).view(-1, heads, columns)
                best = logits.amax(dim=1) if heads > 1 else logits[:, 0]
                if heads > 1 and any(ctx.needs_input_grad):
                    # 1 where a query has the maximum; a tie is shared, as amax does.
                    route = logits.eq_(best[:, None])
                    ways = route.sum(dim=1)
                scores = at_least_float32(best)
                if positives is None:
                    own = scores.gather(1, want)
                    top = scores.amax(dim=1, keepdim=True)
                else:
                    by_query = at_least_float32(queries[here] * positives[here, None]).sum(dim=-1)
                    own = by_query.amax(dim=1, keepdim=True)
                    if log_weight is not None:
                        scores.add_(log_weight)
                    column = want.clamp(max=columns - 1)
                    cell = scores.gather(1, column).masked_fill(want < columns, -torch.inf)
                    scores.scatter_(1, column, cell)
                    top = torch.maximum(scores.amax(dim=1, keepdim=True), own)
                mass = scores.sub_(top).exp_()  # unnormalised probabilities, [n, C]
                total = mass.sum(dim=1, keepdim=True)
                own_mass = (own - top).exp()
                if positives is not None:
                    total += own_mass
                loss += ((total.log() - (own - top)) * part).sum()
                if not any(ctx.needs_input_grad):
                    continue
                if positives is None:
                    mass.scatter_add_(1, want, -total)  # softmax minus one-hot
                if heads > 1:
                    mass.div_(ways)
                error = mass.mul_(part / total).to(dtype)
                if heads > 1:
                    error = route.mul_(error[:, None]).view(-1, columns)
                if grad_queries is not None:
                    grad_queries[here] = (error @ vectors).view(-1, heads, dim)
                if grad_candidates is not None:
                    grad_candidates += error.T @ flat
                if positives is not None:
                    share = (own_mass / total - 1.0) * part  # [n, 1]
                    holds = (by_query == own).to(share.dtype)  # [n, K]
                    pull = share * holds / holds.sum(dim=1, keepdim=True)
                    if grad_queries is not None:
                        grad_queries[here] += pull[..., None] * positives[here, None]
                    if grad_positives is not None:
                        grad_positives[here] = (pull[..., None] * queries[here]).sum(dim=1)
        ctx.save_for_backward(grad_queries, grad_candidates, grad_positives)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        scaled = (None if saved is None else saved * grad for saved in ctx.saved_tensors)
        return (*scaled, None, None, None, None)


def _cross_entropy(
    queries: Tensor,
    candidates: Tensor,
    positives: Tensor | None,
    wanted: Tensor,
    log_weight: Tensor | None,
    parts: Tensor | None,
    chunk_elements: int,
) -> Tensor:
    if not torch.is_grad_enabled():  # the gradients would be computed all the same
        queries, candidates = queries.detach(), candidates.detach()
        positives = None if positives is None else positives.detach()
    # torch declares Function.apply without annotations
    loss: Tensor = _CrossEntropy.apply(  # type: ignore[no-untyped-call]
        queries, candidates, positives, wanted, log_weight, parts, chunk_elements
    )
    return loss


def catalogue_cross_entropy(
    queries: Tensor,
    table: Tensor,
    targets: Tensor,
    chunk_elements: int = CHUNK_ELEMENTS,
    parts: Tensor | None = None,
) -> Tensor:
    """Mean of −log softmax_v(score)_target over all positions.

    queries: float [N, D], or [N, K, D] scored by the maximum over K. N ≥ 1.
    table: float [V + 1, D], item embeddings; row 0 is padding.
    targets: int64 [N], in 1..V.
    chunk_elements: logits held at a time, a bound on memory.
    parts: float [N], what each position counts; None counts them alike, 1/N.
    Returns a scalar, in float32 or wider.
    """
    if queries.dim() == 2:
        queries = queries[:, None]
    # Row 0 is padding and can never be the next item.
    return _cross_entropy(queries, table[1:], None, targets - 1, None, parts, chunk_elements)


@dataclass(frozen=True)
class Negatives:
    """Items drawn from the catalogue for a sampled softmax.

    items: int64 [S], ascending, none twice. log_weight: float32 [S], the logarithm of how many
    items each stands for.
    """

    items: Tensor
    log_weight: Tensor


def draw_negatives(catalogue: int, count: int, device: torch.device) -> Negatives:
    """One item at random out of each of ``count`` equal stretches of the catalogue 1..V.

    Like independent uniform draws, each item stands for about V/S others, but none is drawn twice
    and nothing has to be counted on the host. count: at most V.
    """
    # In integers, so that the last stretch ends at V whatever the size of the catalogue.
    borders = torch.arange(count + 1, device=device) * catalogue // count
    width = borders.diff()
    within = (torch.rand(count, device=device) * width).long().clamp(max=width - 1)
    return Negatives(borders[:-1] + within + 1, width.float().log())


def sampled_cross_entropy(
    queries: Tensor,
    positives: Tensor,
    candidates: Tensor,
    targets: Tensor,
    negatives: Negatives,
    chunk_elements: int = CHUNK_ELEMENTS,
    parts: Tensor | None = None,
) -> Tensor:
    """The same loss estimated from negatives that the whole batch shares: one matrix product.

    Each negative counts for the items that it stands for; that logQ correction makes the estimate
    of the partition sum unbiased (Bengio & Senécal 2008). A negative that is a position's own
    target is left out there.

    queries: float [N, K, D] or [N, D]; positives: [N, D], embeddings of the targets; candidates:
    [S, D], embeddings of the negatives; targets: int64 [N]; parts: see above.
    """
    if queries.dim() == 2:
        queries = queries[:, None]
    count = len(negatives.items)
    place = torch.searchsorted(negatives.items, targets).clamp(max=count - 1)
    drawn = negatives.items[place] == targets
    column = place.where(drawn, torch.full_like(place, count))
    return _cross_entropy(
        queries, candidates, positives, column, negatives.log_weight, parts, chunk_elements
    )


def softmax_cross_entropy(
    queries: Tensor,
    vectors: Callable[[Tensor | None], Tensor],
    catalogue: int,
    targets: Tensor,
    negatives: int,
    chunk_elements: int,
    parts: Tensor | None = None,
) -> Tensor:
    """Mean of −log softmax_v(score)_target, over the catalogue or a sample of it.

    queries: [N, D], or [N, K, D] scored by the maximum over K; targets: int64 [N], in 1..V.
    vectors: of the given items, int64 [n], as [n, D]; of None, the whole table [V + 1, D], row 0
    padding. catalogue: V. negatives: items drawn for the softmax; 0 takes the whole catalogue.
    chunk_elements: logits held at a time. parts: see ``catalogue_cross_entropy``.
    """
    if negatives == 0 or negatives >= catalogue:
        return catalogue_cross_entropy(queries, vectors(None), targets, chunk_elements, parts)
    drawn = draw_negatives(catalogue, negatives, targets.device)
    return sampled_cross_entropy(
        queries, vectors(targets), vectors(drawn.items), targets, drawn, chunk_elements, parts
    )
